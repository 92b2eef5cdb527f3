"""What every model of the zoo is made with: its data, its folder, and how its inputs get their values."""
import io
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pandas as pd

HERE = Path(__file__).parent
KINDS = {}
DTYPES = {1: 'float32', 2: 'uint8', 3: 'int8', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16', 11: 'float64', 14: 'complex64'}
BY_HAND = f'written by hand with onnx.helper {onnx.__version__}'


def kind(name):
    """Registers a function that makes the model of this folder name."""
    return lambda make: KINDS.setdefault(name, make)


# How an input gets its values from a row of the reference: the direct run obeys this, and nothing of what is tried.
def columns(tensor, names, dtype='float32', shape=None):
    """`shape` with the batch axis as 1; without it [1, len(names)]."""
    return {'input': tensor, 'from': 'columns', 'columns': list(names), 'dtype': dtype, 'shape': shape or [1, len(names)]}


def window(tensor, names, steps, layout='NTF'):
    """The last `steps` rows of one unit. NTF: [1, steps, features]; NFT: [1, features, steps]."""
    shape = [1, steps, len(names)] if layout == 'NTF' else [1, len(names), steps]
    return {'input': tensor, 'from': 'window', 'columns': list(names), 'steps': steps, 'unit': 'unit', 'layout': layout, 'dtype': 'float32', 'shape': shape}


def image(tensor, layout, height, width, channels, dtype='float32', scale=1.0, mean=None, std=None, order='RGB'):
    """(pixel · scale − mean) / std, channel by channel. The first rows' images have the tensor's own size."""
    shape = {'NCHW': [1, channels, height, width], 'NHWC': [1, height, width, channels]}[layout]
    return {'input': tensor, 'from': 'image', 'columns': ['image'], 'layout': layout, 'dtype': dtype, 'shape': shape, 'order': order,
            'scale': scale, 'mean': mean or [0] * channels, 'std': std or [1] * channels}


def series(tensor, name, length):
    return {'input': tensor, 'from': 'series', 'columns': [name], 'dtype': 'float32', 'shape': [1, 1, length]}


def constant(tensor, value, dtype='float32', shape=()):
    return {'input': tensor, 'from': 'constant', 'value': value, 'dtype': dtype, 'shape': list(shape)}


def declared(value):
    """An input or output as the graph declares it, in words."""
    if value.type.WhichOneof('value') != 'tensor_type':
        return value.type.WhichOneof('value').replace('_type', '')
    tensor = value.type.tensor_type
    dims = [d.dim_value if d.HasField('dim_value') else d.dim_param or '?' for d in tensor.shape.dim]
    return f"{DTYPES.get(tensor.elem_type, tensor.elem_type)} {dims if tensor.HasField('shape') else 'of no declared rank'}"


def maps_of(model):
    """Outputs that ZipMap makes: the classes in the order of the tensor that goes into it."""
    maps = {}
    for node in (n for n in model.graph.node if n.op_type == 'ZipMap'):
        labels = {a.name: a for a in node.attribute}
        texts = labels.get('classlabels_strings')
        maps[node.output[0]] = [s.decode() for s in texts.strings] if texts else list(labels['classlabels_int64s'].ints)
    return maps


def without_maps(model):
    """The same model, its ZipMaps replaced by the tensors that go into them: what onnxruntime can be asked directly."""
    plain = onnx.ModelProto.FromString(model.SerializeToString())
    for node in plain.graph.node:
        if node.op_type == 'ZipMap':
            output = next(o for o in plain.graph.output if o.name == node.output[0])
            scores = next(n for n in plain.graph.node if node.input[0] in n.output)
            precise = any(t.data_type == onnx.TensorProto.DOUBLE for t in plain.graph.initializer) and scores.domain == ''
            output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, 11 if precise else 1, None))
            node.CopyFrom(onnx.helper.make_node('Identity', [node.input[0]], [node.output[0]]))
    return plain


