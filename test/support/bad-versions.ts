import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLane } from '#edge/inference/open-lane.ts'
import { goldenInputs, goldenRows, makeGolden } from '#edge/package/golden.ts'
import { factor, type Part, products, side, trap, type When, whole } from './bad-graphs.ts'
import { seedFor } from './draws.ts'
import { slow as slowModel } from './models.ts'
import { node, weights } from './onnx-builder.ts'
import { before, spliced } from './splice.ts'
import { type Base, type Version, type VersionOptions, versionOf } from './versions.ts'

/**
 * Versions that are bad on purpose, each named for what is wrong with it. All of them are well-formed packages: only what
 * they do gives them away. `base` is any package with one table as its input; versions.ts makes some.
 */

type Bad<Extra = object> = VersionOptions & Extra

/** The base, with nodes behind its first output that make "new nothing", a zero, of "new factor" and take their time or toll. */
function withToll(base: Base, when: When, toll: Part, options: VersionOptions): Promise<Version> {
  const { name } = base.manifest.outputs[0]!
  const start = factor(base, when)
  const model = spliced(base.model, name, {
    weights: [...start.weights, ...toll.weights],
    nodes: [...start.nodes, ...toll.nodes, node('Add', [before(name), 'new nothing'], [name])],
  })
  return versionOf(base, options, { model })
}

/** Late but right: each run works through so many products of 512 × 512 matrices, 1 to 4 ms each on one core. */
export const slow = (base: Base, { times = 20, ...options }: Bad<When & { times?: number }> = {}) =>
  withToll(base, options, products(times), options)

/** One run keeps its thread busy for about this long (measured on this machine), and then answers rightly. */
export async function spinning(
  base: Base,
  { seconds = 30, ...options }: Bad<When & { seconds?: number }> = {},
) {
  const times = Math.ceil(seconds * (await productsPerS()))
  return withToll(base, options, products(times), options)
}

async function productsPerS(): Promise<number> {
  const iterations = 100
  return onLane(slowModel({ inputs: 1, iterations }), async (lane) => {
    const request = {
      rows: 1,
      inputs: { input: { data: Float32Array.of(0), width: 1 } },
      outputs: ['probability'],
    }
    await lane.infer(request, 120_000)
    const { runMs } = await lane.infer(request, 120_000)
    return (1000 * iterations) / runMs
  })
}

const tenGb = 10_240

/** Asks for 10 GB in one run. Its manifest allows it `memoryMb`, 1 GB. */
export const allocating10GB = (base: Base, { edit, ...options }: Bad<When> = {}) =>
  withToll(
    base,
    options,
    {
      weights: [
        whole('new one', [1]),
        // Planes of 512 × 512 float32, 1 MiB each.
        whole('new planes', [tenGb]),
        whole('new plane', [side, side]),
        weights('new zero', [], [0]),
      ],
      nodes: [
        node('Mul', ['new factor', 'new planes'], ['new more']),
        node('Add', ['new more', 'new one'], ['new depth']),
        node('Concat', ['new depth', 'new plane'], ['new shape'], { axis: { i: 0 } }),
        node('Expand', ['new zero', 'new shape'], ['new large']),
        node('ReduceMax', ['new large'], ['new nothing'], { keepdims: { i: 0 } }),
      ],
    },
    { ...options, edit: within1Gb(edit) },
  )

/** Asks for 10 GB while it is loaded: ten constants that are worked out then, and kept since a run looks into each. */
export function allocating10GBAtLoad(base: Base, { edit, ...options }: Bad = {}) {
  const each = Array.from({ length: 10 }, (_, k) => k)
  return withToll(
    base,
    {},
    {
      weights: [
        whole('new gigabyte', [2 ** 28]),
        ...each.map((k) => weights(`new value ${k}`, [], [k])),
        weights('new zero', [], [0]),
      ],
      nodes: [
        node('ConstantOfShape', ['new gigabyte'], ['new zeros']),
        ...each.flatMap((k) => [
          node('Add', ['new zeros', `new value ${k}`], [`new large ${k}`]),
          node('Gather', [`new large ${k}`, 'new factor'], [`new one of ${k}`]),
        ]),
        node(
          'Sum',
          each.map((k) => `new one of ${k}`),
          ['new sum'],
        ),
        node('Mul', ['new sum', 'new zero'], ['new nothing']),
      ],
    },
    { ...options, edit: within1Gb(edit) },
  )
}

const within1Gb =
  (edit: VersionOptions['edit']): NonNullable<VersionOptions['edit']> =>
  (manifest) => {
    manifest.operation.memoryMb = 1024
    edit?.(manifest)
  }

/** Its process ends in a run. On processors other than x86-64 it answers rightly. */
export const crashing = (base: Base, options: Bad<When> = {}) =>
  withToll(
    base,
    options,
    {
      weights: [
        whole('new smallest', -(2 ** 63)),
        whole('new minus two', -2),
        whole('new one', 1),
        weights('new zero', [], [0]),
      ],
      nodes: [
        node('Mul', ['new factor', 'new minus two'], ['new shift']),
        node('Add', ['new one', 'new shift'], ['new divisor']),
        ...trap('new divisor'),
      ],
    },
    options,
  )

