"""Neural networks, as PyTorch's exporter writes them."""
import io

import numpy as np
import onnx
import pandas as pd
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

from kit import columns, constant, image, kind, machines, pump, save, series, shapes, window

BY = f'PyTorch {torch.__version__}, torch.onnx.export'
UNTRAINED = 'untrained weights'
torch.set_num_threads(1)
table, full, fails, wear = pump()
NAMES = list(table.columns)
X = torch.tensor(full)
MEAN, SPREAD = X.mean(0), X.std(0)


class Scaled(nn.Sequential):
    def forward(self, x):
        return super().forward((x - MEAN) / SPREAD)


def mlp(width, *after):
    return Scaled(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, width), *after)


class Function(nn.Module):
    """A module whose forward is `run(module, *inputs)`."""
    def __init__(self, run, **parts):
        super().__init__()
        self.run = run
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, *inputs):
        return self.run(self, *inputs)


def train(model, x, truth, loss, steps=60):
    optimiser = torch.optim.Adam(model.parameters(), .02)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(model(x), truth).backward()
        optimiser.step()
    return model


def export(model, inputs, names, outputs, batch=True, opset=14, dynamic=None, mode='eval', **options):
    """`batch`: the first axis of every input and output is open; `dynamic` names others."""
    buffer = io.BytesIO()
    axes = {name: {0: 'batch'} for name in [*names, *outputs]} if batch else {}
    for name, more in (dynamic or {}).items():
        axes[name] = more
    torch.onnx.export(getattr(model, mode)(), inputs, buffer, input_names=names, output_names=outputs, dynamic_axes=axes or None, opset_version=opset, **options)
    return onnx.ModelProto.FromString(buffer.getvalue())


def rows_of(name, graph, what, batch=1, tensor='x', dtype='float32', shape=None, by=BY, note=UNTRAINED, **more):
    save(name, graph, table, [columns(tensor, NAMES, dtype, shape)], what, by, batch=batch, note=note, **more)


@kind('mlp-softmax')
def softmax(name):
    model = train(mlp(3), X, torch.tensor(np.digitize(wear, [0, 1.5])), F.cross_entropy)
    rows_of(name, export(nn.Sequential(model, nn.Softmax(1)), X[:1], ['x'], ['probabilities']), 'MLP, open batch, softmax', note='')


@kind('mlp-one-at-a-time')
def one_at_a_time(name):
    model = train(mlp(1), X, torch.tensor(wear, dtype=torch.float32)[:, None], F.mse_loss)
    rows_of(name, export(model, X[:1], ['x'], ['wear'], batch=False), 'MLP, a value, fixed batch 1', note='')


@kind('mlp-eight-at-a-time')
def eight_at_a_time(name):
    rows_of(name, export(mlp(1, nn.Sigmoid()), X[:8], ['x'], ['probability'], batch=False), 'MLP, sigmoid, fixed batch 8', batch=8)


@kind('mlp-no-batch-axis')
def no_batch_axis(name):
    rows_of(name, export(mlp(1), X[0], ['x'], ['y'], batch=False), 'input of rank 1 without a batch axis', shape=[5])


@kind('mlp-old-opset')
def old_opset(name):
    graph = export(mlp(2), X[:1], ['input'], ['output'], opset=9, keep_initializers_as_inputs=True)
    rows_of(name, graph, 'opset 9, weights listed as inputs', tensor='input')


