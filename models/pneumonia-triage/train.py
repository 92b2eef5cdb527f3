#!/usr/bin/python3
"""Trains, calibrates, evaluates and writes the demo model out of PneumoniaMNIST (MedMNIST v2, CC BY 4.0).

    models/pneumonia-triage/train.py pneumoniamnist.npz

Needs Debian's python3-torch, python3-sklearn and python3-onnx. Writes beside itself: package/model.onnx, package/card.md,
the thresholds in package/model.json, the table in README.md, eigen.json, metrics.json and parity.json.
"""
import base64
import hashlib
import json
import os
import sys
from pathlib import Path

os.environ['OMP_NUM_THREADS'] = '1'  # sums in one order

import numpy as np
import onnx
import sklearn
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

import eigen
import evaluate
import net

SEED = 28
DRAWN = 2000
HERE = Path(__file__).parent
# MedMNIST's own description (medmnist/info.py, v2): MD5 and counts of pneumoniamnist.npz.
PUBLISHED = {'md5': '28209eda62fecd6e6a2d98b1501bb15f', 'train': {'normal': 1214, 'pneumonia': 3494}}


def load(path):
    """Per split: uint8 images [rows, 28, 28] and labels 0 normal, 1 pneumonia."""
    with np.load(path) as file:
        return {name: (file[f'{key}_images'], file[f'{key}_labels'].ravel().astype(int))
                for name, key in [('train', 'train'), ('validation', 'val'), ('test', 'test')]}


def platt(logits, y):
    """Slope and offset of the log-odds (Platt 1999), with his targets, which keep a few images from being certain."""
    n = [(y == c).sum() for c in (0, 1)]
    target = np.where(y == 1, (n[1] + 1) / (n[1] + 2), 1 / (n[0] + 2))
    both = np.concatenate([logits, logits])[:, None]
    fitted = LogisticRegression(C=1e9, max_iter=10_000).fit(both, np.repeat([1, 0], len(y)), sample_weight=np.concatenate([target, 1 - target]))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def thresholds(y, p):
    """raise: the highest that still flags nine of ten validation images with pneumonia. clear: 95 % of the normal ones lie below."""
    return {'raise': float(np.floor(np.quantile(p[y == 1], 0.1, method='lower') * 100) / 100),
            'clear': float(np.ceil(np.quantile(p[y == 0], 0.95, method='higher') * 100) / 100)}


def variant(name, fitted, given, parameters):
    """How a model does that is trained in another way: validation chose its calibration and threshold, as for the shipped one."""
    (yv, lv), (yt, lt) = given(fitted, 'validation'), given(fitted, 'test')
    slope, offset = platt(lv, yv)
    pv, pt = (1 / (1 + np.exp(-(slope * logits + offset))) for logits in (lv, lt))
    at = thresholds(yv, pv)['raise']
    print(name, 'trained', flush=True)
    return {'name': name, 'parameters': parameters, 'validationAuc': float(roc_auc_score(yv, pv)), 'validationLogLoss': float(log_loss(yv, pv)),
            'testAuc': float(roc_auc_score(yt, pt)), 'testSensitivity': float((pt[yt == 1] >= at).mean()), 'testSpecificity': float((pt[yt == 0] < at).mean())}


