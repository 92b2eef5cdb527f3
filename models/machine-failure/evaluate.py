"""Figures of held-out rows, with the uncertainty that few positives leave, and the model card made of them."""
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss

from graph import MODES

HERE = Path(__file__).parent
BINS = [0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1]


def wilson(hits, n, z=1.959964):
    """Share and its 95 % interval (Wilson 1927); no share of nothing."""
    if n == 0:
        return {'value': None, 'low': 0.0, 'high': 1.0, 'n': 0}
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return {'value': p, 'low': max(0.0, middle - half), 'high': min(1.0, middle + half), 'n': int(n)}


def f1(y, alarm):
    return 2 * (y * alarm).sum() / max(1, y.sum() + alarm.sum())


def table(y, p, raise_at):
    """One mode: `y` 0/1 and `p` probability per row."""
    alarm = p >= raise_at
    tp, fp, fn = int((alarm & (y == 1)).sum()), int((alarm & (y == 0)).sum()), int((~alarm & (y == 1)).sum())
    return {
        'positives': int(y.sum()), 'threshold': raise_at, 'tp': tp, 'fp': fp, 'fn': fn, 'tn': int(len(y) - tp - fp - fn),
        'precision': wilson(tp, tp + fp), 'recall': wilson(tp, tp + fn), 'f1': float(f1(y, alarm)),
        'prAuc': float(average_precision_score(y, p)), 'brier': float(brier_score_loss(y, p)),
        'brierOfBaseRate': float(y.mean() * (1 - y.mean())), 'falsePer1000': 1000 * fp / len(y),
    }


def calibration(y, p):
    """Per band of answers: how often the failure was there. The last band holds its upper end."""
    band = np.clip(np.digitize(p, BINS) - 1, 0, len(BINS) - 2)
    return [{'from': BINS[b], 'to': BINS[b + 1], 'n': int((band == b).sum()), 'mean': float(p[band == b].mean()),
             'observed': wilson(int(y[band == b].sum()), int((band == b).sum()))}
            for b in range(len(BINS) - 1) if (band == b).any()]


def report(y, p, raise_at):
    """All modes over rows that nothing was trained or chosen on."""
    wrong = np.column_stack([(p[:, m] >= raise_at[mode]) & (y[:, m] == 0) for m, mode in enumerate(MODES)])
    sharp = [m for m, mode in enumerate(MODES) if mode != 'TWF']
    return {
        'rows': len(y),
        'modes': {mode: {**table(y[:, m], p[:, m], raise_at[mode]), 'calibration': calibration(y[:, m], p[:, m])}
                  for m, mode in enumerate(MODES)},
        'rowsWithFalseAlarmPer1000': 1000 * float(wrong.any(1).mean()),
        'rowsWithFalseAlarmPer1000WithoutTWF': 1000 * float(wrong[:, sharp].any(1).mean()),
    }


def found(y, p, raise_at):
    """Per mode: recall, and false alarms in 1,000 rows."""
    return {mode: {k: t[k] for k in ('recall', 'fp', 'falsePer1000')}
            for m, mode in enumerate(MODES) for t in [table(y[:, m], p[:, m], raise_at[mode])]}


def rules(x, y):
    """The fallback rules of model.json on rows of sensors: per mode what they find, which is what the data says of itself."""
    kind, air, process, speed, torque, wear = np.round(np.asarray(x, np.float64), 1).T  # as the file has them: in tenths
    power = speed * torque * 0.104719755
    holds = {'TWF': wear >= 200, 'HDF': (process - air < 8.6) & (speed < 1380), 'PWF': (power < 3500) | (power > 9000),
             'OSF': torque * wear > 11000 + 1000 * kind}
    return found(y, np.column_stack([holds[mode] for mode in MODES]).astype(float), {mode: 0.5 for mode in MODES})


def paired(y, before, before_at, after, after_at):
    """Rows by mode on which two versions' alarms differ, and which of the two was right."""
    counts = {}
    for m, mode in enumerate(MODES):
        first, second, real = before[:, m] >= before_at[mode], after[:, m] >= after_at[mode], y[:, m] == 1
        differ = first != second
        counts[mode] = {'same': int((~differ).sum()), 'beforeRight': int((differ & (first == real)).sum()),
                        'afterRight': int((differ & (second == real)).sum())}
    return counts


def limits(answer, raise_at):
    """Where each alert begins on a sweep of one quantity, beside where AI4I's rule begins. `answer`: sensors to [rows, 4]."""
    def begins(mode, sweep, row, what, rule, measure):
        rows = np.array([row(v) for v in sweep], np.float32)
        alarm = np.flatnonzero(answer(rows)[:, MODES.index(mode)] >= raise_at[mode])
        return {'mode': mode, 'what': what, 'rule': rule, 'begins': float(measure(*rows[alarm[0]])) if len(alarm) else None}

    power = lambda kind, air, process, speed, torque, wear: speed * torque * 2 * np.pi / 60
    load = lambda kind, air, process, speed, torque, wear: torque * wear
    strain = lambda code: lambda torque: [code, 300, 310, 1300, torque, 200]
    up, down = np.arange(50, 75, 0.05), np.arange(16, 8, -0.05)
    return [
        *(begins('OSF', up, strain(code), f'torque x wear, type {kind}, at 200 min, in min Nm', rule, load)
          for kind, code, rule in [('L', 0, 11000), ('M', 1, 12000), ('H', 2, 13000)]),
        begins('HDF', np.arange(10, 7, -0.05), lambda d: [0, 300, 300 + d, 1340, 50, 50], 'process over air at 1,340 rpm and 50 Nm, in K', 8.6,
               lambda kind, air, process, speed, torque, wear: process - air),
        begins('HDF', np.arange(1500, 1250, -1), lambda v: [0, 300, 308, v, 50, 50], 'speed at 8 K and 50 Nm, in rpm', 1380,
               lambda kind, air, process, speed, torque, wear: speed),
        begins('PWF', up, lambda t: [0, 300, 310, 1300, t, 50], 'power, rising, at 1,300 rpm, in W', 9000, power),
        begins('PWF', down, lambda t: [0, 300, 310, 2500, t, 50], 'power, falling, at 2,500 rpm, in W', 3500, power),
        begins('TWF', np.arange(150, 254), lambda w: [0, 300, 310, 1500, 40, w], 'tool wear, in min', 200,
               lambda kind, air, process, speed, torque, wear: wear),
    ]


