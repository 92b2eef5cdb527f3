#!/usr/bin/python3
"""Trains, chooses, evaluates and writes the demo model out of AI4I 2020 (UCI 601, CC BY 4.0).

    models/machine-failure/train.py AI4I2020.csv

Needs Debian's python3-sklearn and python3-onnx. Writes beside itself: package/model.onnx, package/card.md,
package/reference.csv (not committed), the thresholds in package/model.json, metrics.json and parity.json. The same
libraries give the same bytes.
"""
import csv
import json
import os
import sys
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')  # sums in one order: the same bytes on every machine

import numpy as np
import onnx
import sklearn
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import evaluate
import graph
from graph import FEATURES, INPUTS, MODES

SEED = 601
HELD_OUT = 0.3
BLOCK, FOLDS = 250, 5
HERE = Path(__file__).parent
COLUMNS = ['Type', 'Air temperature [K]', 'Process temperature [K]', 'Rotational speed [rpm]', 'Torque [Nm]', 'Tool wear [min]']
ALL, WEAR = list(range(len(INPUTS))), [INPUTS.index('tool_wear')]


def candidate(name, make, columns=ALL, only=MODES):
    return {'name': name, 'make': make, 'columns': columns, 'only': only}


def boosted(trees, depth, rate, leaf, columns=ALL, only=MODES):
    make = lambda: GradientBoostingClassifier(n_estimators=trees, max_depth=depth, learning_rate=rate, min_samples_leaf=leaf,
                                              subsample=0.7, random_state=SEED)
    name = f'{trees} trees of depth {depth}, rate {rate}, leaves of {leaf} or more' + (', tool wear only' if columns is WEAR else '')
    return candidate(name, make, columns, only)


def network(penalty):
    make = lambda: MLPClassifier((16,), alpha=penalty, solver='lbfgs', max_iter=5000, random_state=SEED)
    return candidate(f'L2 penalty {penalty}', lambda: make_pipeline(StandardScaler(), make()))


# "Tool wear only" is offered to TWF, because its published rule knows nothing else.
FAMILIES = {
    'logistic regression': [candidate('C = 10', lambda: make_pipeline(StandardScaler(), LogisticRegression(C=10, max_iter=2000)))],
    'neural network (16 hidden units)': [network(0.1), network(0.3), network(1)],
    'gradient-boosted trees': [boosted(100, 1, 0.1, 20), boosted(60, 1, 0.1, 200, WEAR, ['TWF']), boosted(50, 2, 0.1, 10),
                               boosted(100, 2, 0.1, 10), boosted(150, 3, 0.05, 10)],
}


def load(path):
    """Sensors [rows, 6] float32 and labels [rows, 4] 0/1. The header begins with a byte-order mark."""
    with open(path, encoding='utf-8-sig', newline='') as file:
        rows = list(csv.DictReader(file))
    x = [[graph.TYPE_CODES[r[COLUMNS[0]]], *(float(r[c]) for c in COLUMNS[1:])] for r in rows]
    return np.array(x, np.float32), np.array([[int(r[m]) for m in MODES] for r in rows])


def strata(y):
    """Which modes fail together, combinations with fewer than ten rows in one stratum of their own."""
    key = y @ [1, 2, 4, 8]
    values, counts = np.unique(key, return_counts=True)
    return np.where(np.isin(key, values[counts < 10]), -1, key)


def out_of_block(option, x, y, fold):
    """For every row a probability from a model that saw no row of its fold.

    A fold is every fifth block of BLOCK consecutive rows: neighbouring rows share their temperatures and their tool, and
    random folds would praise a model for recognising its neighbours. Larger blocks cannot be had: nearly all HDF rows
    lie in one stretch of 1,000.
    """
    p, columns = np.zeros(len(x)), option['columns']
    for f in range(FOLDS):
        rest = fold != f
        p[~rest] = option['make']().fit(x[rest][:, columns], y[rest]).predict_proba(x[~rest][:, columns])[:, 1]
    return np.clip(p, 1e-6, 1 - 1e-6)


def choose(x, y, fold):
    """The family with the lowest log loss out of block summed over the modes, each mode with its best candidate."""
    families = {}
    for family, offered in FAMILIES.items():
        best = []
        for m, mode in enumerate(MODES):
            tried = []
            for option in (c for c in offered if mode in c['only']):
                p = out_of_block(option, x, y[:, m], fold)
                tried.append({'candidate': option, 'p': p, 'logLoss': float(log_loss(y[:, m], p)),
                              'prAuc': float(average_precision_score(y[:, m], p))})
                print(f"{family}, {mode}, {option['name']}: log loss {tried[-1]['logLoss']:.5f}, PR-AUC {tried[-1]['prAuc']:.3f}", flush=True)
            best.append(min(tried, key=lambda t: t['logLoss']))
        families[family] = best
    return families, min(families, key=lambda f: sum(b['logLoss'] for b in families[f]))