def variants(shipped, data, grey, label):
    """What else was tried, for the reader; nothing was chosen by it."""
    logits = lambda fitted, split: (data[split][1], net.answers(lambda x: fitted(net.standardise(x.float())), data[split][0]))
    of = lambda name, fitted: variant(name, fitted, logits, sum(p.numel() for p in fitted.parameters()))
    flat = lambda images: net.standardise(torch.from_numpy(images[:, None]).float()).flatten(1).numpy()
    linear = LogisticRegression(C=0.001, class_weight='balanced', max_iter=5000).fit(flat(grey.numpy()[:, 0].astype(np.uint8)), label.numpy())
    return [
        of('as shipped', shipped),
        *(of(f'another seed ({seed})', net.train(grey, label, seed)) for seed in (SEED + 1, SEED + 2)),
        of('half as wide', net.train(grey, label, SEED, width=net.WIDTH // 2)),
        of('without augmentation', net.train(grey, label, SEED, augment=False)),
        variant('logistic regression on the pixels', linear, lambda fitted, split: (data[split][1], fitted.decision_function(flat(data[split][0]))), 785),
    ]


def main(path):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    data = load(path)
    counts = {split: dict(zip(evaluate.CLASSES, np.bincount(y).tolist())) for split, (_, y) in data.items()}
    contrast = min(float(x.reshape(len(x), -1).std(1).min()) for x, _ in data.values())
    if contrast < net.LEAST_CONTRAST:
        raise SystemExit(f'an image of the data has a contrast of {contrast:.1f}, below LEAST_CONTRAST')

    # The same image in training and validation would praise the model for its memory.
    (x, y), (xv, yv), (xt, yt) = data.values()
    seen = {image.tobytes() for image in xv}
    keep = np.array([image.tobytes() not in seen for image in x])
    grey, label = torch.from_numpy(x[keep, None]).float(), torch.from_numpy(y[keep]).float()
    shipped = net.train(grey, label, SEED)
    slope, offset = platt(net.answers(lambda images: shipped(net.standardise(images.float())), xv), yv)
    served = net.Served(shipped, slope, offset).eval()
    pv, pt = net.answers(served, xv), net.answers(served, xt)
    at = thresholds(yv, pv)

    eigens = {name: eigen.fit(x[y == c]) for c, name in enumerate(evaluate.CLASSES)}
    random = np.random.default_rng(SEED)
    drawn = [eigen.draw(e, DRAWN, random) for e in eigens.values()]
    of_drawn = np.concatenate([net.answers(served, images) for images in drawn])
    drawn_as = np.repeat([0, 1], DRAWN)
    spread = lambda y, p: evaluate.spreads(y, p, at['raise'], at['clear'])
    metrics = {
        'madeWith': {'torch': torch.__version__, 'scikit-learn': sklearn.__version__, 'onnx': onnx.__version__, 'numpy': np.__version__},
        'data': {'md5': hashlib.md5(Path(path).read_bytes()).hexdigest(), 'published': PUBLISHED, 'counts': counts, 'seed': SEED,
                 'validationImagesAlsoInTraining': int((~keep).sum()), 'leastContrast': round(contrast, 1)},
        'calibrationFit': {'slope': slope, 'offset': offset}, 'thresholds': at,
        'validation': evaluate.report(yv, pv, at['raise'], random), 'test': evaluate.report(yt, pt, at['raise'], random),
        'spread': {'validation': spread(yv, pv), 'test': spread(yt, pt), 'generated': spread(drawn_as, of_drawn)},
        'generated': {name: {'from': e['n'], 'variance': e['variance']} for name, e in eigens.items()},
        'variants': variants(shipped, data, grey, label),
    }
    write(served, metrics, eigens, np.concatenate([images[:16] for images in drawn]))


def write(served, metrics, eigens, images):
    package = HERE / 'package'
    text = lambda file: file.read_text(encoding='utf-8')
    dump = lambda file, value: file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + '\n', encoding='utf-8')
    net.export(served, package / 'model.onnx', 'Probability of pneumonia on a 28×28 chest X-ray; trained on PneumoniaMNIST. A demonstration, not a medical device.')
    dump(HERE / 'metrics.json', metrics)
    dump(HERE / 'eigen.json', {name: eigen.plain(e) for name, e in eigens.items()})
    (package / 'card.md').write_text(evaluate.card(text(HERE / 'card.template.md'), metrics), encoding='utf-8')
    (HERE / 'README.md').write_text(evaluate.readme(text(HERE / 'README.md'), metrics), encoding='utf-8')

    manifest = json.loads(text(package / 'model.json'))
    for rule in manifest['decision']['alerts']:
        rule.update(metrics['thresholds'])
    dump(package / 'model.json', manifest)

    # Drawn images, one of a grey without contrast, and what the trained network says of them: a test asks the graph the same.
    images[-1] = 128
    plain = [None if np.isnan(p) else round(float(p), 7) for p in net.answers(served, images)]
    (HERE / 'parity.json').write_text(json.dumps({'images': base64.b64encode(images.tobytes()).decode(), 'probabilities': plain}) + '\n', encoding='utf-8')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        raise SystemExit('usage: train.py pneumoniamnist.npz')
    main(sys.argv[1])
