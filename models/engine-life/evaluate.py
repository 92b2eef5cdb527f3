"""The interval, the figures of engines that training did not see, and the model card made of them."""
import numpy as np
from scipy import stats

from data import CAP, NAMES

BANDS = [(0, 15), (15, 30), (30, 60), (60, 100), (100, CAP)]


def wilson(hits, n, z=1.959964):
    """Share and its 95 % interval (Wilson 1927)."""
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return {'value': p, 'low': max(0.0, middle - half), 'high': min(1.0, middle + half), 'hits': int(hits), 'n': int(n)}


def conformal(groups, coverage):
    """Half width of a split-conformal interval from absolute residuals, one list per engine.

    Windows of one engine resemble each other; engines are exchangeable. So each engine counts 1 / (n + 1), shared evenly by
    its windows, and the one to come counts 1 / (n + 1) at infinity (hierarchical conformal prediction: Y. Lee, R. Barber,
    R. Willett, "Distribution-free inference with hierarchical data", 2023). With one window per engine this is the
    ceil((n + 1) * coverage)-th smallest residual.
    """
    residuals = np.concatenate(groups)
    weights = np.concatenate([np.full(len(g), 1 / len(g)) for g in groups]) / (len(groups) + 1)
    order = np.argsort(residuals, kind='stable')
    enough = np.flatnonzero(np.cumsum(weights[order]) >= coverage - 1e-9)
    return float(residuals[order][enough[0]]) if len(enough) else float('inf')


def errors(answer, truth):
    """`phm08`: the challenge's score, a sum, in which late is worse than early (Saxena et al. 2008)."""
    d = np.asarray(answer, float) - truth
    return {'n': len(d), 'rmse': float(np.sqrt((d ** 2).mean())), 'mae': float(np.abs(d).mean()), 'bias': float(d.mean()),
            'phm08': float(np.where(d < 0, np.exp(-d / 13) - 1, np.exp(d / 10) - 1).sum())}


def covered(answer, truth, half):
    hit = (truth >= np.maximum(0, answer - half)) & (truth <= answer + half)
    return wilson(int(hit.sum()), len(hit))


def last_windows(answer, left, half):
    """The official test: one answer per engine, after its last window."""
    capped = np.minimum(left, CAP)
    inside = lambda low, high: (left >= low) & (left < high if high < CAP else left <= high)
    bands = [{'from': low, 'to': high, **errors(answer[k], left[k]), 'covered': covered(answer[k], left[k], half)}
             for low, high in BANDS for k in [inside(low, high)]]
    beyond = left > CAP
    return {
        'capped': {**errors(answer, capped), 'covered': covered(answer, capped, half)},
        'uncapped': {**errors(answer, left), 'covered': covered(answer, left, half)},
        'bands': bands,
        'beyondCap': {**errors(answer[beyond], left[beyond]), 'covered': covered(answer[beyond], left[beyond], half)},
        'below': [{'level': level, **found(answer, left, level)} for level in (30, 10)],
    }


def found(answer, left, level):
    """Answers below `level` beside truths below it."""
    said, true = answer < level, left < level
    share = lambda hits, n: wilson(int(hits), int(n)) if n else {'value': None, 'low': 0.0, 'high': 1.0, 'hits': 0, 'n': 0}
    return {'true': int(true.sum()), 'said': int(said.sum()), 'found': share((said & true).sum(), true.sum()),
            'right': share((said & true).sum(), said.sum())}


def all_windows(answers, half):
    """Every window of engines, each engine counting the same. `answers`: (answer, left) per engine."""
    hit = lambda a, left: (np.minimum(left, CAP) >= np.maximum(0, a - half)) & (np.minimum(left, CAP) <= a + half)
    part = lambda keep: [hit(a, left)[keep(left)].mean() for a, left in answers if keep(left).any()]
    late, every = part(lambda left: left <= CAP), part(lambda left: left >= 0)
    return {'engines': len(late), 'late': float(np.mean(late)), 'lateLowestTenth': float(np.quantile(late, 0.1)),
            'every': float(np.mean(every)), 'windows': int(sum(len(a) for a, _ in answers))}


def raised(answers, rule, steps):
    """Cycles left at the moment when `rule` of the manifest is raised, over engines run to their end; one cycle a second."""
    at = []
    for answer, left in answers:
        held = np.convolve(answer <= rule['raise'], np.ones(int(rule['onDelayS']) + 1), 'valid') == rule['onDelayS'] + 1
        first = np.flatnonzero(held)
        at.append(float(left[first[0] + int(rule['onDelayS'])]) if len(first) else None)
    there = np.array([a for a in at if a is not None])
    return {'rule': rule['id'], 'level': rule['raise'], 'engines': len(at), 'never': at.count(None),
            **{k: float(v) for k, v in zip(('min', 'tenth', 'median', 'ninetieth', 'max'), np.quantile(there, [0, 0.1, 0.5, 0.9, 1]))}}


