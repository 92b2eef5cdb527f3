import {
  type AttributeValue,
  buildModel,
  type NodeSpec,
  node,
  type TensorDeclaration,
  weights,
} from './onnx-builder.ts'

/** Classifiers as the converters of scikit-learn, LightGBM and XGBoost write them, in operators of ai.onnx.ml. */
export interface ClassifierSpec {
  kind: 'trees' | 'linear'
  /** Three of them. */
  labels: number[] | string[]
  /**
   * What makes "output_probability": the table itself, a ZipMap, a ZipMap followed by Identity, or a ZipMap of which
   * something else is made, too.
   */
  end: 'table' | 'zipmap' | 'zipmap-identity' | 'zipmap-used'
  /** Scaler and Normalizer before it. */
  pipeline?: boolean
  /** Bytes of weights of which nothing is made. */
  idleBytes?: number
}

const ml = 'ai.onnx.ml'
const inMl = (spec: NodeSpec): NodeSpec => ({ ...spec, domain: ml })

/** Two features "input" → "output_label", "output_probability"; the table inside is "probabilities". */
export function classifier({ kind, labels, end, pipeline = false, idleBytes = 0 }: ClassifierSpec): Buffer {
  const words = typeof labels[0] === 'string'
  const taken = pipeline ? 'normal' : 'input'
  const before = pipeline
    ? [
        inMl(
          node('Scaler', ['input'], ['scaled'], { offset: { floats: [1, -1] }, scale: { floats: [0.5, 2] } }),
        ),
        inMl(node('Normalizer', ['scaled'], ['normal'], { norm: { s: 'L2' } })),
      ]
    : []
  const named: Record<string, AttributeValue> = words
    ? { classlabels_strings: { strings: labels as string[] } }
    : { [kind === 'trees' ? 'classlabels_int64s' : 'classlabels_ints']: { ints: labels as number[] } }
  const table = end === 'table' ? 'output_probability' : 'probabilities'
  const [op, attributes] =
    kind === 'trees' ? (['TreeEnsembleClassifier', forest] as const) : (['LinearClassifier', linear] as const)
  return buildModel({
    domains: { [ml]: 1 },
    opset: 15,
    inputs: [{ name: 'input', type: 'float32', shape: ['', 2] }],
    outputs: [
      { name: 'output_label', type: words ? 'string' : 'int64', shape: [''] },
      probabilities(end === 'table', words),
      ...(end === 'zipmap-used' ? [{ name: 'rows', type: 'int64' as const, shape: [] }] : []),
    ],
    weights:
      idleBytes > 0 ? [weights('idle', [idleBytes / 4], new Array<number>(idleBytes / 4).fill(0.5))] : [],
    nodes: [
      ...before,
      inMl(node(op, [taken], ['output_label', table], { ...attributes, ...named })),
      ...(end === 'table' ? [] : zipMap(end, words, labels)),
    ],
  })
}

const probabilities = (table: boolean, words: boolean): TensorDeclaration => ({
  name: 'output_probability',
  ...(table
    ? { type: 'float32' as const, shape: ['', 3] }
    : { type: words ? ('sequence(map(string))' as const) : ('sequence(map(int64))' as const), shape: [] }),
})

function zipMap(end: ClassifierSpec['end'], words: boolean, labels: number[] | string[]): NodeSpec[] {
  const classes: Record<string, AttributeValue> = words
    ? { classlabels_strings: { strings: labels as string[] } }
    : { classlabels_int64s: { ints: labels as number[] } }
  const to = end === 'zipmap-identity' ? 'maps' : 'output_probability'
  const zip = inMl(node('ZipMap', ['probabilities'], [to], classes))
  if (end === 'zipmap-identity') return [zip, node('Identity', ['maps'], ['output_probability'])]
  return end === 'zipmap-used' ? [zip, node('SequenceLength', ['output_probability'], ['rows'])] : [zip]
}

const linear: Record<string, AttributeValue> = {
  coefficients: { floats: [1, -0.5, 0.25, 2, -1, 0.75] },
  intercepts: { floats: [0.1, 0, -0.2] },
  multi_class: { i: 1 },
  post_transform: { s: 'SOFTMAX' },
}

/** Two stumps, on the first feature and on the second; each leaf gives weights to three classes. */
const forest: Record<string, AttributeValue> = {
  nodes_treeids: { ints: [0, 0, 0, 1, 1, 1] },
  nodes_nodeids: { ints: [0, 1, 2, 0, 1, 2] },
  nodes_featureids: { ints: [0, 0, 0, 1, 0, 0] },
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'] },
  nodes_values: { floats: [0.5, 0, 0, -0.25, 0, 0] },
  nodes_truenodeids: { ints: [1, 0, 0, 1, 0, 0] },
  nodes_falsenodeids: { ints: [2, 0, 0, 2, 0, 0] },
  nodes_hitrates: { floats: [1, 1, 1, 1, 1, 1] },
  nodes_missing_value_tracks_true: { ints: [0, 0, 0, 0, 0, 0] },
  class_treeids: { ints: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1] },
  class_nodeids: { ints: [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2] },
  class_ids: { ints: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2] },
  class_weights: { floats: [0.4, 0.1, 0, 0, 0.25, 0.25, 0.3, 0.1, 0.1, 0.05, 0.05, 0.4] },
  post_transform: { s: 'NONE' },
}
