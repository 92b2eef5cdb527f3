import { describe, expect, it } from 'vitest'
import { graphProblem } from '#edge/package/graph-problems.ts'
import { readOnnx } from '#edge/package/onnx-model.ts'
import { skim } from '#edge/package/skim.ts'
import { sourceOf } from '#edge/package/wire.ts'
import { classLabelsOf } from '#edge/package/zip-map.ts'
import { classifier } from '#support/classifiers.ts'
import { bloating, crashing, logistic, mlp, slow } from '#support/models.ts'
import { buildModel, type ModelSpec, node, weights } from '#support/onnx-builder.ts'

const problem = (model: Buffer) => {
  const { graph, onnx } = readOnnx(sourceOf(model))
  return graphProblem(graph, onnx)
}
const spec: ModelSpec = {
  inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
  outputs: [{ name: 'y', type: 'float32' }],
  nodes: [node('Identity', ['x'], ['y'])],
}

describe('a graph that can run', () => {
  it.each<[string, Buffer]>([
    ['a network', mlp({ inputs: 3, hidden: 4, outputs: 2, activation: 'softmax', seed: 1 }).model],
    ['inner graphs that take values from outside', slow({ inputs: 2, iterations: 1 })],
    ['another', bloating({ inputs: 2, megabytes: 1, above: 1 })],
    ['many paths', crashing({ inputs: 2, badValue: 1 })],
    ['a ZipMap', classifier({ kind: 'trees', labels: [0, 1, 2], end: 'zipmap-identity', pipeline: true })],
    [
      'an optional input and outputs that are left out, in any order',
      buildModel({
        ...spec,
        weights: [weights('top', [], [1])],
        nodes: [
          node('Clip', ['a', '', 'top'], ['y']),
          node('Dropout', ['b'], ['a', '']),
          node('Dropout', ['x'], ['b', '']),
        ],
      }),
    ],
    ['an input that is an output', buildModel({ ...spec, outputs: [{ name: 'x', type: 'float32' }] })],
  ])('is not objected to: %s', (_, model) => {
    expect(problem(model)).toBeUndefined()
  })
})

describe('a graph that cannot', () => {
  it('names the nodes of a circle, and those only', () => {
    const nodes = [
      node('Add', ['x', 'd'], ['a']),
      ...['a', 'b', 'c'].map((from, k) => node(['Relu', 'Sin', 'Cos'][k]!, [from], [['b', 'c', 'd'][k]!])),
      node('Tan', ['d'], ['y']),
    ]
    expect(problem(buildModel({ ...spec, nodes }))).toMatch(
      /^its graph goes in a circle: (?=.*Add)(?=.*Relu)(?=.*Sin)(?=.*Cos)(?!.*Tan)/,
    )
  })
})

describe('class labels', () => {
  const labels = (model: Buffer) => classLabelsOf(readOnnx(sourceOf(model)).graph)
  it('are named where the graph has one list of them', () => {
    for (const kind of ['trees', 'linear'] as const)
      for (const end of ['table', 'zipmap'] as const) {
        expect(labels(classifier({ kind, labels: [-1, 5, 2 ** 53 - 1], end }))).toEqual([
          '-1',
          '5',
          '9007199254740991',
        ])
        expect(labels(classifier({ kind, labels: ['a', 'ü b', '高'], end }))).toEqual(['a', 'ü b', '高'])
      }
    expect(labels(logistic({ weights: [1], bias: 0 }))).toBeUndefined()
  })
})

describe('skimming', () => {
  it('keeps neither weights nor the nodes of a forest', () => {
    const forest = classifier({ kind: 'trees', labels: [0, 1, 2], end: 'zipmap' })
    const kept = skim(sourceOf(forest))
    expect(kept.length).toBeLessThan(forest.length * 0.75)
    expect(kept.includes('BRANCH_LEQ')).toBe(false)
    const network = mlp({ inputs: 100, hidden: 100, outputs: 2, activation: 'softmax', seed: 1 }).model
    expect(skim(sourceOf(network)).length).toBeLessThan(1000)
  })
  it('refuses what is damaged or nested without end', () => {
    expect(() => skim(sourceOf(Buffer.from([0x3a, 0x05, 0x00])))).toThrow(/reaches 4 bytes too far/)
    expect(() => skim(sourceOf(Buffer.from([0x80, 0x80])))).toThrow(/does not end/)
    expect(() => skim(sourceOf(Buffer.from([0x0b])))).toThrow(/no field/)
    let graph = Buffer.alloc(0)
    const inside = (id: number, bytes: Buffer) => {
      const length = [(bytes.length & 0x7f) | 0x80, (bytes.length >> 7) & 0x7f]
      return Buffer.concat([Buffer.from([id * 8 + 2, ...length]), bytes])
    }
    for (let depth = 0; depth < 40; depth++) graph = inside(1, inside(5, inside(6, graph)))
    expect(() => skim(sourceOf(inside(7, graph)))).toThrow(/nested/)
  })
})
