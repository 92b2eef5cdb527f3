"""Graphs written by hand: what converters that are not at hand write, and what ONNX allows."""
import numpy as np
import pandas as pd
from onnx import TensorProto, TypeProto, helper, numpy_helper

from kit import BY_HAND, columns, image, kind, pump, save, shapes

table, full, *_ = pump()
NAMES = list(table.columns)
WEIGHTS = (np.random.default_rng(0).normal(size=(5, 3)) * .02).astype(np.float32)
FLOAT, DOUBLE, INT64, INT32, UINT8, BOOL, STRING = (getattr(TensorProto, t) for t in 'FLOAT DOUBLE INT64 INT32 UINT8 BOOL STRING'.split())
node = helper.make_node


def value(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def words_to_floats():
    """The type of a map from words to numbers; a ZipMap answers a sequence of them."""
    kind_of = TypeProto()
    kind_of.map_type.key_type = STRING
    kind_of.map_type.value_type.CopyFrom(helper.make_tensor_type_proto(FLOAT, []))
    return kind_of


def graph(nodes, outputs, stored=(), inputs=None, opset=13, ml=3, ir=8, producer='by hand', **also):
    """`stored`: arrays by name. Unless told, the input is `x`, float [N,5], and `w`, [5,3], is stored too."""
    arrays = {'w': WEIGHTS, **dict(stored)}
    used = {n for each in nodes for n in each.input}
    tensors = [numpy_helper.from_array(np.asarray(a), n) for n, a in arrays.items() if n in used]
    body = helper.make_graph(nodes, 'graph', inputs if inputs is not None else [value('x', FLOAT, ['N', 5])], outputs, tensors)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid('', opset), helper.make_opsetid('ai.onnx.ml', ml)], ir_version=ir, producer_name=producer)
    for domain in also.get('domains', ()):
        model.opset_import.append(helper.make_opsetid(domain, 1))
    return model


SCORES = node('MatMul', ['x', 'w'], ['s'])


def by_hand(name, model, what, feed=None, reference=table, form='', **more):
    save(name, model, reference, feed or [columns('x', NAMES)], what, f'{BY_HAND}{form and ", in the form of " + form}', genuine=False, **more)


@kind('catboost-form')
def catboost(name):
    """As CatBoost's exporter writes it: oblivious trees, only ai.onnx.ml imported, label and ZipMap."""
    r, depth, keys = np.random.default_rng(13), 3, ['treeids', 'nodeids', 'modes', 'featureids', 'values', 'falsenodeids', 'truenodeids', 'missing_value_tracks_true', 'hitrates']
    nodes, leaves = [], []
    for tree in range(10):
        for level in range(depth):
            feature, border = int(r.integers(0, 5)), 0.
            border = float(np.quantile(full[:, feature], r.uniform(.2, .8)))
            nodes += [(tree, n, 'BRANCH_GT', feature, border, 2 * n + 1, 2 * n + 2, 0, 1.) for n in range(2 ** level - 1, 2 ** (level + 1) - 1)]
        for n in range(2 ** depth - 1, 2 ** (depth + 1) - 1):
            nodes.append((tree, n, 'LEAF', 0, 0., 0, 0, 0, 1.))
            leaves += [(tree, n, c, float(r.normal(0, .3))) for c in range(3)]
    attributes = {f'nodes_{key}': [n[k] for n in nodes] for k, key in enumerate(keys)}
    attributes |= {f'class_{key}': [leaf[k] for leaf in leaves] for k, key in enumerate(['treeids', 'nodeids', 'ids', 'weights'])}
    labels = {'classlabels_strings': ['failing', 'healthy', 'worn']}
    model = graph([node('TreeEnsembleClassifier', ['features'], ['label', 'probability_tensor'], domain='ai.onnx.ml', post_transform='SOFTMAX', **labels, **attributes),
                   node('ZipMap', ['probability_tensor'], ['probabilities'], domain='ai.onnx.ml', **labels)],
                  [value('label', STRING, ['N']), helper.make_value_info('probabilities', helper.make_sequence_type_proto(words_to_floats()))], inputs=[value('features', FLOAT, ['N', 5])], ml=2, ir=3)
    del model.opset_import[0]
    by_hand(name, model, 'oblivious trees, three classes as words, ZipMap; random trees', [columns('features', NAMES)], form="CatBoost's exporter")