@kind('mlp-float16')
def half(name):
    graph = export(nn.Sequential(nn.Linear(5, 8), nn.Sigmoid(), nn.Linear(8, 2)), X[:1], ['x'], ['logits'])
    for tensor in graph.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for value in [*graph.graph.input, *graph.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    rows_of(name, graph, 'float16 throughout, logits', dtype='float16', by=f'{BY}, weights made float16 afterwards')


@kind('mlp-external-data')
def external(name):
    graph = export(mlp(2), X[:1], ['x'], ['logits'])
    weights = b''
    for tensor in (t for t in graph.graph.initializer if len(t.raw_data) > 32):
        where = {'location': 'weights.bin', 'offset': str(len(weights)), 'length': str(len(tensor.raw_data))}
        weights += tensor.raw_data
        tensor.ClearField('raw_data')
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in where.items():
            tensor.external_data.add(key=key, value=value)
    rows_of(name, graph, 'weights beside the model, in weights.bin', by=f'{BY}, weights moved out afterwards', files={'weights.bin': weights})


@kind('label-only')
def label_only(name):
    model = Function(lambda m, x: m.net(x).argmax(1), net=mlp(4))
    rows_of(name, export(model, X[:1], ['x'], ['label']), 'a label (int64) and nothing else')


@kind('autoencoder')
def autoencoder(name):
    model = Function(lambda m, x: m.net(x) * SPREAD + MEAN, net=Scaled(nn.Linear(5, 2), nn.Tanh(), nn.Linear(2, 5)))
    rows_of(name, export(train(model, X, X, F.mse_loss), X[:1], ['x'], ['reconstruction']), 'autoencoder: answers its inputs again', note='')


@kind('four-tasks')
def four_tasks(name):
    def run(m, x):
        hidden = m.body(x)
        scores = m.state(hidden)
        return scores.softmax(1), m.hours(hidden), scores.argmax(1), hidden
    model = Function(run, body=mlp(12, nn.ReLU()), state=nn.Linear(12, 3), hours=nn.Linear(12, 1))
    graph = export(model, X[:1], ['x'], ['state', 'hours_left', 'state_id', 'embedding'])
    rows_of(name, graph, 'four outputs: probabilities, a value, an int64 id, an embedding')


@kind('threshold-as-input')
def threshold(name):
    def run(m, x, limit):
        risk = m.net(x).softmax(1)[:, 1]
        return risk, risk > limit
    graph = export(Function(run, net=mlp(2)), (X[:1], torch.tensor(.5)), ['x', 'limit'], ['risk', 'alarm'], dynamic={'limit': {}})
    save(name, graph, table, [columns('x', NAMES), constant('limit', [.4])], 'a number without an axis as second input, a bool output', BY, note=UNTRAINED,
         new={'constants': {'limit': '0.4'}})


@kind('ids-and-numbers')
def ids(name):
    r = np.random.default_rng(7)
    orders = pd.DataFrame({'site': r.integers(0, 5, 80), 'product': r.integers(0, 12, 80), 'load': r.normal(size=80).round(2), 'speed': r.normal(size=80).round(2)})
    model = Function(lambda m, site, product, x: m.out(torch.cat([m.site(site[:, 0]), m.product(product), x], 1)).softmax(1),
                     site=nn.Embedding(5, 3), product=nn.Embedding(12, 4), out=nn.Linear(9, 2))
    inputs = torch.tensor([[1]]), torch.tensor([2], dtype=torch.int32), torch.zeros(1, 2)
    graph = export(model, inputs, ['site_id', 'product_id', 'x'], ['probabilities'])
    feed = [columns('site_id', ['site'], 'int64'), columns('product_id', ['product'], 'int32', [1]), columns('x', ['load', 'speed'])]
    save(name, graph, orders, feed, 'embeddings: ids as int64 [N,1] and int32 [N], beside floats', BY, note=UNTRAINED)


@kind('flags-and-counts')
def flags(name):
    r = np.random.default_rng(3)
    state = pd.DataFrame({'door open': r.random(80) < .5, 'pump on': r.random(80) < .5, 'level': r.integers(0, 256, 80), 'speed': r.integers(0, 256, 80)})
    model = Function(lambda m, on, n: m.out(torch.cat([on.float(), n.float() / 100], 1)).softmax(1), out=nn.Linear(4, 2))
    graph = export(model, (torch.zeros(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.uint8)), ['flags', 'counts'], ['p'])
    save(name, graph, state, [columns('flags', ['door open', 'pump on'], 'bool'), columns('counts', ['level', 'speed'], 'uint8')], 'bool and uint8 inputs', BY, note=UNTRAINED)


def cnn(channels, width=3):
    return nn.Sequential(nn.Conv2d(channels, 6, 3, 2), nn.ReLU(), nn.Conv2d(6, 10, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(10, width))


@kind('image-grey')
def grey(name):
    pixels, files, reference = shapes(28, colour=False)
    x = torch.tensor(pixels[:, None] / np.float32(255))
    model = nn.Sequential(train(cnn(1), x, torch.arange(60) % 3, F.cross_entropy), nn.Softmax(1))
    save(name, export(model, x[:1], ['image'], ['probabilities']), reference, [image('image', 'NCHW', 28, 28, 1, scale=1 / 255)],
         'CNN, grey 28×28, NCHW, PNG; three images have another size', BY, images=files, new={'label': 'label'})


@kind('image-colour-jpeg')
def colour(name):
    _, files, reference = shapes(64, colour=True, extension='jpg')
    how = image('input.1', 'NCHW', 64, 64, 3, scale=1 / 255, mean=[.485, .456, .406], std=[.229, .224, .225])
    save(name, export(cnn(3), torch.zeros(1, 3, 64, 64), ['input.1'], ['logits']), reference, [how],
         'CNN, colour 64×64, NCHW, mean and spread of ImageNet, JPEG, logits; three images have another size', BY, images=files, note=UNTRAINED, new={'label': 'label'})


@kind('image-channels-last')
def channels_last(name):
    _, files, reference = shapes(32, colour=True)
    model = Function(lambda m, x: m.net(x.permute(0, 3, 1, 2)), net=cnn(3))
    save(name, export(model, torch.zeros(1, 32, 32, 3), ['image'], ['logits']), reference, [image('image', 'NHWC', 32, 32, 3, scale=1 / 255)],
         'CNN, colour 32×32, NHWC, PNG', BY, images=files, note=UNTRAINED, new={'label': 'label'})


@kind('image-bytes')
def image_bytes(name):
    _, files, reference = shapes(32, colour=True)
    model = Function(lambda m, x: m.net((x.permute(0, 3, 1, 2).float() / 255 - .5) / .25).softmax(1), net=cnn(3))
    save(name, export(model, torch.zeros(1, 32, 32, 3, dtype=torch.uint8), ['pixels'], ['probabilities']), reference,
         [image('pixels', 'NHWC', 32, 32, 3, 'uint8')], 'CNN, uint8 pixels, normalised in the graph', BY, images=files, note=UNTRAINED, new={'label': 'label'})


@kind('image-and-numbers')
def image_and_numbers(name):
    _, files, reference = shapes(28, colour=False, others=())
    r = np.random.default_rng(4)
    reference = reference.assign(age=r.integers(1, 90, 60), weight=r.normal(70, 9, 60).round(1))
    model = Function(lambda m, picture, x: m.out(torch.cat([m.net(picture), x / 100], 1)).softmax(1), net=cnn(1, 4), out=nn.Linear(6, 2))
    save(name, export(model, (torch.zeros(1, 1, 28, 28), torch.zeros(1, 2)), ['image', 'patient'], ['probabilities']), reference,
         [image('image', 'NCHW', 28, 28, 1, scale=1 / 255), columns('patient', ['age', 'weight'])], 'an image and two numbers', BY, images=files, note=UNTRAINED,
         new={'label': 'label'})


SENSORS = ['sensor 1', 'sensor 2', 'sensor 3', 'sensor 4']
IN_TIME = {'time': 'cycle', 'group': 'unit'}


def of_windows(name, net, what, layout='NTF', steps=12, new=IN_TIME, **how):
    feed, model = window('window', SENSORS, steps, layout), Function(lambda m, x: 60 + 40 * m.net(x), net=net)  # cycles, not a probability
    save(name, export(model, torch.zeros(feed['shape']), ['window'], ['rul'], **how), machines(), [feed], what, BY, note=UNTRAINED, new=new)


@kind('window-lstm')
def lstm(name):
    of_windows(name, Function(lambda m, x: m.out(m.net(x)[0][:, -1]), net=nn.LSTM(4, 8, batch_first=True), out=nn.Linear(8, 1)), 'LSTM on windows [N,12,4]')


@kind('window-gru-one')
def gru(name):
    model = Function(lambda m, x: m.out(m.net(x)[0][:, -1]), net=nn.GRU(4, 8, batch_first=True), out=nn.Linear(8, 1))
    of_windows(name, model, 'GRU on windows, fixed [1,12,4]', batch=False)


@kind('window-transformer')
def transformer(name):
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, batch_first=True)
    model = Function(lambda m, x: m.out(m.net(m.into(x)).mean(1)), into=nn.Linear(4, 8), net=layer, out=nn.Linear(8, 1))
    # In training mode the exporter keeps to plain operators; nothing here differs between the modes.
    of_windows(name, model, 'Transformer encoder on windows [N,12,4]', mode='train', training=torch.onnx.TrainingMode.PRESERVE)


@kind('window-tcn-open')
def tcn(name):
    model = Function(lambda m, x: m.out(m.net(x)[:, :, -1]), out=nn.Linear(6, 1),
                     net=nn.Sequential(nn.ConstantPad1d((2, 0), 0), nn.Conv1d(4, 6, 3), nn.ReLU(), nn.ConstantPad1d((4, 0), 0), nn.Conv1d(6, 6, 3, dilation=2), nn.ReLU()))
    of_windows(name, model, 'temporal CNN, features before time, length undeclared: [N,4,time]', layout='NFT', new={**IN_TIME, 'window': 12},
               dynamic={'window': {0: 'batch', 2: 'time'}})


@kind('signal-in-a-cell')
def signal(name):
    r, t = np.random.default_rng(9), np.arange(48)
    signals = [' '.join(f'{v:.2f}' for v in np.sin(t / r.uniform(2, 9)) + r.normal(0, .1, 48)) for _ in range(70)]
    model = nn.Sequential(nn.Conv1d(1, 6, 5, 2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 3), nn.Softmax(1))
    save(name, export(model, torch.zeros(1, 1, 48), ['signal'], ['probabilities']), pd.DataFrame({'vibration': signals}), [series('signal', 'vibration', 48)],
         '1-D CNN on [N,1,48]: a whole signal in one cell', BY, note=UNTRAINED)