def save(name, model, reference, feed, what, by, genuine=True, files=None, images=None, batch=1, note='', new=None, broken=None, file='model.onnx'):
    """One folder. `files`: further bytes by their path; `images`: (name, bytes); `new`: what a person would have to tell `edgewright new`."""
    folder = HERE / ('broken' if broken else '.') / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    about = {'kind': what, 'madeBy': by, 'genuine': genuine}
    if broken:
        about['wrong'] = broken
    if isinstance(model, onnx.ModelProto):
        model.graph.name = 'graph'  # converters put a random name here
        graph, stored = model.graph, {t.name for t in model.graph.initializer}
        about['inputs'] = {i.name: declared(i) for i in graph.input if model.ir_version > 3 or i.name not in stored}
        about['outputs'] = {o.name: declared(o) for o in graph.output}
        about['maps'] = maps_of(model)
        if about['maps']:
            about['direct'] = 'direct.onnx'
            (folder / 'direct.onnx').write_bytes(without_maps(model).SerializeToString())
        model = model.SerializeToString()
    about |= {'feed': feed, 'batch': batch, 'new': new or {}, 'note': note}
    for path, data in {file: model, **(files or {}), **{f'images/{n}': b for n, b in images or []}}.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    if reference is not None:
        reference.to_csv(folder / 'reference.csv', index=False, lineterminator='\n')
    (folder / 'about.json').write_text(json.dumps({k: v for k, v in about.items() if v not in ({}, '')}, indent=2, ensure_ascii=False) + '\n')


def pump(rows=80, holes=0.0):
    """Five sensors of a pump, whether it fails (0 or 1), and how worn it is; `holes`: share of empty cells."""
    r = np.random.default_rng(0)
    table = pd.DataFrame({'flow': r.normal(50, 8, rows), 'pressure': r.normal(4, .6, rows), 'temperature': r.normal(60, 9, rows),
                          'vibration': np.abs(r.normal(2, .9, rows)), 'current': r.normal(12, 2, rows)}).round(2)
    wear = (table.temperature - 60) / 9 + (table.vibration - 2) / .9 - (table.flow - 50) / 8 + r.normal(0, .5, rows)
    full = table.to_numpy(np.float32)
    return table.mask(r.random(table.shape) < holes), full, (wear > 1).astype(int).to_numpy(), wear.to_numpy().round(3)


def patients(rows=80):
    """Columns of words, whole numbers and measurements; and whether there is disease (0 or 1)."""
    r = np.random.default_rng(1)
    table = pd.DataFrame({'sex': r.choice(['female', 'male'], rows), 'chest pain': r.choice(['typical', 'atypical', 'none'], rows),
                          'age': r.integers(29, 78, rows), 'cholesterol': r.normal(245, 50, rows).round(1), 'smoker': r.integers(0, 2, rows)})
    risk = (table.age - 54) / 9 + (table['chest pain'] == 'typical') * 1.5 + table.smoker + r.normal(0, .6, rows)
    return table, (risk > 1.2).astype(int).to_numpy()


def machines(units=4, cycles=24):
    """Four sensors of several machines that wear, one row a cycle."""
    r, rows = np.random.default_rng(2), []
    for unit in range(1, units + 1):
        start, wear = r.normal(0, 1, 4), r.uniform(.5, 1.5)
        rows += [[unit, c, *(start + wear * (c / cycles) ** 2 * np.arange(1, 5) + r.normal(0, .1, 4)).round(3)] for c in range(1, cycles + 1)]
    return pd.DataFrame(rows, columns=['unit', 'cycle', 'sensor 1', 'sensor 2', 'sensor 3', 'sensor 4'])


def shapes(size, colour, extension='png', others=(30, 41, 52)):
    """60 images of a bar, a column or a disc: the pixels, the files, the reference. Those in `others` have another size."""
    from PIL import Image
    r, pixels, files = np.random.default_rng(3), [], []
    y, x = np.mgrid[:size, :size]
    for k in range(60):
        a = np.full((size, size), int(r.integers(10, 50)), np.uint8)
        a[[np.abs(y - size / 2) < size / 6, np.abs(x - size / 2) < size / 6, np.hypot(y - size / 2, x - size / 2) < size / 3][k % 3]] = r.integers(150, 250)
        pixels.append(np.stack([a, np.roll(a, 3, 0), 255 - a], -1) if colour else a)
        picture, buffer = Image.fromarray(pixels[-1]), io.BytesIO()
        (picture.resize((40 + k, 25 + k)) if k in others else picture).save(buffer, {'png': 'PNG', 'jpg': 'JPEG'}[extension])
        files.append((f'{k:02d}.{extension}', buffer.getvalue()))
    table = pd.DataFrame({'image': [f'images/{name}' for name, _ in files], 'label': [['bar', 'column', 'disc'][k % 3] for k in range(60)]})
    return np.stack(pixels), files, table