@kind('int8-qdq')
def qdq(name):
    pairs = []

    def quantised(source, scale, zero):
        pairs.extend([node('QuantizeLinear', [source, f'{source}_scale', f'{source}_zero'], [f'{source}_q']),
                      node('DequantizeLinear', [f'{source}_q', f'{source}_scale', f'{source}_zero'], [f'{source}_dq'])])
        return {f'{source}_scale': np.float32(scale), f'{source}_zero': zero}
    stored = {**quantised('x', .4, np.uint8(0)), **quantised('s', .02, np.uint8(128)), 'w_q': np.clip(np.rint(WEIGHTS / .0005), -127, 127).astype(np.int8),
              'w_scale': np.float32(.0005), 'w_zero': np.int8(0)}
    model = graph([*pairs[:2], node('DequantizeLinear', ['w_q', 'w_scale', 'w_zero'], ['w_dq']), node('MatMul', ['x_dq', 'w_dq'], ['s']), *pairs[2:],
                   node('Softmax', ['s_dq'], ['p'], axis=1)], [value('p', FLOAT, ['N', 3])], stored)
    by_hand(name, model, 'int8, QuantizeLinear and DequantizeLinear around a MatMul', form='a static quantiser (QDQ)')


@kind('int8-image-dynamic')
def dynamic_int8(name):
    r = np.random.default_rng(1)
    _, files, reference = shapes(28, colour=False)
    stored = {'k': r.integers(-127, 127, (6, 1, 3, 3)).astype(np.int8), 'k_scale': np.float32(.005), 'k_zero': np.int8(0), 'v': r.integers(-127, 127, (6, 3)).astype(np.int8),
              'v_scale': np.float32(.02)}
    model = graph([node('DynamicQuantizeLinear', ['image'], ['q', 'q_scale', 'q_zero']), node('ConvInteger', ['q', 'k', 'q_zero', 'k_zero'], ['c'], strides=[2, 2]),
                   node('Cast', ['c'], ['c_f'], to=FLOAT), node('Mul', ['q_scale', 'k_scale'], ['scale']), node('Mul', ['c_f', 'scale'], ['conv']),
                   node('Relu', ['conv'], ['r']), node('GlobalAveragePool', ['r'], ['pool']), node('Flatten', ['pool'], ['flat']),
                   node('DynamicQuantizeLinear', ['flat'], ['f', 'f_scale', 'f_zero']), node('MatMulInteger', ['f', 'v', 'f_zero'], ['m']),
                   node('Cast', ['m'], ['m_f'], to=FLOAT), node('Mul', ['f_scale', 'v_scale'], ['scale_2']), node('Mul', ['m_f', 'scale_2'], ['logits'])],
                  [value('logits', FLOAT, [1, 3])], stored, inputs=[value('image', FLOAT, [1, 1, 28, 28])])
    by_hand(name, model, 'int8 CNN, scales found at run: DynamicQuantizeLinear, ConvInteger, MatMulInteger; random weights',
            [image('image', 'NCHW', 28, 28, 1, scale=1 / 255)], reference, 'a dynamic quantiser', images=files, new={'label': 'label'})


@kind('every-output-type')
def every_output(name):
    to_words = node('LabelEncoder', ['id'], ['state'], domain='ai.onnx.ml', keys_int64s=[0, 1, 2], values_strings=['здоров', 'изношен', 'отказ'])
    model = graph([SCORES, node('ArgMax', ['s'], ['id'], axis=1, keepdims=0), to_words, node('Cast', ['s'], ['precise'], to=DOUBLE), node('Greater', ['s', 'zero'], ['above']),
                   node('Cast', ['id'], ['small'], to=INT32)],
                  [value('id', INT64, ['N']), value('state', STRING, ['N']), value('precise', DOUBLE, ['N', 3]), value('above', BOOL, ['N', 3]), value('small', INT32, ['N'])],
                  {'zero': np.float32(0)})
    by_hand(name, model, 'outputs int64, string (Cyrillic), double, bool and int32')


