"""What was tried, and the graph that is shipped.

One float32 tensor `sensors` [rows, 30, 14] of raw sensor values in, the newest cycle last; one float32 tensor `remaining`
[rows, 1] in cycles out. Missing values, normalisation and the cap are dealt with inside the graph, so that training and
serving cannot differ.
"""
import io

import numpy as np
import onnx
import torch
from torch import nn

from data import CAP, SENSORS, STEPS

WIDTH = len(SENSORS)
BLOCK = 6  # cycles
LEAST = 15  # of the 30 values of a sensor must be there


class Dense(nn.Module):
    """Means over five blocks of six cycles, then two hidden layers. The noise of C-MAPSS is white: averaging is what it asks for."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(STEPS // BLOCK * WIDTH, 64), nn.ReLU(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, z):
        return self.layers(z.reshape(-1, STEPS // BLOCK, BLOCK, WIDTH).mean(2).flatten(1))


class Convolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.AvgPool1d(3), nn.Conv1d(WIDTH, 32, 4), nn.ReLU(), nn.Conv1d(32, 32, 4), nn.ReLU(), nn.Flatten(),
                                    nn.Linear(32 * 4, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, z):
        return self.layers(z.transpose(1, 2))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(WIDTH, 32, batch_first=True)
        self.layers = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, z):
        return self.layers(self.gru(z)[0][:, -1])


class Linear(nn.Module):
    """The same five means per sensor, and no hidden layer: what a spreadsheet could do."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(STEPS // BLOCK * WIDTH, 1)

    def forward(self, z):
        return self.layer(z.reshape(-1, STEPS // BLOCK, BLOCK, WIDTH).mean(2).flatten(1))


# Name to module and passes over the windows.
CANDIDATES = {
    'linear, means of 6 cycles': (Linear, 20),
    'GRU, 32 units': (Recurrent, 12),
    '1-D convolution, 2 layers of 32': (Convolution, 20),
    'dense, means of 6 cycles, 64 and 16 units': (Dense, 40),
}


class Model(nn.Module):
    """A candidate with everything around it. Raw windows in, cycles out."""

    def __init__(self, inner, mean, spread):
        super().__init__()
        self.inner = inner
        self.register_buffer('mean', torch.tensor(mean))
        self.register_buffer('spread', torch.tensor(spread))

    def forward(self, sensors):
        z = (sensors - self.mean) / self.spread
        missing = torch.isnan(z)
        there = (~missing).to(torch.float32).sum(1, keepdim=True)
        zero = torch.zeros_like(z)
        # The mean of a sensor's other values in the window stands in for a missing one.
        stand_in = torch.where(missing, zero, z).sum(1, keepdim=True) / there
        filled = torch.where(missing, stand_in + zero, z)
        cycles = torch.clamp(CAP * self.inner(filled), 0, CAP)
        # Layers may lose a NaN. With too little to go on, 0 x NaN makes the answer NaN, and the runtime abstains.
        too_few = torch.where(there < LEAST, there * float('nan'), there)
        return cycles + 0 * (filled.sum((1, 2)) + too_few.sum((1, 2))).unsqueeze(1)


def fit(name, x, target, seed, rate=2e-3, batch=128, offset=0.4):
    """`x` [n, 30, 14] raw, `target` [n] in cycles.

    Against learning engines by heart, every pass shifts each window's sensors by chance, as engines differ by build. No
    dropout: it made the answers near the end of life too high.
    """
    torch.manual_seed(seed)
    kind, passes = CANDIDATES[name]
    model = Model(kind(), x.mean((0, 1)), x.std((0, 1)))
    z, y = (torch.tensor(x) - model.mean) / model.spread, torch.tensor(target / np.float32(CAP))[:, None]
    optimiser = torch.optim.AdamW(model.inner.parameters(), rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=passes * -(-len(z) // batch), pct_start=0.2)
    model.train()
    for _ in range(passes):
        for some in torch.randperm(len(z)).split(batch):
            optimiser.zero_grad()
            error = model.inner(z[some] + offset * torch.randn(len(some), 1, WIDTH)) - y[some]
            (error ** 2).mean().backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def answer(model, x):
    """Raw windows [n, 30, 14] to cycles [n]."""
    with torch.no_grad():
        return model(torch.tensor(x, dtype=torch.float32)).numpy()[:, 0]


def export(model, path, description):
    """Writes ONNX, opset 15, any number of rows."""
    file = io.BytesIO()
    torch.onnx.export(model, torch.zeros(2, STEPS, WIDTH), file, opset_version=15, input_names=['sensors'], output_names=['remaining'],
                      dynamic_axes={'sensors': {0: 'rows'}, 'remaining': {0: 'rows'}})
    graph = onnx.load_from_string(file.getvalue())
    graph.producer_name, graph.producer_version, graph.doc_string = 'edgewright models/engine-life/train.py', '', description
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, str(path))
