import { seedFor } from './draws.ts'
import { type NodeSpec, node, type Weights, weights } from './onnx-builder.ts'
import type { Base } from './versions.ts'

/** What bad-versions.ts puts behind a model's output: when it misbehaves, and with what. Names begin with "new". */

/** Always; or only where this feature of any row (the first, by default) is above a value; or at the nth run of a process. */
export interface When {
  feature?: string
  above?: number
  /** Counts every `session.run`, the two of the golden vectors included. Linux only: draws.ts. */
  atRun?: number
}

export const whole = (name: string, value: number | number[]): Weights => ({
  name,
  type: 'int64',
  dims: Array.isArray(value) ? [value.length] : [],
  data: [value].flat(),
})

export interface Part {
  nodes: NodeSpec[]
  weights: Weights[]
}

/** Gives "new factor", an int64 of no axes: 1 where it is time to misbehave, else 0. */
export function factor({ manifest }: Base, { feature, above, atRun }: When): Part {
  const cast = node('Cast', ['new is so'], ['new factor'], { to: { i: 7 } })
  if (atRun !== undefined) {
    const { seed, above: limit } = seedFor(atRun)
    const draw = node('RandomUniform', [], ['new draw'], { shape: { ints: [1] }, seed: { f: seed } })
    return {
      weights: [weights('new limit', [], [limit])],
      nodes: [
        draw,
        node('ReduceMax', ['new draw'], ['new drawn'], { keepdims: { i: 0 } }),
        node('Greater', ['new drawn', 'new limit'], ['new is so']),
        cast,
      ],
    }
  }
  const [tensor] = manifest.inputs.tensors
  if (!tensor || !('features' in tensor)) throw new Error('the base must take a table')
  const column = feature === undefined ? 0 : tensor.features.indexOf(feature)
  if (column < 0) throw new Error(`the base has no feature "${feature}"`)
  return {
    weights: [
      whole('new column', [column]),
      weights('new lowest', [], [-3.3e38]),
      weights('new limit', [], [above ?? -3.4e38]),
    ],
    nodes: [
      node('Gather', [tensor.name, 'new column'], ['new values'], { axis: { i: 1 } }),
      node('IsNaN', ['new values'], ['new missing']),
      node('Where', ['new missing', 'new lowest', 'new values'], ['new known']),
      node('ReduceMax', ['new known'], ['new top'], { keepdims: { i: 0 } }),
      node('Greater', ['new top', 'new limit'], ['new is so']),
      cast,
    ],
  }
}

export const side = 512
const square = (name: string) => ({ name, type: 'float32' as const, shape: [side, side] })

/** Products of 512 × 512 matrices, one after the other. */
export const products = (count: number): Part => ({
  weights: [
    whole('new count', count),
    weights('new zero', [], [0]),
    weights('new plane', [side, side], new Array<number>(side * side).fill(0)),
  ],
  nodes: [
    node('Mul', ['new factor', 'new count'], ['new trips']),
    node('Loop', ['new trips', '', 'new plane'], ['new end'], {
      body: {
        g: {
          inputs: [
            { name: 'new trip', type: 'int64', shape: [] },
            { name: 'new go on', type: 'bool', shape: [] },
            square('new state'),
          ],
          outputs: [{ name: 'new still on', type: 'bool', shape: [] }, square('new next')],
          nodes: [
            node('Identity', ['new go on'], ['new still on']),
            node('MatMul', ['new state', 'new plane'], ['new next']),
          ],
        },
      },
    }),
    node('ReduceMax', ['new end'], ['new nothing'], { keepdims: { i: 0 } }),
  ],
})

/** Smallest int64 over −1 traps on x86-64 (SIGFPE): the process ends there and then. */
export const trap = (divisor: string): NodeSpec[] => [
  node('Div', ['new smallest', divisor], ['new quotient']),
  node('Cast', ['new quotient'], ['new huge'], { to: { i: 1 } }),
  node('Mul', ['new huge', 'new zero'], ['new nothing']),
]
