"""Models and references that must be refused. Each folder's about.json says what is wrong."""
import gzip
import io
import pickle
import struct
import zipfile

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper, numpy_helper

from graphs import BOOL, FLOAT, INT64, NAMES, SCORES, WEIGHTS, graph, node, table, value, words_to_floats
from kit import BY_HAND, HERE, columns, image, kind, save, shapes

RESULT = [value('y', FLOAT, ['N', 3])]
ANSWER = node('MatMul', ['x', 'w'], ['y'])
GOOD = graph([ANSWER], RESULT)


def broken(name, wrong, model, reference=table, feed=None, by=BY_HAND, **more):
    kind(f'broken/{name}')(lambda _: save(name, model, reference, feed or [columns('x', NAMES)], 'refused', by, genuine=False, broken=wrong, **more))


def zipped(**entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for path, data in entries.items():
            archive.writestr(zipfile.ZipInfo(path.replace('__', '/')), data)
    return buffer.getvalue()


def not_onnx():
    good = GOOD.SerializeToString()
    header = b'{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}'
    for name, wrong, data in [
        ('empty', 'an empty file', b''),
        ('cut-short', 'the end of the file is missing', good[:len(good) * 2 // 3]),
        ('web-page', 'a web page saved as model.onnx', b'<!DOCTYPE html>\n<html><body><h1>404 Not Found</h1></body></html>\n'),
        ('pickle', 'a Python pickle', pickle.dumps({'model': [1.0, 2.0]}, 4)),
        ('pytorch', 'a PyTorch checkpoint (a zip)', zipped(archive__data_pkl=pickle.dumps({}, 4), archive__version=b'3\n')),
        ('zip', 'a zip that holds a model', zipped(model=good)),
        ('hdf5', 'a Keras file (HDF5)', b'\x89HDF\r\n\x1a\n' + bytes(500)),
        ('tflite', 'a TensorFlow Lite file', struct.pack('<I', 28) + b'TFL3' + bytes(500)),
        ('safetensors', 'a safetensors file', struct.pack('<Q', len(header)) + header + bytes(12)),
        ('lfs-pointer', 'a Git LFS pointer', b'version https://git-lfs.github.com/spec/v1\noid sha256:' + b'0' * 64 + b'\nsize 12345\n'),
        ('gzip', 'a model compressed with gzip', gzip.compress(good, mtime=0)),
        ('csv', 'a table named model.onnx', b'flow,pressure\n1,2\n'),
    ]:
        broken(name, wrong, data, by='bytes written by hand')


def not_loadable():
    broken('opset-99', 'opset 99', graph([ANSWER], RESULT, opset=99))
    broken('ir-version-99', 'IR version 99', graph([ANSWER], RESULT, ir=99))
    broken('unknown-operator', 'an operator that ONNX does not have', graph([node('FancyAttention', ['x', 'w'], ['y'])], RESULT))
    broken('unknown-domain', 'an operator of an unknown domain', graph([node('Score', ['x', 'w'], ['y'], domain='com.acme')], RESULT, domains=['com.acme']))
    broken('cycle', 'a cycle', graph([node('Add', ['x', 'b'], ['a']), node('MatMul', ['a', 'v'], ['b']), node('MatMul', ['a', 'w'], ['y'])], RESULT, {'v': np.eye(5, dtype=np.float32)}))
    broken('name-from-nowhere', 'a node reads what nothing writes', graph([node('MatMul', ['x', 'nowhere'], ['y'])], RESULT))
    broken('name-twice', 'two nodes write the same name', graph([ANSWER, ANSWER], RESULT))
    broken('types-differ', 'weights in double, input in float', graph([ANSWER], RESULT, {'w': WEIGHTS.astype(np.float64)}))
    short = graph([ANSWER], RESULT)
    short.graph.initializer[0].raw_data = short.graph.initializer[0].raw_data[:16]
    broken('weights-cut-short', 'fewer bytes of weights than their shape says', short)
    broken('output-type-lies', 'declares int64 and computes float', graph([ANSWER], [value('y', INT64, ['N', 3])]))
    broken('ort-of-the-future', 'an .ort file of a format version that does not exist', later(), file='model.ort', by='onnxruntime-node .ort, its version changed by hand')


def later():
    """The .ort file of `ort-mlp` with format version 9; None until that is made."""
    path = HERE / 'ort-mlp' / 'model.ort'
    data = path.read_bytes() if path.exists() else b''
    return data.replace(b'\x01\x00\x00\x006\x00', b'\x01\x00\x00\x009\x00')


def outside_weights():
    for name, wrong, where, files in [
        ('weights-missing', 'weights.bin is not there', {'location': 'weights.bin'}, {}),
        ('weights-too-short', 'weights.bin is too short', {'location': 'weights.bin'}, {'weights.bin': bytes(20)}),
        ('weights-offset', 'weights begin beyond the end of weights.bin', {'location': 'weights.bin', 'offset': '4096', 'length': '60'}, {'weights.bin': bytes(60)}),
        ('weights-outside', 'weights lie outside the folder', {'location': '../weights-too-short/weights.bin'}, {}),
        ('weights-absolute', 'weights by an absolute path', {'location': '/etc/passwd'}, {}),
    ]:
        model = graph([ANSWER], RESULT)
        tensor = model.graph.initializer[0]
        tensor.ClearField('raw_data')
        tensor.data_location = TensorProto.EXTERNAL
        for key, text in where.items():
            tensor.external_data.add(key=key, value=text)
        broken(name, wrong, model, files=files)


def not_runnable():
    broken('width-lies', 'declares 7 features and computes with 5', graph([node('Reshape', ['x', 'shape'], ['f']), node('MatMul', ['f', 'w'], ['y'])],
           [value('y', FLOAT, None)], {'shape': [-1, 5]}, inputs=[value('x', FLOAT, ['N', 7])]), table.assign(extra=1., more=2.), [columns('x', [*NAMES, 'extra', 'more'])])
    broken('id-out-of-table', 'ids of the reference lie outside the embedding table', graph([node('Gather', ['rows', 'machine'], ['y'])], RESULT,
           {'rows': np.ones((9, 3), np.float32)}, inputs=[value('machine', INT64, ['N'])]), pd.DataFrame({'machine': [57] * 60}), [columns('machine', ['machine'], 'int64', [1])])
    broken('never-a-number', 'answers NaN on every row', graph([SCORES, node('Sub', ['s', 's'], ['z']), node('Div', ['z', 'z'], ['y'])], RESULT))
    broken('no-memory', 'allocates 32 GB at its first run', graph([SCORES, node('ReduceMax', ['s'], ['q'], axes=[1]), node('Expand', ['q', 'shape'], ['big']),
           node('ReduceMax', ['big'], ['m'], axes=[1]), node('Add', ['s', 'm'], ['y'])], RESULT, {'shape': [1, 8_000_000_000]}))
    step = helper.make_graph([node('Sin', ['v'], ['v_next']), node('Identity', ['go'], ['go_on'])], 'step',
                             [value('k', INT64, []), value('go', BOOL, []), value('v', FLOAT, ['N', 3])], [value('go_on', BOOL, []), value('v_next', FLOAT, ['N', 3])])
    broken('never-ends', 'a Loop of 2⁶² trips', graph([SCORES, node('Loop', ['trips', 'yes', 's'], ['y'], body=step)], RESULT, {'trips': np.array(2 ** 62), 'yes': np.array(True)}))
    broken('dies-at-run', 'divides the smallest int64 by −1: the process dies', graph([SCORES, node('ReduceMax', ['x'], ['q'], keepdims=0), node('Sub', ['q', 'q'], ['z']),
           node('Cast', ['z'], ['zero'], to=INT64), node('Sub', ['zero', 'one'], ['minus']), node('Div', ['least', 'minus'], ['d']), node('Cast', ['d'], ['f'], to=FLOAT),
           node('Add', ['s', 'f'], ['y'])], RESULT, {'one': np.array(1), 'least': np.array([-2 ** 63])}))
    broken('dies-at-load', 'the same among constants: the process dies as the model is loaded', graph([SCORES, node('Div', ['least', 'minus'], ['d']),
           node('Cast', ['d'], ['f'], to=FLOAT), node('Add', ['s', 'f'], ['y'])], RESULT, {'minus': np.array([-1]), 'least': np.array([-2 ** 63])}))


def nothing_to_say():
    parts = helper.make_tensor_sequence_value_info('parts', FLOAT, None)
    broken('only-a-sequence', 'its only output is a sequence', graph([SCORES, node('SplitToSequence', ['s'], ['parts'], axis=1)], [parts]))
    broken('no-outputs', 'no outputs', graph([SCORES], []))
    broken('no-inputs', 'no inputs', graph([node('Identity', ['w'], ['y'])], [value('y', FLOAT, [5, 3])], inputs=[]))
    sparse = helper.make_value_info('x', helper.make_sparse_tensor_type_proto(FLOAT, ['N', 5]))
    broken('sparse-input', 'a sparse input', graph([ANSWER], RESULT, inputs=[sparse]))
    broken('complex-input', 'a complex64 input', graph([node('Identity', ['x'], ['y'])], [value('y', 14, ['N', 5])], inputs=[value('x', 14, ['N', 5])]))
    map_input = helper.make_value_info('x', words_to_floats())
    broken('map-input', 'a map as input', graph([node('DictVectorizer', ['x'], ['v'], domain='ai.onnx.ml', string_vocabulary=NAMES), node('MatMul', ['v', 'w'], ['y'])],
           RESULT, inputs=[map_input]))

    _, files, reference = shapes(16, colour=True, others=())
    stored = {'shape': [1, 1, 256], 'boxes': np.float32([[[k // 16, k % 16, k // 16 + 2, k % 16 + 2] for k in range(256)]]), 'most': [20],
              'overlap': np.float32([.3]), 'least': np.float32([.5])}
    detector = graph([node('ReduceMean', ['image'], ['mean'], axes=[1]), node('Reshape', ['mean', 'shape'], ['scores']),
                      node('NonMaxSuppression', ['boxes', 'scores', 'most', 'overlap', 'least'], ['selected'])], [value('selected', INT64, ['detections', 3])],
                     stored, inputs=[value('image', FLOAT, [1, 3, 16, 16])])
    broken('detections', 'a detector: how many rows its only output has differs from image to image', detector, reference,
           [image('image', 'NCHW', 16, 16, 3, scale=1 / 255)], images=files)


def references():
    two = graph([node('Concat', ['flow', 'oil'], ['x'], axis=1), node('ReduceMean', ['x'], ['y'], axes=[1])], [value('y', FLOAT, ['N', 1])],
                inputs=[value('flow', FLOAT, ['N', 1]), value('oil', FLOAT, ['N', 1])])
    broken('column-missing', 'the reference has no column for the input oil', two, table[['flow']], [columns('flow', ['flow']), columns('oil', ['oil'])])
    broken('too-few-columns', 'the model takes five features, the reference has three', GOOD, table.iloc[:, :3])
    words = table.astype(object)
    words.iloc[10:40, 2] = 'see log'
    broken('words-among-numbers', 'words in a column of numbers', GOOD, words)
    broken('no-rows', 'a reference without rows', GOOD, table.iloc[:0])
    broken('all-missing', 'every cell of the reference is empty', GOOD, table * np.nan)
    _, files, pictures = shapes(12, colour=False, others=())
    mean = graph([node('GlobalAveragePool', ['image'], ['p']), node('Flatten', ['p'], ['y'])], [value('y', FLOAT, ['N', 1])], inputs=[value('image', FLOAT, ['N', 1, 12, 12])])
    feed = [image('image', 'NCHW', 12, 12, 1, scale=1 / 255)]
    broken('images-corrupt', 'every image is cut short', mean, pictures[['image']], feed, images=[(n, data[:len(data) // 2]) for n, data in files])
    broken('images-missing', 'the images are not there', mean, pictures[['image']], feed)


for family in (not_onnx, not_loadable, outside_weights, not_runnable, nothing_to_say, references):
    family()