def number(v, digits=3):
    return 'none' if v is None else f'{v:.{digits}f}'


def share(w):
    return f"{number(w['value'])} ({w['low']:.2f} to {w['high']:.2f})"


def rows_of(lines):
    return '\n'.join('| ' + ' | '.join(str(c) for c in line) + ' |' for line in lines)


SEES = {
    '1.0.0': 'type, speed, torque, tool wear, temperature difference, mechanical power and torque times wear; the last three are '
             'computed inside the graph',
    '1.1.0': 'what 1.0.0 sees (type, speed, torque, tool wear, temperature difference, mechanical power, torque times wear) and, for '
             'overstrain, torque times wear beside what the part type bears, 1,000 min Nm more from type to type as the documentation of the '
             'data says; whatever is not a sensor is computed inside the graph. Nothing else changed, so the other three ways answer as in 1.0.0',
}


def beside(version, m):
    """What is new beside 1.0.0, on the same held-out rows; nothing in 1.0.0 itself."""
    if 'beside' not in m:
        return ''
    first, now, pairs = m['beside']['heldOut']['modes'], m['heldOut']['modes'], m['beside']['paired']
    cells = lambda t: f"{t['tp']} / {t['fp']} / {t['fn']}"
    begins = lambda limit: 'never' if limit['begins'] is None else f"{limit['begins']:,.0f}"
    table = rows_of([k, cells(first[k]), cells(now[k]), number(first[k]['brier'], 5), number(now[k]['brier'], 5), pairs[k]['same'],
                     pairs[k]['beforeRight'], pairs[k]['afterRight']] for k in MODES)
    strain = rows_of([f"{b['rule']:,}", begins(a), begins(b)] for a, b in zip(m['beside']['limits'], m['limits']) if b['mode'] == 'OSF')
    template = (HERE / 'beside.template.md').read_text(encoding='utf-8')
    return template.replace('{{table}}', table).replace('{{strain}}', strain).replace('{{version}}', version)


def card(template, version, m):
    """The card: every figure in it comes from `m`, which is metrics.json."""
    held = m['heldOut']
    modes = held['modes']
    parts = {
        'figures': rows_of([k, t['positives'], share(t['precision']), share(t['recall']), number(t['f1']), number(t['prAuc']),
                            number(t['brier'], 5), number(t['brierOfBaseRate'], 5)] for k, t in modes.items()),
        'confusion': rows_of([k, t['threshold'], t['tp'], t['fp'], t['fn'], t['tn'], number(t['falsePer1000'], 1)] for k, t in modes.items()),
        'calibration': rows_of([k, f"{c['from']} to {c['to']}", c['n'], number(c['mean'], 4), share(c['observed'])]
                               for k, t in modes.items() for c in t['calibration']),
        'blocks': rows_of([k, t['positives'], share(t['precision']), share(t['recall']), number(t['falsePer1000'], 1)]
                          for k, t in m['outOfBlock']['modes'].items()),
        'choice': rows_of([f, k, b['candidate'], number(b['logLoss'], 5), number(b['prAuc'])]
                          for f, best in m['choice']['perFamily'].items() for k, b in best.items()),
        'limits': rows_of([e['mode'], e['what'], f"{e['rule']:,}", number(e['begins'], 2) if e['rule'] < 10 else f"{e['begins']:,.0f}"]
                          for e in m['limits']),
        'version': version, 'sees': SEES[version], 'beside': beside(version, m),
        'rules': rows_of([k, share(t['recall']), t['fp'], number(t['falsePer1000'], 1)] for k, t in m['rules'].items()),
        'types': ', '.join(f'{k} {n}' for k, n in m['data']['overstrainByType'].items()),
        'missing': rows_of([s.replace('_', ' '), k, share(t['recall']), number(t['falsePer1000'], 1)]
                           for s, by in m['missing'].items() for k, t in by.items()),
        'family': m['choice']['family'], 'held_out_rows': f"{held['rows']:,}", 'development_rows': f"{m['development']['rows']:,}",
        'rows': f"{m['data']['rows']:,}", 'seed': m['data']['seed'],
        'positives': ', '.join(f'{k} {n}' for k, n in m['data']['positives'].items()),
        'heat_first': f"{m['data']['heatFirstRow']:,}", 'heat_last': f"{m['data']['heatLastRow']:,}",
        'tools_ended': m['data']['toolsEnded'], 'tools_failed': m['data']['toolsFailed'],
        'false_rows': number(held['rowsWithFalseAlarmPer1000'], 1),
        'false_rows_without_twf': number(held['rowsWithFalseAlarmPer1000WithoutTWF'], 1),
        'versions': ', '.join(f'{k} {v}' for k, v in m['madeWith'].items()),
    }
    for key, text in parts.items():
        template = template.replace('{{' + key + '}}', str(text))
    if '{{' in template:
        raise ValueError('card.template.md names a figure that was not measured: ' + template.split('{{')[1].split('}}')[0])
    return template
