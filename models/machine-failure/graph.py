"""The ONNX graph of the model, and the same arithmetic in numpy for training.

One float32 tensor `features` [rows, 6] in, one float32 tensor `probabilities` [rows, 4] out. What is derived from the
six sensors is derived inside the graph, so that training and serving cannot differ; trees need no standardisation.
"""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

FEATURES = ['type', 'air_temperature', 'process_temperature', 'rotational_speed', 'torque', 'tool_wear']
# What the trees see. The two temperatures enter only as their difference: in the data every heat failure lies in one warm
# stretch, and a model that sees the temperatures themselves learns the stretch.
INPUTS = ['type', 'rotational_speed', 'torque', 'tool_wear', 'temperature_difference', 'power', 'torque_wear']
# Since 1.1.0 also the strain beside what the part type bears: 11,000 min Nm for L, and 1,000 more for M and for H (AI4I's
# documentation). So overstrained rows of L, which are many, teach the limits of M and H, which have next to none.
WITH_STRAIN = [*INPUTS, 'strain_beside_type']
STRAIN_PER_TYPE = np.float32(1000)
MODES = ['TWF', 'HDF', 'PWF', 'OSF']
TYPE_CODES = {'L': 0.0, 'M': 1.0, 'H': 2.0}
RAD_PER_S = np.float32(2 * np.pi / 60)  # of one revolution per minute


def derive(x, usual_difference, inputs):
    """[rows, 6] sensors to [rows, len(inputs)] (K, W, min Nm): float32, operation by operation what `build` puts in the graph.

    Where a temperature is missing (NaN) the usual difference of the training rows stands in, so heat dissipation is not seen.
    """
    kind, air, process, speed, torque, wear = np.asarray(x, np.float32).T
    difference = process - air
    difference = np.where(np.isnan(difference), np.float32(usual_difference), difference)
    # The sensors resolve 0.1 K; rounding to 0.01 K keeps float32 noise of the subtraction out of the trees.
    difference = np.rint(difference * np.float32(100)) / np.float32(100)
    strain = [torque * wear - kind * STRAIN_PER_TYPE] if inputs is WITH_STRAIN else []
    return np.column_stack([kind, speed, torque, wear, difference, speed * torque * RAD_PER_S, torque * wear, *strain])


def build(models, usual_difference, description, inputs):
    """The ONNX model. `models`: per mode a fitted GradientBoostingClassifier and which of `inputs` it takes."""
    constants, nodes = [], []

    def const(name, value, dtype=np.float32):
        constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def op(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    hundred, rad = const('hundred', [100]), const('rad_per_s', [RAD_PER_S])
    nodes.append(helper.make_node('Split', ['features', const('one_each', [1] * 6, np.int64)],
                                  ['type', 'air', 'process', 'speed', 'torque', 'wear'], name='sensors', axis=1))
    op('Sub', ['process', 'air'], 'difference_raw')
    op('Where', [op('IsNaN', ['difference_raw'], 'missing'), const('usual', [usual_difference]), 'difference_raw'], 'difference_known')
    op('Div', [op('Round', [op('Mul', ['difference_known', hundred], 'difference_100')], 'difference_rounded'), hundred], 'difference')
    op('Mul', [op('Mul', ['speed', 'torque'], 'speed_torque'), rad], 'power')
    op('Mul', ['torque', 'wear'], 'torque_wear')
    strain = []
    if inputs is WITH_STRAIN:
        op('Mul', ['type', const('strain_per_type', [STRAIN_PER_TYPE])], 'borne_more')
        strain = [op('Sub', ['torque_wear', 'borne_more'], 'strain')]
    op('Concat', ['type', 'speed', 'torque', 'wear', 'difference', 'power', 'torque_wear', *strain], 'inputs', axis=1)
    nodes.append(helper.make_node('TreeEnsembleRegressor', ['inputs'], ['log_odds'], name='trees', domain='ai.onnx.ml',
                                  n_targets=len(MODES), aggregate_function='SUM', post_transform='NONE', **trees(models)))
    # A comparison with NaN is false, so trees would answer as if nothing were wrong: 0 × the sensors that may not be
    # missing makes such an answer NaN, and the runtime abstains.
    op('Add', [op('Add', ['type', 'speed'], 'sum_1'), op('Add', ['torque', 'wear'], 'sum_2')], 'sum')
    op('Add', ['log_odds', op('Mul', ['sum', const('zero', [0])], 'nan_or_zero')], 'guarded')
    op('Sigmoid', ['guarded'], 'probabilities')

    tensor = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ['rows', width])
    graph = helper.make_graph(nodes, 'machine-failure', [tensor('features', 6)], [tensor('probabilities', 4)], constants)
    model = helper.make_model(graph, ir_version=8, producer_name='edgewright models/machine-failure/train.py', doc_string=description,
                              opset_imports=[helper.make_opsetid('', 15), helper.make_opsetid('ai.onnx.ml', 3)])
    checker.check_model(model, full_check=True)
    return model


def trees(models):
    """Attributes of one TreeEnsembleRegressor (ai.onnx.ml 3) that gives the log-odds of every mode."""
    a = {key: [] for key in ['nodes_treeids', 'nodes_nodeids', 'nodes_featureids', 'nodes_values', 'nodes_modes', 'nodes_truenodeids',
                             'nodes_falsenodeids', 'target_treeids', 'target_nodeids', 'target_ids', 'target_weights']}
    base, tree_id = [], 0
    for target, (model, columns) in enumerate(models):
        prior = model.init_.class_prior_[1]
        base.append(float(np.log(prior / (1 - prior))))
        for estimator in model.estimators_[:, 0]:
            t = estimator.tree_
            for node in range(t.node_count):
                leaf = t.children_left[node] < 0
                a['nodes_treeids'].append(tree_id)
                a['nodes_nodeids'].append(node)
                a['nodes_featureids'].append(0 if leaf else columns[t.feature[node]])
                a['nodes_values'].append(0.0 if leaf else floor32(t.threshold[node]))
                a['nodes_modes'].append('LEAF' if leaf else 'BRANCH_LEQ')
                a['nodes_truenodeids'].append(0 if leaf else int(t.children_left[node]))
                a['nodes_falsenodeids'].append(0 if leaf else int(t.children_right[node]))
                if leaf:
                    a['target_treeids'].append(tree_id)
                    a['target_nodeids'].append(node)
                    a['target_ids'].append(target)
                    a['target_weights'].append(float(model.learning_rate * t.value[node, 0, 0]))
            tree_id += 1
    return {**a, 'base_values': base}


def floor32(threshold):
    """The largest float32 not above `threshold` (float64 in scikit-learn): x <= threshold stays the same for every float32 x."""
    value = np.float32(threshold)
    return float(np.nextafter(value, np.float32(-np.inf)) if value > threshold else value)
