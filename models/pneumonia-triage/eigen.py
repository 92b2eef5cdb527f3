"""Chest X-rays that are nobody's: per class the mean image and the strongest directions in which the training images differ.

A drawn image is mean + Σ zᵏ·directionᵏ with independent normal zᵏ (principal components; Turk and Pentland, "Eigenfaces for
Recognition", 1991). `eigen.ts` draws from the same file.
"""
import base64

import numpy as np

DIRECTIONS = 32


def fit(images):
    """Mean (0..255) and directions in whole steps, of uint8 images [rows, 28, 28]; `steps[k]`: grey values per step at z = 1."""
    x = images.reshape(len(images), -1).astype(np.float64)
    _, spread, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
    directions = directions[:DIRECTIONS]
    # A direction's sign is arbitrary: the same on every machine.
    directions *= np.sign(directions[np.arange(DIRECTIONS), np.abs(directions).argmax(1)])[:, None]
    grey = directions * (spread[:DIRECTIONS] / np.sqrt(len(x) - 1))[:, None]
    steps = np.abs(grey).max(1) / 127
    return {'n': len(x), 'variance': float((spread[:DIRECTIONS] ** 2).sum() / (spread ** 2).sum()),
            'mean': np.rint(x.mean(0)).astype(np.uint8), 'directions': np.rint(grey / steps[:, None]).astype(np.int8),
            'steps': np.array([float(f'{s:.6g}') for s in steps])}


def draw(eigen, rows, random):
    """[rows, 28, 28] uint8."""
    z = random.standard_normal((rows, DIRECTIONS))
    grey = eigen['mean'] + (z * eigen['steps']) @ eigen['directions'].astype(np.float64)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8).reshape(-1, 28, 28)


def plain(eigen):
    text = lambda array: base64.b64encode(array.tobytes()).decode()
    return {**eigen, 'mean': text(eigen['mean']), 'directions': text(eigen['directions']), 'steps': eigen['steps'].tolist()}
