"""The network, how it is trained, and the graph that is shipped: normalisation and calibration are inside it."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# Grey values; the flattest training image has a standard deviation above this. What is flatter shows no chest.
LEAST_CONTRAST = 5.0
WIDTH, EPOCHS, BATCH, TOP_RATE = 16, 20, 64, 4e-3


def standardise(grey):
    """[rows, 1, 28, 28] grey values 0..255 to mean 0 and deviation 1, image by image; an image without contrast becomes NaN."""
    centred = grey - grey.mean((2, 3), keepdim=True)
    deviation = (centred * centred).mean((2, 3), keepdim=True).sqrt()
    # What is compared with NaN is false, so a NaN in the input stays one, where ReLU would turn it into 0.
    return centred / torch.where(deviation >= LEAST_CONTRAST, deviation, torch.full_like(deviation, float('nan')))


def network(width):
    """Five 3×3 convolutions, [rows, 1, 28, 28] standardised to [rows, 1] log-odds."""
    def block(before, after):
        return [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*block(1, width), *block(width, width), nn.MaxPool2d(2),
                         *block(width, 2 * width), *block(2 * width, 2 * width), nn.MaxPool2d(2),
                         *block(2 * width, 4 * width), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(4 * width, 1))


def moved(images, random):
    """Turned by up to 7 degrees, shifted by up to 6 % of the width, scaled by up to 10 %: a child does not lie still."""
    def uniform(*shape):
        return torch.rand(*shape, generator=random) * 2 - 1
    angle, scale, shift = 0.12 * uniform(len(images)), 1 + 0.1 * uniform(len(images)), 0.12 * uniform(len(images), 2)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    return F.grid_sample(images, F.affine_grid(turn, images.shape, align_corners=False), padding_mode='border', align_corners=False)


def train(grey, label, seed, width=WIDTH, augment=True):
    """A fitted network. The few normal images weigh as much as the many with pneumonia."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    net, steps = network(width), len(grey) // BATCH
    weight = torch.where(label == 0, (label == 1).sum() / (label == 0).sum(), torch.tensor(1.0))
    optimiser = torch.optim.AdamW(net.parameters(), lr=TOP_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, TOP_RATE, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(grey), generator=random)
        for k in range(steps):
            rows = order[k * BATCH:(k + 1) * BATCH]
            images = moved(grey[rows], random) if augment else grey[rows]
            loss = F.binary_cross_entropy_with_logits(net(standardise(images)).ravel(), label[rows], weight=weight[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net.eval()


class Served(nn.Module):
    """What is shipped: uint8 [rows, 1, 28, 28] to the calibrated probability of pneumonia [rows, 1]; slope and offset are Platt's."""

    def __init__(self, net, slope, offset):
        super().__init__()
        self.net, self.slope, self.offset = net, slope, offset

    def forward(self, grey):
        return torch.sigmoid(self.slope * self.net(standardise(grey.float())) + self.offset)


@torch.no_grad()
def answers(module, images):
    """`module` over uint8 images [rows, 28, 28], as float64 [rows]."""
    given = torch.from_numpy(images[:, None])
    return np.concatenate([module(part).ravel().double().numpy() for part in given.split(256)])


def export(served, path, description):
    torch.onnx.export(served, torch.zeros(1, 1, 28, 28, dtype=torch.uint8), path, opset_version=16, input_names=['xray'],
                      output_names=['probability'], dynamic_axes={'xray': {0: 'rows'}, 'probability': {0: 'rows'}})
    import onnx
    model = onnx.load(path)
    model.doc_string = description
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
