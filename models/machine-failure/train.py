#!/usr/bin/python3
"""Trains, chooses, evaluates and writes a version of the demo model out of AI4I 2020 (UCI 601, CC BY 4.0).

    models/machine-failure/train.py AI4I2020.csv [1.0.0 | 1.1.0]

Needs Debian's python3-sklearn and python3-onnx. Writes beside itself, of 1.1.0 into the folder 1.1.0: package/model.onnx,
package/card.md, package/reference.csv (not committed), the thresholds in package/model.json, metrics.json and parity.json.
1.1.0 takes the words of its model.json from 1.0.0's, and compares itself with it. The same libraries give the same bytes.
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
from graph import FEATURES, INPUTS, MODES, WITH_STRAIN

SEED = 601
HELD_OUT = 0.3
BLOCK, FOLDS = 250, 5
HERE = Path(__file__).parent
COLUMNS = ['Type', 'Air temperature [K]', 'Process temperature [K]', 'Rotational speed [rpm]', 'Torque [Nm]', 'Tool wear [min]']
ALL, WEAR, STRAIN = list(range(len(INPUTS))), [INPUTS.index('tool_wear')], [WITH_STRAIN.index('strain_beside_type')]


def candidate(name, make, columns=ALL, only=MODES):
    return {'name': name, 'make': make, 'columns': columns, 'only': only}


def boosted(trees, depth, rate, leaf, columns=ALL, only=MODES):
    make = lambda: GradientBoostingClassifier(n_estimators=trees, max_depth=depth, learning_rate=rate, min_samples_leaf=leaf,
                                              subsample=0.7, random_state=SEED)
    only_of = ', tool wear only' if columns is WEAR else ', strain beside type only' if columns is STRAIN else ''
    name = f'{trees} trees of depth {depth}, rate {rate}, leaves of {leaf} or more{only_of}'
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
# One question: does overstrain get better with the strain beside the part type? So that is offered to OSF, and nothing else is new.
STRAINED = {**FAMILIES, 'gradient-boosted trees': [*FAMILIES['gradient-boosted trees'], boosted(50, 1, 0.1, 10, STRAIN, ['OSF']),
                                                   boosted(100, 1, 0.1, 5, STRAIN, ['OSF'])]}
VERSIONS = {
    '1.0.0': {'release': 1, 'folder': HERE, 'inputs': INPUTS, 'families': FAMILIES},
    '1.1.0': {'release': 2, 'folder': HERE / '1.1.0', 'inputs': WITH_STRAIN, 'families': STRAINED},
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


def choose(offers, x, y, fold):
    """The family with the lowest log loss out of block summed over the modes, each mode with its best candidate."""
    families = {}
    for family, offered in offers.items():
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


def main(path, version):
    about = VERSIONS[version]
    inputs = about['inputs']
    x6, y = load(path)
    dev, held = train_test_split(np.arange(len(x6)), test_size=HELD_OUT, random_state=SEED, stratify=strata(y))
    dev, held = np.sort(dev), np.sort(held)
    usual = float(np.round(np.median(x6[dev, 2] - x6[dev, 1]), 1))
    x = graph.derive(x6, usual, inputs)

    families, family = choose(about['families'], x[dev], y[dev], dev // BLOCK % FOLDS)
    if family != 'gradient-boosted trees':
        raise SystemExit(f'{family} did best, and graph.py writes only gradient-boosted trees: extend it.')
    chosen = families[family]
    models = fit([c['candidate'] for c in chosen], x[dev], y[dev])
    predict = lambda rows: answers(models, rows)
    raise_at = {mode: threshold(mode, y[dev, m], chosen[m]['p']) for m, mode in enumerate(MODES)}

    def masked(sensor):
        without = x6[held].copy()
        without[:, FEATURES.index(sensor)] = np.nan
        return predict(graph.derive(without, usual, inputs))

    metrics = {
        'madeWith': {'scikit-learn': sklearn.__version__, 'onnx': onnx.__version__, 'numpy': np.__version__},
        'data': {'rows': len(y), 'positives': dict(zip(MODES, y.sum(0).tolist())), 'seed': SEED, **describe(x6, y)},
        'development': {'rows': len(dev), 'positives': dict(zip(MODES, y[dev].sum(0).tolist()))},
        'choice': {'family': family, 'perFamily': {f: {m: {'candidate': b['candidate']['name'], 'logLoss': b['logLoss'], 'prAuc': b['prAuc']}
                                                       for m, b in zip(MODES, best)} for f, best in families.items()}},
        'thresholds': raise_at,
        'heldOut': evaluate.report(y[held], predict(x[held]), raise_at),
        'outOfBlock': evaluate.report(y[dev], np.column_stack([c['p'] for c in chosen]), raise_at),
        'limits': evaluate.limits(lambda rows: predict(graph.derive(rows, usual, inputs)), raise_at),
        'rules': evaluate.rules(x6[held], y[held]),
        'missing': {s: evaluate.found(y[held], masked(s), raise_at) for s in ('air_temperature', 'process_temperature')},
    }
    if version != '1.0.0':
        metrics['beside'] = beside_first(x[dev], y[dev], x[held], y[held], predict(x[held]), raise_at)
    write(version, x6, usual, dev, models, predict, metrics)


def fit(chosen, x, y):
    """Per mode the fitted candidate and the columns that it takes."""
    return [(c['make']().fit(x[:, c['columns']], y[:, m]), c['columns']) for m, c in enumerate(chosen)]


def answers(models, rows):
    return np.column_stack([model.predict_proba(rows[:, columns])[:, 1] for model, columns in models])


def beside_first(x, y, held_x, held_y, p, raise_at):
    """1.0.0, trained again as its metrics.json says, on the same held-out rows."""
    first = json.loads((HERE / 'metrics.json').read_text(encoding='utf-8'))
    offered = {c['name']: c for c in FAMILIES['gradient-boosted trees']}
    named = first['choice']['perFamily'][first['choice']['family']]
    before = answers(fit([offered[named[mode]['candidate']] for mode in MODES], x, y), held_x)
    again = evaluate.report(held_y, before, first['thresholds'])
    if again != first['heldOut']:
        raise SystemExit('1.0.0 comes out differently: train it first, with the same libraries.')
    return {'version': '1.0.0', 'heldOut': again, 'limits': first['limits'],
            'paired': evaluate.paired(held_y, before, first['thresholds'], p, raise_at)}


def write(version, x6, usual, dev, models, predict, metrics):
    about = VERSIONS[version]
    folder, inputs = about['folder'], about['inputs']
    package = folder / 'package'
    package.mkdir(parents=True, exist_ok=True)
    description = 'Failure modes TWF, HDF, PWF, OSF of a milling machine; trained on AI4I 2020'
    onnx.save(graph.build(models, usual, description, inputs), package / 'model.onnx')
    dump = lambda file, value: file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + '\n', encoding='utf-8')
    dump(folder / 'metrics.json', metrics)
    (package / 'card.md').write_text(evaluate.card((HERE / 'card.template.md').read_text(encoding='utf-8'), version, metrics), encoding='utf-8')

    manifest = json.loads((HERE / 'package' / 'model.json').read_text(encoding='utf-8'))
    manifest |= {'version': version, 'release': about['release']}
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
    answered = predict(graph.derive(rows, usual, inputs))
    plain = lambda table: [[None if np.isnan(v) else round(float(v), 7) for v in row] for row in table]
    (folder / 'parity.json').write_text(json.dumps({'features': plain(rows), 'probabilities': plain(answered)}) + '\n', encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) not in (2, 3) or sys.argv[-1] not in (*sys.argv[1:2], *VERSIONS):
        raise SystemExit(f'usage: train.py AI4I2020.csv [{" | ".join(VERSIONS)}]')
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else '1.0.0')
