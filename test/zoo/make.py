#!/usr/bin/env python3
"""Writes the zoo: a small model of every kind, with its reference and what onnxruntime answers when it is asked directly.

python3 test/zoo/make.py [NAME…]      all, or these folders; ends with a table in test/zoo/README.md

Needs Python 3.11 with scikit-learn 1.2, PyTorch 1.13, onnx 1.12, XGBoost 1.7, pandas and Pillow (Debian 12 has them), and on
PYTHONPATH skl2onnx 1.14, onnxmltools 1.12 with onnxconverter-common 1.13, and LightGBM 4; node_modules for onnxruntime-node.
All data are made up here, and every seed is fixed (what differs from run to run is the order of nodes
that do not need each other, and of the parts of .ort files). What lies in the folders is committed: nobody needs this to test.
"""
import json
import os
import subprocess
import sys
import warnings

if os.environ.get('PYTHONHASHSEED') != '0':  # skl2onnx goes through sets: without this, nodes and names change their order
    os.execve(sys.executable, [sys.executable, '-B', *sys.argv], {**os.environ, 'PYTHONHASHSEED': '0'})

warnings.filterwarnings('ignore')

import graphs  # noqa: E402, F401
import learners  # noqa: E402, F401
import nets  # noqa: E402
from kit import HERE, KINDS  # noqa: E402

ORT = {'ort-mlp': 'mlp-softmax', 'ort-image': 'image-grey', 'ort-forest': 'boosting-tensors', 'ort-int8': 'int8-qdq'}


def ask(*arguments):
    subprocess.run([HERE.parents[1] / 'node_modules/.bin/node', HERE / 'ask.ts', *arguments], check=True)


def table():
    lines = ['# Models of every kind', '', 'Written by `make.py`, which says what it needs. `about.json` of a folder says how the inputs get their values from a row (`feed`) and what a',
             'person would have to tell `edgewright new` (`new`); `expect.json` is what onnxruntime-node answers directly on the first 20 rows or windows, a row at a',
             'time or in whole fixed batches; where an output is a map, what the tensor holds that goes into it (`direct.onnx`).', '',
             '| folder | kind | made by |', '| --- | --- | --- |']
    refused = ['', '## Refused', '', '| folder | what is wrong |', '| --- | --- |']
    for path in sorted(HERE.glob('*/about.json')):
        about = json.loads(path.read_text())
        lines.append(f"| {path.parent.name} | {about['kind']}{'; ' + about['note'] if about.get('note') else ''} | {about['madeBy']} |")
    for path in sorted(HERE.glob('broken/*/about.json')):
        refused.append(f"| {path.parent.name} | {json.loads(path.read_text())['wrong']} |")
    (HERE / 'README.md').write_text('\n'.join([*lines, *refused]) + '\n')


def main(names):
    for name in [n for n in KINDS if not names or n in names]:
        nets.torch.manual_seed(0)
        KINDS[name](name)
    for name, source in ORT.items():
        if not names or name in names:
            ask('--ort', HERE / source, HERE / name)
    import broken  # noqa: F401  (reads ort-mlp)
    for name in [n for n in KINDS if n.startswith('broken/') and (not names or n in names)]:
        KINDS[name](name)
    whole = [n for n in [*KINDS, *ORT] if (not names or n in names) and not n.startswith('broken/')]
    if whole:
        ask(*[HERE / name for name in whole])
    table()


main(sys.argv[1:])
