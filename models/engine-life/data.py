"""C-MAPSS FD001 as engines, windows and splits by engine.

The files of NASA's repository have 26 columns and no header: engine, cycle, three settings, 21 sensors.
"""
from pathlib import Path

import numpy as np

STEPS = 30  # cycles in a window; the shortest of the official test engines has 31
CAP = 125  # cycles
DEVELOPMENT = 65  # of the 100 engines of train_FD001; the others calibrate the interval
FOLDS = 5
SEED = 1

# What enters the model: our name, the sensor's number in the files and its symbol, decimals in the files.
# Order and symbols: A. Saxena et al., "Damage Propagation Modeling for Aircraft Engine Run-to-Failure Simulation",
# PHM 2008, table 2. The other seven (T2, P2, P15, epr, farB, Nf_dmd, PCNfR_dmd) do not move in FD001.
SENSORS = [
    ('lpc_outlet_temperature', 2, 'T24', 2),
    ('hpc_outlet_temperature', 3, 'T30', 2),
    ('lpt_outlet_temperature', 4, 'T50', 2),
    ('hpc_outlet_pressure', 7, 'P30', 2),
    ('fan_speed', 8, 'Nf', 2),
    ('core_speed', 9, 'Nc', 2),
    ('hpc_outlet_static_pressure', 11, 'Ps30', 2),
    ('fuel_flow_ratio', 12, 'phi', 2),
    ('corrected_fan_speed', 13, 'NRf', 2),
    ('corrected_core_speed', 14, 'NRc', 2),
    ('bypass_ratio', 15, 'BPR', 4),
    ('bleed_enthalpy', 17, 'htBleed', 0),
    ('hpt_coolant_bleed', 20, 'W31', 2),
    ('lpt_coolant_bleed', 21, 'W32', 4),
]
NAMES = [name for name, *_ in SENSORS]
COLUMNS = [4 + number for _, number, *_ in SENSORS]


def load(path):
    """Engine number to its sensors [cycles, 14] float32, in the order of the cycles."""
    table = np.loadtxt(path)
    moving = [4 + n for n in range(1, 22) if len(np.unique(table[:, 4 + n])) > 2]
    if moving != COLUMNS:
        raise SystemExit(f'{path}: the columns that move are {moving}, in FD001 they are {COLUMNS}')
    return {int(e): table[table[:, 0] == e][:, COLUMNS].astype(np.float32) for e in np.unique(table[:, 0])}


def split(engines):
    """Engines for development and for calibration, by chance."""
    order = np.random.default_rng(SEED).permutation(sorted(engines)).tolist()
    return sorted(order[:DEVELOPMENT]), sorted(order[DEVELOPMENT:])


def fold_of(development):
    order = np.random.default_rng(SEED + 1).permutation(development).tolist()
    return {engine: k % FOLDS for k, engine in enumerate(order)}


class Windows:
    """Every full window of an engine: `x` [n, 30, 14], and how many cycles the engine has left after each, `left` [n]."""

    def __init__(self, sensors, left_at_end=0):
        n = len(sensors) - STEPS + 1
        self.x = np.stack([sensors[i:i + STEPS] for i in range(n)])
        self.left = (np.arange(n - 1, -1, -1) + left_at_end).astype(np.float32)
        self.target = np.minimum(self.left, CAP)


def official_test(folder, engines):
    """Test engine to its windows; RUL_FD001.txt says how many cycles each has left after its last."""
    left = np.loadtxt(Path(folder) / 'RUL_FD001.txt')
    return {e: Windows(sensors, left[e - 1]) for e, sensors in engines.items()}