/** Its process ends while it is loaded: among constants. */
export const crashingAtLoad = (base: Base, options: Bad = {}) =>
  withToll(
    base,
    {},
    {
      weights: [whole('new smallest', -(2 ** 63)), whole('new minus one', -1), weights('new zero', [], [0])],
      nodes: trap('new minus one'),
    },
    options,
  )

/**
 * Grows from run to run: at every so many runs it asks for more megabytes at once than ever before, and onnxruntime's arena
 * keeps what it once had. After `everyRuns` × k runs its process holds at least k × `megabytes` more than at first. Linux only: draws.ts.
 */
export function leaking(
  base: Base,
  {
    everyRuns = 10,
    steps = 6,
    megabytes = 50,
    ...options
  }: Bad<{ everyRuns?: number; steps?: number; megabytes?: number }> = {},
) {
  const grown = Array.from({ length: steps }, (_, k) => ({ k, ...seedFor(everyRuns * (k + 1)) }))
  return withToll(
    base,
    {},
    {
      weights: [
        whole('new one', [1]),
        whole('new plane', [side, side]),
        weights('new zero', [], [0]),
        ...grown.flatMap(({ k, above }) => [
          weights(`new above ${k}`, [], [above]),
          whole(`new planes ${k}`, (k + 1) * megabytes),
        ]),
      ],
      nodes: [
        ...grown.flatMap(({ k, seed }) => [
          node('RandomUniform', [], [`new draw ${k}`], { shape: { ints: [1] }, seed: { f: seed } }),
          node('Greater', [`new draw ${k}`, `new above ${k}`], [`new now ${k}`]),
          node('Cast', [`new now ${k}`], [`new share ${k}`], { to: { i: 7 } }),
          node('Mul', [`new share ${k}`, `new planes ${k}`], [`new wanted ${k}`]),
        ]),
        node('Max', ['new one', ...grown.map(({ k }) => `new wanted ${k}`)], ['new depth']),
        node('Concat', ['new depth', 'new plane'], ['new shape'], { axis: { i: 0 } }),
        node('Expand', ['new zero', 'new shape'], ['new large']),
        node('ReduceMax', ['new large'], ['new nothing'], { keepdims: { i: 0 } }),
      ],
    },
    options,
  )
}

/** The same model, and golden vectors that it does not answer. */
export function lyingGolden(base: Base, options: Bad = {}): Promise<Version> {
  const golden = structuredClone(base.golden)
  const row = golden.outputs[base.manifest.outputs[0]!.name]![0]!
  row[0] = Number(row[0]) + 0.25
  return versionOf(base, options, { golden })
}

/** Declares a column per class as the base does, and answers each row twice as wide. */
export function lyingShape(base: Base, options: Bad = {}): Promise<Version> {
  const { name } = base.manifest.outputs[0]!
  const start = factor(base, {})
  const model = spliced(base.model, name, {
    weights: [...start.weights, whole('new ones', [1, 1]), whole('new twice', [0, 1])],
    nodes: [
      ...start.nodes,
      node('Mul', ['new factor', 'new twice'], ['new more']),
      node('Add', ['new ones', 'new more'], ['new times']),
      node('Tile', [before(name), 'new times'], [name]),
    ],
  })
  return versionOf(base, options, { model })
}

/**
 * Plausible, quick, and wrong: one feature above a usual value is taken for danger, whatever else is so. It was packed in
 * earnest (its golden vectors are its own answers), so that it runs until people or conditions notice.
 */
export async function worse(
  base: Base,
  { feature, from, over, ...options }: Bad<{ feature: string; from: number; over: number }>,
): Promise<Version> {
  const { name } = base.manifest.outputs[0]!
  const start = factor(base, { feature })
  const model = spliced(base.model, name, {
    weights: [...start.weights, weights('new from', [1], [from]), weights('new over', [1], [over])],
    nodes: [
      ...start.nodes.filter(({ outputs: [made] }) =>
        ['new values', 'new missing', 'new known'].includes(made!),
      ),
      node('Sub', ['new known', 'new from'], ['new far']),
      node('Div', ['new far', 'new over'], ['new danger']),
      node('Sigmoid', ['new danger'], ['new risk']),
      node('Max', [before(name), 'new risk'], [name]),
    ],
  })
  const golden = await onLane(model, (lane) =>
    makeGolden(
      lane,
      goldenInputs(base.golden, base.manifest),
      goldenRows(base.golden),
      base.golden.nullRow,
      base.manifest,
    ),
  )
  return versionOf(base, options, { model, golden })
}

async function onLane<T>(model: Buffer, work: (lane: ReturnType<typeof openLane>) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-lane-'))
  const path = join(dir, 'model.onnx')
  writeFileSync(path, model)
  const lane = openLane({ path, sha256: createHash('sha256').update(model).digest('hex') })
  try {
    await lane.ready
    return await work(lane)
  } finally {
    await lane.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
