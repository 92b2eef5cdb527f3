import { seededRandom } from '#core/package/random.ts'
import {
  buildModel,
  type NodeSpec,
  node,
  type TensorDeclaration,
  type Weights,
  weightBytes,
  weights,
} from './onnx-builder.ts'

/** Small models for tests, as bytes of an ONNX file. Weights come from `seed`. */

const table = (name: string, width: number, batch: number | string = 'rows'): TensorDeclaration => ({
  name,
  type: 'float32',
  shape: [batch, width],
})

export interface MlpSpec {
  inputs: number
  hidden: number
  outputs: number
  /** What stands behind the last layer: probabilities, logits as they are, or a plain value. */
  activation: 'sigmoid' | 'softmax' | 'none'
  seed: number
  output?: string
  /** A fixed batch axis. */
  batch?: number
  metadata?: Record<string, string>
  /** Keep the first layer's weights outside the file, under this location. */
  external?: string
}

/** Gemm, Relu, Gemm and an activation; input "input" [rows, inputs]. `external` are the bytes for that location. */
export function mlp(spec: MlpSpec): { model: Buffer; external?: Buffer } {
  const {
    inputs,
    hidden,
    outputs,
    activation,
    seed,
    output = activation === 'none' ? 'value' : 'probabilities',
    batch = 'rows',
  } = spec
  const random = seededRandom(seed)
  const draw = (n: number) => Array.from({ length: n }, () => 2 * random() - 1)
  const first: Weights = {
    ...weights('w1', [inputs, hidden], draw(inputs * hidden)),
    ...(spec.external !== undefined && { external: { location: spec.external } }),
  }
  const last = activation === 'none' ? output : 'z'
  const end: NodeSpec[] =
    activation === 'sigmoid'
      ? [node('Sigmoid', ['z'], [output])]
      : activation === 'softmax'
        ? [node('Softmax', ['z'], [output], { axis: { i: 1 } })]
        : []
  const model = buildModel({
    inputs: [table('input', inputs, batch)],
    outputs: [table(output, outputs, batch)],
    weights: [
      first,
      weights('b1', [hidden], draw(hidden)),
      weights('w2', [hidden, outputs], draw(hidden * outputs)),
      weights('b2', [outputs], draw(outputs)),
    ],
    nodes: [
      node('Gemm', ['input', 'w1', 'b1'], ['h0']),
      node('Relu', ['h0'], ['h']),
      node('Gemm', ['h', 'w2', 'b2'], [last]),
      ...end,
    ],
    ...(spec.metadata && { metadata: spec.metadata }),
  })
  return { model, ...(spec.external !== undefined && { external: weightBytes(first) }) }
}

export interface LogisticSpec {
  /** Weight per feature. */
  weights: readonly number[]
  bias: number
  output?: string
  /** An int64 label beside the probability, as scikit-learn's exports have it. */
  label?: boolean
  /** One input [rows, 1] per name, instead of one table. */
  inputNames?: readonly string[]
  batch?: number
  metadata?: Record<string, string>
}

/** sigmoid(x·w + bias) in one column: its answers can be computed by hand. */
export function logistic(spec: LogisticSpec): Buffer {
  const { bias, output = 'probability', label, inputNames, batch = 'rows' } = spec
  const width = spec.weights.length
  return buildModel({
    inputs: inputNames ? inputNames.map((name) => table(name, 1, batch)) : [table('input', width, batch)],
    outputs: [
      ...(label ? [{ name: 'label', type: 'int64' as const, shape: [batch, 1] }] : []),
      table(output, 1, batch),
    ],
    weights: [
      weights('_w', [width, 1], spec.weights),
      weights('_b', [1], [bias]),
      weights('_half', [1], [0.5]),
    ],
    nodes: [
      ...(inputNames ? [node('Concat', [...inputNames], ['input'], { axis: { i: 1 } })] : []),
      node('MatMul', ['input', '_w'], ['xw']),
      node('Add', ['xw', '_b'], ['z']),
      node('Sigmoid', ['z'], [output]),
      ...(label
        ? [
            node('Greater', [output, '_half'], ['above']),
            node('Cast', ['above'], ['label'], { to: { i: 7 } }),
          ]
        : []),
    ],
    ...(spec.metadata && { metadata: spec.metadata }),
  })
}