def threshold(mode, y, p):
    """TWF: the highest that still finds nine of ten out of block. Others: the middle of those with the best F1."""
    if mode == 'TWF':
        grid = np.round(np.arange(0.005, 0.105, 0.005), 3)
        return float(max((t for t in grid if (p[y == 1] >= t).mean() >= 0.9), default=grid[0]))
    grid = np.round(np.arange(0.1, 0.95, 0.05), 2)
    f1 = np.array([evaluate.f1(y, p >= t) for t in grid])
    best = grid[f1 >= f1.max() - 1e-9]
    return float(best[len(best) // 2])


def describe(x, y):
    """Overstrain by type, where the heat failures lie, and how many of the tools that ended did so in a wear failure."""
    heat = np.flatnonzero(y[:, MODES.index('HDF')]) + 1
    ended = np.flatnonzero(np.diff(x[:, FEATURES.index('tool_wear')]) < 0)
    strained = x[y[:, MODES.index('OSF')] == 1, 0]
    return {'overstrainByType': {kind: int((strained == code).sum()) for kind, code in graph.TYPE_CODES.items()},
            'heatFirstRow': int(heat[0]), 'heatLastRow': int(heat[-1]), 'toolsEnded': len(ended),
            'toolsFailed': int(y[ended, MODES.index('TWF')].sum())}


def main(path):
    x6, y = load(path)
    dev, held = train_test_split(np.arange(len(x6)), test_size=HELD_OUT, random_state=SEED, stratify=strata(y))
    dev, held = np.sort(dev), np.sort(held)
    usual = float(np.round(np.median(x6[dev, 2] - x6[dev, 1]), 1))
    x = graph.derive(x6, usual)

    families, family = choose(x[dev], y[dev], dev // BLOCK % FOLDS)
    if family != 'gradient-boosted trees':
        raise SystemExit(f'{family} did best, and graph.py writes only gradient-boosted trees: extend it.')
    chosen = families[family]
    models = [(c['candidate']['make']().fit(x[dev][:, c['candidate']['columns']], y[dev, m]), c['candidate']['columns'])
              for m, c in enumerate(chosen)]
    predict = lambda rows: np.column_stack([model.predict_proba(rows[:, columns])[:, 1] for model, columns in models])
    raise_at = {mode: threshold(mode, y[dev, m], chosen[m]['p']) for m, mode in enumerate(MODES)}

    def masked(sensor):
        without = x6[held].copy()
        without[:, FEATURES.index(sensor)] = np.nan
        return predict(graph.derive(without, usual))

    metrics = {
        'madeWith': {'scikit-learn': sklearn.__version__, 'onnx': onnx.__version__, 'numpy': np.__version__},
        'data': {'rows': len(y), 'positives': dict(zip(MODES, y.sum(0).tolist())), 'seed': SEED, **describe(x6, y)},
        'development': {'rows': len(dev), 'positives': dict(zip(MODES, y[dev].sum(0).tolist()))},
        'choice': {'family': family, 'perFamily': {f: {m: {'candidate': b['candidate']['name'], 'logLoss': b['logLoss'], 'prAuc': b['prAuc']}
                                                       for m, b in zip(MODES, best)} for f, best in families.items()}},
        'thresholds': raise_at,
        'heldOut': evaluate.report(y[held], predict(x[held]), raise_at),
        'outOfBlock': evaluate.report(y[dev], np.column_stack([c['p'] for c in chosen]), raise_at),
        'limits': evaluate.limits(lambda rows: predict(graph.derive(rows, usual)), raise_at),
        'missing': {s: evaluate.found(y[held], masked(s), raise_at) for s in ('air_temperature', 'process_temperature')},
    }
    write(x6, usual, dev, models, predict, metrics)


def write(x6, usual, dev, models, predict, metrics):
    package = HERE / 'package'
    onnx.save(graph.build(models, usual, 'Failure modes TWF, HDF, PWF, OSF of a milling machine; trained on AI4I 2020'), package / 'model.onnx')
    dump = lambda file, value: file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + '\n', encoding='utf-8')
    dump(HERE / 'metrics.json', metrics)
    (package / 'card.md').write_text(evaluate.card((HERE / 'card.template.md').read_text(encoding='utf-8'), metrics), encoding='utf-8')

    manifest = json.loads((package / 'model.json').read_text(encoding='utf-8'))
    for rule in manifest['decision']['alerts']:
        rule['raise'] = metrics['thresholds'][rule['class']]
        rule['clear'] = round(rule['raise'] / 2, 4)
    dump(package / 'model.json', manifest)

    words = {code: word for word, code in graph.TYPE_CODES.items()}
    with open(package / 'reference.csv', 'w', newline='', encoding='utf-8') as file:
        out = csv.writer(file, lineterminator='\n')
        out.writerow(FEATURES)
        out.writerows([words[float(r[0])], *(str(v) for v in r[1:])] for r in x6[dev])

    # Rows that are nobody's data, and what the trained model says of them: a test asks the graph the same.
    random = np.random.default_rng(SEED)
    low, high = x6[dev].min(0), x6[dev].max(0)
    rows = np.round(random.uniform(low, high, (64, 6)), 1).astype(np.float32)
    rows[:, 0] = random.integers(0, 3, 64)
    rows[0, 1] = rows[1, 2] = rows[2, 1] = rows[2, 2] = np.nan
    answers = predict(graph.derive(rows, usual))
    plain = lambda table: [[None if np.isnan(v) else round(float(v), 7) for v in row] for row in table]
    (HERE / 'parity.json').write_text(json.dumps({'features': plain(rows), 'probabilities': plain(answers)}) + '\n', encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        raise SystemExit('usage: train.py AI4I2020.csv')
    main(sys.argv[1])
