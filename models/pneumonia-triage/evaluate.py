"""Figures with the uncertainty that few images leave, and the texts made of them."""
import re

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

BINS = [0, 0.05, 0.2, 0.5, 0.8, 0.95, 1]
CLASSES = ['normal', 'pneumonia']


def wilson(hits, n, z=1.959964):
    """Share and its 95 % interval (Wilson 1927)."""
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return {'value': p, 'low': max(0.0, middle - half), 'high': min(1.0, middle + half), 'n': int(n)}


def bootstrap(y, p, figure, random, times=2000):
    """A figure and its 95 % interval: percentiles over resampled images, each class resampled by itself."""
    rows = [np.flatnonzero(y == c) for c in (0, 1)]
    drawn = [figure(y[i], p[i]) for i in (np.concatenate([random.choice(r, len(r)) for r in rows]) for _ in range(times))]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {'value': float(figure(y, p)), 'low': float(low), 'high': float(high)}


def calibration_error(y, p, bins=10):
    """Expected calibration error: |mean answer − share that was pneumonia| over ten bands of equal width, weighted by images."""
    band = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[band == b].mean() - y[band == b].mean()) * (band == b).mean() for b in range(bins) if (band == b).any()))


def calibration(y, p):
    """Per band of answers: how often it was pneumonia. The last band holds its upper end."""
    band = np.clip(np.digitize(p, BINS) - 1, 0, len(BINS) - 2)
    return [{'from': BINS[b], 'to': BINS[b + 1], 'n': int((band == b).sum()), 'mean': float(p[band == b].mean()),
             'observed': wilson(int(y[band == b].sum()), int((band == b).sum()))}
            for b in range(len(BINS) - 1) if (band == b).any()]


def spread(p, raise_at, clear_at):
    """How the answers to one class lie."""
    return {'n': len(p), 'flagged': wilson(int((p >= raise_at).sum()), len(p)), 'belowClear': float((p < clear_at).mean()),
            'percentiles': {str(q): float(np.percentile(p, q)) for q in (5, 25, 50, 75, 95)}}


def spreads(y, p, raise_at, clear_at):
    return {name: spread(p[y == c], raise_at, clear_at) for c, name in enumerate(CLASSES)}


def report(y, p, raise_at, random):
    """`y` 0/1 and `p` probability of pneumonia per image."""
    alarm = p >= raise_at
    tp, fp = int((alarm & (y == 1)).sum()), int((alarm & (y == 0)).sum())
    fn, tn = int((y == 1).sum()) - tp, int((y == 0).sum()) - fp
    return {
        'images': len(y), 'normal': fp + tn, 'pneumonia': tp + fn, 'tp': tp, 'fp': fp, 'fn': fn, 'tn': tn,
        'auc': bootstrap(y, p, roc_auc_score, random), 'sensitivity': wilson(tp, tp + fn), 'specificity': wilson(tn, tn + fp),
        'precision': wilson(tp, tp + fp), 'brier': bootstrap(y, p, brier_score_loss, random),
        'brierOfBaseRate': float(y.mean() * (1 - y.mean())), 'ece': bootstrap(y, p, calibration_error, random),
        'logLoss': float(log_loss(y, np.clip(p, 1e-7, 1 - 1e-7))), 'calibration': calibration(y, p),
    }


def interval(w, digits=3):
    return f"{w['value']:.{digits}f} ({w['low']:.{digits}f} to {w['high']:.{digits}f})"


def table(lines):
    return '\n'.join('| ' + ' | '.join(str(c) for c in line) + ' |' for line in lines)


def told(split):
    return split[0].upper() + split[1:]


