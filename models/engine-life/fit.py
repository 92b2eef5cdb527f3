#!/usr/bin/python3
"""What the simulated engines have from C-MAPSS FD001: how sensors move as an engine wears, and how engines differ.

    models/engine-life/fit.py FOLDER       (with train_FD001.txt)

Needs Debian's python3-scipy. Writes fd001.json, which engine.ts reads. The model has no part in it.

An engine that lives T cycles has worn w(r) = exp(-r / tau) when r cycles are left. Sensor j then shows
level_j + change_j * w + noise_j * N(0, 1): what is left of FD001 after this has the spread of the sensors' own noise (column
`leftOverNoise`: 1 is all of it). One engine is T, tau / T, 14 levels and 14 changes; the 100 engines give their mean and covariance.
"""
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

import data
from data import SENSORS

HERE = Path(__file__).parent
WORN, FRESH = 3, 150  # cycles left: at the end, and well before it


def noise_of(engines):
    """White noise has twice its variance in first differences, and wear moves little from one cycle to the next."""
    return np.concatenate([np.diff(s, axis=0) for s in engines]).std(0) / np.sqrt(2)


def wear_score(engines, noise):
    """Per engine a weighted sum of its sensors: about 0 when fresh, 1 when worn. Core speeds are left out: they rise or fall by engine."""
    left = np.concatenate([np.arange(len(s) - 1, -1, -1) for s in engines])
    every = np.concatenate(engines)
    fresh = every[left > FRESH].mean(0)
    change = every[left < WORN].mean(0) - fresh
    weight = change / noise ** 2
    weight[[data.NAMES.index('core_speed'), data.NAMES.index('corrected_core_speed')]] = 0
    return [(s - fresh) @ weight / (weight @ change) for s in engines]


def time_constant(score):
    left = np.arange(len(score) - 1, -1, -1)
    off = lambda p: p[0] + p[1] * np.exp(-left / p[2]) - score
    return least_squares(off, [0, 1, 50], bounds=([-1, 0.2, 5], [1, 3, 400])).x[2]


def one_engine(sensors, score, noise):
    left = np.arange(len(sensors) - 1, -1, -1)
    tau = time_constant(score)
    wear = np.column_stack([np.ones(len(left)), np.exp(-left / tau)])
    (level, change), *_ = np.linalg.lstsq(wear, sensors, rcond=None)
    spread = (sensors - wear @ np.stack([level, change])).std(0, ddof=2)
    return [np.log(len(sensors)), tau / len(sensors), *level, *change], spread / noise


def main(folder):
    engines = [s.astype(float) for s in data.load(Path(folder) / 'train_FD001.txt').values()]
    noise = noise_of(engines)
    fits = [one_engine(s, z, noise) for s, z in zip(engines, wear_score(engines, noise))]
    values = np.array([f for f, _ in fits])
    factor = np.linalg.cholesky(np.cov(values.T))
    lives = [len(s) for s in engines]
    short = lambda v: float(f'{v:.5g}')
    write = {
        'from': 'C-MAPSS FD001, 100 training engines; made by fit.py',
        'lifeCycles': {'min': min(lives), 'max': max(lives)},
        'tauShare': {'min': short(values[:, 1].min()), 'max': short(values[:, 1].max())},
        'sensors': [{'name': name, 'decimals': decimals, 'noise': short(n), 'leftOverNoise': short(np.mean([s[j] for _, s in fits]))}
                    for j, ((name, _, _, decimals), n) in enumerate(zip(SENSORS, noise))],
        'engine': {'mean': [float(f'{v:.8g}') for v in values.mean(0)],
                   'factor': [[short(v) for v in row[:k + 1]] for k, row in enumerate(factor)]},
    }
    # One line per row of the factor.
    text = json.dumps({**write, 'sensors': '@sensors', 'engine': '@engine'}, indent=2)
    lines = lambda rows: '[\n      ' + ',\n      '.join(json.dumps(r) for r in rows) + '\n    ]'
    engine = '{\n    "mean": ' + json.dumps(write['engine']['mean']) + ',\n    "factor": ' + lines(write['engine']['factor']) + '\n  }'
    text = text.replace('"@sensors"', lines(write['sensors'])).replace('"@engine"', engine)
    (HERE / 'fd001.json').write_text(text + '\n', encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        raise SystemExit('usage: fit.py FOLDER')
    main(sys.argv[1])