/** Answers `value` in each of `columns` columns, whatever it is given. */
export function constant({
  inputs,
  value,
  columns = 1,
  output = 'probability',
}: {
  inputs: number
  value: number
  columns?: number
  output?: string
}): Buffer {
  return buildModel({
    inputs: [table('input', inputs)],
    outputs: [table(output, columns)],
    weights: [
      weights('zero', [1], [0]),
      weights('zeros', [inputs, columns], new Array<number>(inputs * columns).fill(0)),
      weights('value', [columns], new Array<number>(columns).fill(value)),
    ],
    // NaN times zero would be NaN.
    nodes: [
      node('IsNaN', ['input'], ['missing']),
      node('Where', ['missing', 'zero', 'input'], ['known']),
      node('MatMul', ['known', 'zeros'], ['nothing']),
      node('Add', ['nothing', 'value'], [output]),
    ],
  })
}

export interface SlowSpec {
  inputs: number
  /** Products of two 512 × 512 matrices, one after the other: a few milliseconds each. */
  iterations: number
  /** Slow only where the first feature of any row is above this; otherwise quick. Default: always slow. */
  above?: number
}

/** A logistic model (all weights 1, bias 0) whose inference takes long. Input "input", output "probability". */
export function slow({ inputs, iterations, above = -3e38 }: SlowSpec): Buffer {
  const size = 512
  const identity = Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0))
  return buildModel({
    inputs: [table('input', inputs)],
    outputs: [table('probability', 1)],
    weights: [
      weights('w', [inputs, 1], new Array<number>(inputs).fill(1)),
      weights('identity', [size, size], identity),
      weights('zero', [1], [0]),
      weights('above', [], [above]),
      { name: 'first', type: 'int64', dims: [1], data: [0] },
      { name: 'iterations', type: 'int64', dims: [], data: [iterations] },
    ],
    nodes: [
      node('Gather', ['input', 'first'], ['column'], { axis: { i: 1 } }),
      node('ReduceMax', ['column'], ['top'], { keepdims: { i: 0 } }),
      node('Greater', ['top', 'above'], ['isSlow']),
      node('Cast', ['isSlow'], ['factor'], { to: { i: 7 } }),
      node('Mul', ['factor', 'iterations'], ['trips']),
      node('Loop', ['trips', '', 'identity'], ['end'], {
        body: {
          g: {
            inputs: [
              { name: 'trip', type: 'int64', shape: [] },
              { name: 'goOn', type: 'bool', shape: [] },
              { name: 'state', type: 'float32', shape: [size, size] },
            ],
            outputs: [
              { name: 'stillOn', type: 'bool', shape: [] },
              { name: 'next', type: 'float32', shape: [size, size] },
            ],
            nodes: [node('Identity', ['goOn'], ['stillOn']), node('MatMul', ['state', 'identity'], ['next'])],
          },
        },
      }),
      // Times zero: the loop must be run for its answer, and changes nothing.
      node('ReduceMean', ['end'], ['mean'], { keepdims: { i: 0 } }),
      node('Mul', ['mean', 'zero'], ['nothing']),
      node('MatMul', ['input', 'w'], ['xw']),
      node('Add', ['xw', 'nothing'], ['z']),
      node('Sigmoid', ['z'], ['probability']),
    ],
  })
}

/** logistic (all weights 1), but the model cannot run where the first feature of any row is `badValue`. */
interface BadOnSpec {
  inputs: number
  badValue: number
}

const badOn = ({ inputs, badValue }: BadOnSpec, end: NodeSpec[]): Buffer =>
  buildModel({
    inputs: [table('input', inputs)],
    outputs: [table('probability', 1)],
    weights: [
      weights('w', [inputs, 1], new Array<number>(inputs).fill(1)),
      weights('bad', [], [badValue]),
      { name: 'first', type: 'int64', dims: [1], data: [0] },
      { name: 'one', type: 'int64', dims: [1], data: [1] },
      { name: 'minusTwo', type: 'int64', dims: [1], data: [-2] },
      { name: 'smallest', type: 'int64', dims: [1], data: [-(2 ** 63)] },
      weights('zero', [1], [0]),
      weights('table', [1, 1], [0]),
    ],
    nodes: [
      node('Gather', ['input', 'first'], ['column'], { axis: { i: 1 } }),
      node('Equal', ['column', 'bad'], ['isBad']),
      node('Cast', ['isBad'], ['badness'], { to: { i: 7 } }),
      ...end,
      node('MatMul', ['input', 'w'], ['xw']),
      node('Add', ['xw', 'nothing'], ['z']),
      node('Sigmoid', ['z'], ['probability']),
    ],
  })

/** onnxruntime answers such a batch with an error (an index outside its table). */
export const refusing = (spec: BadOnSpec): Buffer =>
  badOn(spec, [
    node('Squeeze', ['badness', 'one'], ['index']),
    node('Gather', ['table', 'index'], ['nothing'], { axis: { i: 0 } }),
  ])