def spread_table(m):
    """How the answers lie: drawn images beside real ones. Also in README.md."""
    where = [('test', 'real, test'), ('validation', 'real, validation'), ('generated', 'drawn')]
    head = [['class', 'images', 'n', 'flagged', '5 %', '25 %', '50 %', '75 %', '95 %'], ['---'] * 9]
    return table(head + [[name, words, f"{s['n']:,}", interval(s['flagged']), *(f'{v:.3f}' for v in s['percentiles'].values())]
                         for name in CLASSES for key, words in where for s in [m['spread'][key][name]]])


def readme(text, m):
    parts = re.fullmatch(r'(.*<!-- figures -->\n).*(\n<!-- /figures -->.*)', text, flags=re.S)
    return parts[1] + spread_table(m) + parts[2]


def file_words(data):
    of = data['published']
    if data['md5'] == of['md5']:
        return 'The file is the published one.'
    counts = lambda c: f"{c['normal'] + c['pneumonia']:,} training images ({c['normal']:,} normal, {c['pneumonia']:,} with pneumonia)"
    return (f"**The file at hand is not the published one** (its MD5 is {data['md5']}, MedMNIST names {of['md5']}): it holds "
            f"{counts(data['counts']['train'])} where MedMNIST publishes {counts(of['train'])}. Figures are therefore not to be "
            'compared with those of others.')


def card(template, m):
    """The card: every figure in it comes from `m`, which is metrics.json."""
    test, val = m['test'], m['validation']
    parts = {
        'splits': table([told(s), c['normal'] + c['pneumonia'], c['normal'], c['pneumonia'], f"{c['pneumonia'] / (c['normal'] + c['pneumonia']):.3f}"]
                        for s, c in m['data']['counts'].items()),
        'figures': table([words, interval(val[key]), interval(test[key])] for key, words in [
            ('auc', 'AUC'), ('sensitivity', 'sensitivity at the threshold'), ('specificity', 'specificity at the threshold'),
            ('precision', 'share of flagged images that were pneumonia'), ('brier', 'Brier score'), ('ece', 'calibration error (ECE, ten bands)')]),
        'confusion': table([told(s), f['tp'], f['fn'], f['fp'], f['tn']] for s, f in [('validation', val), ('test', test)]),
        'calibration': table([f"{c['from']} to {c['to']}", c['n'], f"{c['mean']:.3f}", interval(c['observed'], 2)] for c in test['calibration']),
        'variants': table([v['name'], f"{v['parameters']:,}", *(f'{v[k]:.3f}' for k in ('validationAuc', 'validationLogLoss', 'testAuc', 'testSensitivity', 'testSpecificity'))]
                          for v in m['variants']),
        'spread': spread_table(m), 'file': file_words(m['data']), 'raise': m['thresholds']['raise'], 'clear': m['thresholds']['clear'],
        'parameters': f"{m['variants'][0]['parameters']:,}", 'in_both': m['data']['validationImagesAlsoInTraining'],
        'base_rate_validation': f"{val['brierOfBaseRate']:.3f}", 'base_rate_test': f"{test['brierOfBaseRate']:.3f}",
        'missed': test['fn'], 'flagged_normal': test['fp'], 'normal': test['normal'], 'pneumonia': test['pneumonia'],
        'slope': f"{m['calibrationFit']['slope']:.3f}", 'offset': f"{m['calibrationFit']['offset']:.3f}",
        'prevalence_validation': f"{val['pneumonia'] / val['images']:.2f}", 'prevalence_test': f"{test['pneumonia'] / test['images']:.2f}",
        'ill_below_clear': f"{m['spread']['validation']['pneumonia']['belowClear']:.3f}", 'contrast': m['data']['leastContrast'],
        'eigen': ' and '.join(f"{e['variance']:.2f} ({name})" for name, e in m['generated'].items()),
        'versions': ', '.join(f'{k} {v}' for k, v in m['madeWith'].items()),
    }
    for key, text in parts.items():
        template = template.replace('{{' + key + '}}', str(text))
    if '{{' in template:
        raise ValueError('card.template.md names a figure that was not measured: ' + template.split('{{')[1].split('}}')[0])
    return template