def missing(ask, windows, left, lengths=(5, 10, 15, 16)):
    """The last values of one sensor missing, for the sensor that this hurts most."""
    table = []
    for length in lengths:
        worst = []
        for s, name in enumerate(NAMES):
            x = np.array(windows)
            x[:, -length:, s] = np.nan
            answer = ask(x)
            silent = int(np.isnan(answer).sum())
            worst.append({'length': length, 'sensor': name, 'silent': silent, 'n': len(answer),
                          'rmse': None if silent else errors(answer, np.minimum(left, CAP))['rmse']})
        table.append(max(worst, key=lambda w: (w['silent'], w['rmse'] or 0)))
    return table


def spread_of_coverage(n, coverage):
    """What n engines alone leave open: 90 % of calibrations of one window each give a coverage in this range (a Beta)."""
    k = int(np.ceil((n + 1) * coverage))
    low, high = stats.beta.ppf([0.05, 0.95], k, n + 1 - k)
    return {'low': float(low), 'high': float(high)}


def number(v, digits=1):
    return 'none' if v is None else f'{v:.{digits}f}'


def share(w):
    return f"{w['hits']} of {w['n']} ({100 * w['low']:.0f} to {100 * w['high']:.0f} %)"


def rows_of(lines):
    return '\n'.join('| ' + ' | '.join(str(c) for c in line) + ' |' for line in lines)


def figures(e):
    return [e['n'], number(e['rmse']), number(e['mae']), f"{e['bias']:+.1f}", f"{e['phm08']:,.0f}", share(e['covered'])]


def card(template, m):
    """The card: every figure in it comes from `m`, which is metrics.json."""
    test, interval, data = m['test'], m['interval'], m['data']
    parts = {
        'choice': rows_of([name, c['parameters'], number(c['rmse'], 2), number(c['mae'], 2)] for name, c in m['choice'].items()),
        'chosen': m['chosen'], 'cap': CAP, 'folds': data['folds'], 'seed': data['seed'],
        'engines': data['engines'], 'development': data['development'], 'calibration': data['calibration'],
        'cycles': f"{data['cycles']:,}", 'lives': f"{data['shortest']} to {data['longest']}, {data['mean']:.0f} on average",
        'half': number(interval['half']), 'coverage': f"{100 * interval['coverage']:.0f} %", 'n': interval['n'], 'windows': f"{interval['windows']:,}",
        'spread': f"{100 * interval['spread']['low']:.0f} to {100 * interval['spread']['high']:.0f} %",
        'test': rows_of([[f'truth cut to {CAP}', *figures(test['capped'])], ['truth as it is', *figures(test['uncapped'])]]),
        'bands': rows_of([*([f"{b['from']} to {'' if b['to'] == CAP else 'under '}{b['to']}", *figures(b)] for b in test['bands']),
                          [f'above {CAP}', *figures(test['beyondCap'])]]),
        'below': rows_of([f"below {b['level']}", b['true'], b['said'], share(b['found']), share(b['right'])] for b in test['below']),
        'test_engines_all': test['capped']['n'], 'test_engines': m['testWindows']['engines'], 'test_windows': f"{m['testWindows']['windows']:,}",
        'test_late': f"{100 * m['testWindows']['late']:.1f} %", 'test_late_tenth': f"{100 * m['testWindows']['lateLowestTenth']:.0f} %",
        'test_every': f"{100 * m['testWindows']['every']:.1f} %",
        'raised': rows_of([f"below {r['level']}", r['engines'] - r['never'], r['never'], *(number(r[k], 0) for k in ('min', 'tenth', 'median', 'ninetieth', 'max'))]
                          for r in m['raised']),
        'missing': rows_of([f"{w['length']} of 30", 'any' if w['silent'] == w['n'] else w['sensor'].replace('_', ' '),
                            'no answer' if w['silent'] == w['n'] else number(w['rmse'])] for w in m['missing']),
        'versions': ', '.join(f'{k} {v}' for k, v in m['madeWith'].items()),
    }
    for key, text in parts.items():
        template = template.replace('{{' + key + '}}', str(text))
    if '{{' in template:
        raise ValueError('card.template.md names a figure that was not measured: ' + template.split('{{')[1].split('}}')[0])
    return template
