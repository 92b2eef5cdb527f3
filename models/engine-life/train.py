#!/usr/bin/python3
"""Trains, chooses, calibrates, evaluates and writes the demo model out of C-MAPSS FD001.

    models/engine-life/train.py FOLDER       (with train_FD001.txt, test_FD001.txt and RUL_FD001.txt)

Needs Debian's python3-torch, python3-onnx and python3-scipy; two minutes on one core. Writes beside itself:
package/model.onnx, package/card.md, package/reference.csv (not committed), the interval in package/model.json,
metrics.json, residuals.json and parity.json. The same libraries on the same processor give the same bytes.
"""
import csv
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch

import data
import evaluate
import network
from data import CAP, FOLDS, NAMES, SEED, SENSORS, STEPS, Windows

COVERAGE = 0.9
HERE = Path(__file__).parent
PACKAGE = HERE / 'package'


def joined(windows, engines):
    return np.concatenate([windows[e].x for e in engines]), np.concatenate([windows[e].target for e in engines])


def choose(windows, development):
    """The candidate with the lowest RMSE over the last CAP cycles of engines that it did not see, in FOLDS folds of engines."""
    fold, tried = data.fold_of(development), {}
    for name in network.CANDIDATES:
        off = []
        for f in range(FOLDS):
            model = network.fit(name, *joined(windows, [e for e in development if fold[e] != f]), SEED)
            for w in (windows[e] for e in development if fold[e] == f):
                late = w.left <= CAP
                off.append(network.answer(model, w.x[late]) - w.target[late])
        off = np.concatenate(off)
        tried[name] = {'parameters': sum(p.numel() for p in model.inner.parameters()),
                       'rmse': float(np.sqrt((off ** 2).mean())), 'mae': float(np.abs(off).mean())}
        print(f"{name}: RMSE {tried[name]['rmse']:.2f}, MAE {tried[name]['mae']:.2f}", flush=True)
    return tried, min(tried, key=lambda name: tried[name]['rmse'])


def main(folder):
    torch.set_num_threads(1)  # sums in one order
    torch.use_deterministic_algorithms(True)
    sensors = data.load(Path(folder) / 'train_FD001.txt')
    windows = {e: Windows(s) for e, s in sensors.items()}
    development, calibration = data.split(sensors)
    tried, chosen = choose(windows, development)
    model = network.fit(chosen, *joined(windows, development), SEED)
    ask = lambda x: network.answer(model, x)

    # Above the cap the target stands still and answers are easily right: residuals there would only narrow the interval.
    late = {e: windows[e].left <= CAP for e in calibration}
    answers = {e: ask(windows[e].x) for e in calibration}
    residuals = {e: [round(float(r), 3) for r in np.abs(answers[e] - windows[e].target)[late[e]]] for e in calibration}
    half = float(np.ceil(10 * evaluate.conformal(list(residuals.values()), COVERAGE)) / 10)  # rounded up: never narrower

    manifest = json.loads((PACKAGE / 'model.json').read_text(encoding='utf-8'))
    test = data.official_test(folder, data.load(Path(folder) / 'test_FD001.txt'))
    last = np.stack([w.x[-1] for w in test.values()])
    left = np.array([w.left[-1] for w in test.values()])
    lives = [len(s) for s in sensors.values()]
    metrics = {
        'madeWith': {'torch': torch.__version__, 'onnx': onnx.__version__, 'numpy': np.__version__},
        'data': {'engines': len(sensors), 'cycles': sum(lives), 'shortest': min(lives), 'longest': max(lives), 'mean': float(np.mean(lives)),
                 'development': len(development), 'calibration': len(calibration), 'folds': FOLDS, 'seed': SEED},
        'choice': tried, 'chosen': chosen,
        'interval': {'coverage': COVERAGE, 'half': half, 'n': len(calibration), 'windows': sum(len(r) for r in residuals.values()),
                     'spread': evaluate.spread_of_coverage(len(calibration), COVERAGE)},
        'test': evaluate.last_windows(ask(last), left, half),
        'testWindows': evaluate.all_windows([(ask(w.x), w.left) for w in test.values()], half),
        'raised': [evaluate.raised([(answers[e], windows[e].left) for e in calibration], rule, STEPS) for rule in manifest['decision']['alerts']],
        'missing': evaluate.missing(ask, last, left),
    }
    write(manifest, model, metrics, residuals)
    reference(sensors, development)
    parity(model, sensors[development[0]])


def dump(file, value, indent=2):
    file.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + '\n', encoding='utf-8')


def write(manifest, model, metrics, residuals):
    network.export(model, PACKAGE / 'model.onnx', 'Remaining useful life of a turbofan engine in cycles; trained on C-MAPSS FD001')
    dump(HERE / 'metrics.json', metrics)
    dump(HERE / 'residuals.json', residuals, None)
    (PACKAGE / 'card.md').write_text(evaluate.card((HERE / 'card.template.md').read_text(encoding='utf-8'), metrics), encoding='utf-8')
    interval = metrics['interval']
    manifest['outputs'][0]['interval'] = {
        'coverage': COVERAGE, 'lower': -interval['half'], 'upper': interval['half'], 'n': interval['n'],
        'from': f"the last {CAP} cycles of {interval['n']} engines of FD001 that training had not seen, each engine counting the same"}
    dump(PACKAGE / 'model.json', manifest)


def reference(sensors, development):
    """Engines of the development set one after the other, cycle by cycle."""
    with open(PACKAGE / 'reference.csv', 'w', newline='', encoding='utf-8') as file:
        out = csv.writer(file, lineterminator='\n')
        out.writerow(['unit', 'cycle', *NAMES])
        for e in development:
            for cycle, row in enumerate(sensors[e], 1):
                out.writerow([e, cycle, *(f'{v:.{decimals}f}' for v, (*_, decimals) in zip(row, SENSORS))])


def parity(model, sample, count=24):
    """Windows that are nobody's data, and what the trained model says of them: a test asks the graph the same."""
    random = np.random.default_rng(SEED)
    low, high = sample.min(0), sample.max(0)
    wear = np.linspace(0, 1, count)[:, None, None] + np.linspace(-0.1, 0.1, STEPS)[None, :, None]
    direction = np.where(sample[-10:].mean(0) > sample[:10].mean(0), wear, 1 - wear)
    x = low + (high - low) * (0.1 + 0.8 * direction) + random.normal(0, 0.1, (count, STEPS, len(NAMES))) * (high - low)
    decimals = [d for *_, d in SENSORS]
    x = np.stack([np.round(x[..., s], d) for s, d in enumerate(decimals)], -1).astype(np.float32)
    x[0, 3:12, 5], x[1, -15:, 0], x[2, 14:, 9] = np.nan, np.nan, np.nan  # the last: too few values
    plain = lambda row: [None if np.isnan(v) else round(float(v), d) for v, d in zip(row, decimals)]
    said = [None if np.isnan(a) else round(float(a), 4) for a in network.answer(model, x)]
    dump(HERE / 'parity.json', {'sensors': [[plain(row) for row in window] for window in x], 'remaining': said}, None)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        raise SystemExit('usage: train.py FOLDER')
    main(sys.argv[1])