/**
 * The lane's process dies on such a batch: the smallest int64 divided by −1 traps (SIGFPE) on x86-64. On processors
 * that do not trap it is answered like any other.
 */
export const crashing = (spec: BadOnSpec): Buffer =>
  badOn(spec, [
    node('Mul', ['badness', 'minusTwo'], ['shift']),
    node('Add', ['one', 'shift'], ['divisor']),
    node('Div', ['smallest', 'divisor'], ['quotient']),
    node('Cast', ['quotient'], ['huge'], { to: { i: 1 } }),
    node('Mul', ['huge', 'zero'], ['nothing']),
  ])

/**
 * A logistic model (all weights 1, bias 0) that takes `megabytes` of memory, and then works for long, where the first
 * feature of any row is above `above`. Input "input", output "probability".
 */
export function bloating({
  inputs,
  megabytes,
  above,
}: {
  inputs: number
  megabytes: number
  above: number
}): Buffer {
  const size = 512
  const side = (name: string) => ({ name, type: 'float32' as const, shape: [size, size] })
  return buildModel({
    inputs: [table('input', inputs)],
    outputs: [table('probability', 1)],
    weights: [
      weights('w', [inputs, 1], new Array<number>(inputs).fill(1)),
      weights('above', [], [above]),
      weights('zero', [], [0]),
      weights('plane', [size, size], new Array<number>(size * size).fill(0)),
      { name: 'first', type: 'int64', dims: [1], data: [0] },
      { name: 'one', type: 'int64', dims: [1], data: [1] },
      // Each is a plane of 512 × 512 float32, 1 MiB.
      { name: 'planes', type: 'int64', dims: [1], data: [megabytes] },
      { name: 'square', type: 'int64', dims: [2], data: [size, size] },
      { name: 'trips', type: 'int64', dims: [], data: [5000] },
    ],
    nodes: [
      node('Gather', ['input', 'first'], ['column'], { axis: { i: 1 } }),
      node('ReduceMax', ['column'], ['top'], { keepdims: { i: 0 } }),
      node('Greater', ['top', 'above'], ['isLarge']),
      node('Cast', ['isLarge'], ['factor'], { to: { i: 7 } }),
      node('Mul', ['factor', 'planes'], ['more']),
      node('Add', ['more', 'one'], ['depth']),
      node('Concat', ['depth', 'square'], ['shape'], { axis: { i: 0 } }),
      node('Expand', ['zero', 'shape'], ['large']),
      node('Mul', ['factor', 'trips'], ['long']),
      node('Loop', ['long', '', 'plane'], ['worked'], {
        body: {
          g: {
            inputs: [
              { name: 'trip', type: 'int64', shape: [] },
              { name: 'goOn', type: 'bool', shape: [] },
              side('state'),
            ],
            outputs: [{ name: 'stillOn', type: 'bool', shape: [] }, side('next')],
            nodes: [node('Identity', ['goOn'], ['stillOn']), node('MatMul', ['state', 'plane'], ['next'])],
          },
        },
      }),
      node('ReduceMean', ['worked'], ['nothing'], { keepdims: { i: 0 } }),
      // Read after the loop, so that it is held as long.
      node('ReduceMax', ['large'], ['little'], { keepdims: { i: 0 } }),
      node('MatMul', ['input', 'w'], ['xw']),
      node('Sum', ['xw', 'nothing', 'little'], ['z']),
      node('Sigmoid', ['z'], ['probability']),
    ],
  })
}

/** Answers each row by its distance from the batch's mean: a row's answer depends on its neighbours. */
export const batchDependent = (inputs: number): Buffer =>
  buildModel({
    inputs: [table('input', inputs)],
    outputs: [table('probability', 1)],
    weights: [weights('w', [inputs, 1], new Array<number>(inputs).fill(1))],
    nodes: [
      node('ReduceMean', ['input'], ['mean'], { axes: { ints: [0] } }),
      node('Sub', ['input', 'mean'], ['centred']),
      node('MatMul', ['centred', 'w'], ['z']),
      node('Sigmoid', ['z'], ['probability']),
    ],
  })

/** Passes its input on: [rows, columns] of any declaration, for what a graph's declaration alone decides. */
export const passing = (
  input: TensorDeclaration,
  output: TensorDeclaration,
  metadata: Record<string, string> = {},
): Buffer =>
  buildModel({
    inputs: [input],
    outputs: [output],
    nodes: [node('Identity', [input.name], [output.name])],
    metadata,
  })