@kind('sequence-beside-tensor')
def sequence(name):
    model = graph([SCORES, node('SplitToSequence', ['s'], ['parts'], axis=1)], [value('s', FLOAT, ['N', 3]), helper.make_tensor_sequence_value_info('parts', FLOAT, None)])
    by_hand(name, model, 'a sequence output that cannot be rewritten, beside a tensor')


@kind('nothing-declared')
def nothing_declared(name):
    free = [helper.make_value_info(n, helper.make_tensor_type_proto(FLOAT, None)) for n in ('x', 'y')]
    by_hand(name, graph([node('MatMul', ['x', 'w'], ['y'])], free[1:], inputs=free[:1]), 'neither rank nor width declared')


@kind('width-symbolic')
def symbolic(name):
    model = graph([node('MatMul', ['x', 'w'], ['y'])], [value('y', FLOAT, ['batch', 'classes'])], inputs=[value('x', FLOAT, ['batch', 'features'])])
    by_hand(name, model, 'every axis symbolic: [batch, features]')


@kind('an-input-a-feature')
def per_feature(name):
    four = NAMES[:4]
    model = graph([*[node('Unsqueeze', [n, 'axis'], [f'{n}_column']) for n in four], node('Concat', [f'{n}_column' for n in four], ['x'], axis=1),
                   node('MatMul', ['x', 'w'], ['s']), node('Sigmoid', ['s'], ['p'])], [value('p', FLOAT, ['N', 3])], {'w': WEIGHTS[:4], 'axis': [1]},
                  inputs=[value(n, FLOAT, ['N']) for n in four])
    by_hand(name, model, 'an input of rank 1 for every feature', [columns(n, [n], shape=[1]) for n in four], table[four], 'TensorFlow feature columns')


@kind('forty-inputs')
def forty(name):
    tags = [f'tag {k:02d}' for k in range(40)]
    r = np.random.default_rng(2)
    model = graph([node('Concat', tags, ['x'], axis=1), node('MatMul', ['x', 'w'], ['y'])], [value('y', FLOAT, [None, 2])], {'w': r.normal(size=(40, 2)).astype(np.float32)},
                  inputs=[value(t, FLOAT, [None, 1]) for t in tags])
    by_hand(name, model, 'forty inputs [N,1]', [columns(t, [t]) for t in tags], pd.DataFrame(r.normal(size=(60, 40)).round(2), columns=tags))


@kind('input-with-default')
def default(name):
    model = graph([SCORES, node('Greater', ['s', 'limit'], ['alarm'])], [value('s', FLOAT, ['N', 3]), value('alarm', BOOL, ['N', 3])], {'limit': np.float32([.1])},
                  inputs=[value('x', FLOAT, ['N', 5]), value('limit', FLOAT, [1])])
    by_hand(name, model, 'an input with a default, which may be left out')


@kind('holes-filled-in-graph')
def holes_filled(name):
    model = graph([node('IsNaN', ['x'], ['missing']), node('Where', ['missing', 'mean', 'x'], ['f']), node('MatMul', ['f', 'w'], ['y'])], [value('y', FLOAT, ['N', 3])],
                  {'mean': full.mean(0)})
    by_hand(name, model, 'missing values replaced by means inside the graph: a number even where everything is missing', reference=pump(holes=.1)[0])


@kind('own-operators')
def own_operators(name):
    model = graph([node('FusedMatMul', ['x', 'w'], ['s'], domain='com.microsoft'), node('Gelu', ['s'], ['y'], domain='com.microsoft')], [value('y', FLOAT, ['N', 3])],
                  domains=['com.microsoft'])
    by_hand(name, model, "onnxruntime's own operators (com.microsoft)", form='a graph that onnxruntime saved after optimising')
