import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { draftFolder } from '#edge/package/draft-folder.ts'
import { packFolder } from '#edge/package/pack-folder.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { edgewright } from '#support/command.ts'
import { csvOf, edit, workFolder } from '#support/drafts.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { bloating, crashing, logistic, slow } from '#support/models.ts'
import { buildModel, type GraphSpec, node, weights } from '#support/onnx-builder.ts'
import { packaged } from '#support/package.ts'
import { childrenOf, hasProc, until } from '#support/processes.ts'
import { repack } from '#support/repack.ts'

/** What a package may ask for; the models below ask for more. */
const memoryMb = 700
const minutesMs = 60_000
const rows = csvOf(['a', 'b'], 30).replace(/^[\d.]+,/m, '7,')

const plain = logistic({ weights: [1, 1], bias: 0 })
const never = { inputs: 2, iterations: 2 ** 40 }
const greedy = { inputs: 2, megabytes: 3000 }
const table = (name: string, width: number) => ({ name, type: 'float32' as const, shape: ['rows', width] })

/** A gigabyte that is made when the session is: constants are folded. */
const loadsLarge = buildModel({
  inputs: [table('input', 2)],
  outputs: [table('probability', 1)],
  weights: [
    weights('w', [2, 1], [1, 1]),
    { name: 'shape', type: 'int64', dims: [2], data: [2 ** 14, 2 ** 14] },
    weights('one', [], [1]),
  ],
  nodes: [
    node('ConstantOfShape', ['shape'], ['plane']),
    node('Add', ['plane', 'one'], ['ones']),
    node('MatMul', ['input', 'w'], ['xw']),
    node('ReduceMax', ['ones'], ['top'], { keepdims: { i: 0 } }),
    node('Mul', ['xw', 'top'], ['z']),
    node('Sigmoid', ['z'], ['probability']),
  ],
})

let work: ReturnType<typeof workFolder>
let edge: EdgeProcess
/** The first feature of the first golden row. */
let goldenValue: number
const figures: string[] = []
beforeAll(async () => {
  work = workFolder()
  writeFileSync(work.path('rows.csv'), rows)
  edge = await spawnEdge(work.path('edge'))
  await install('good', await packaged({ id: 'good', model: plain, features: ['a', 'b'] }))
  writeFileSync(
    work.path('template.ewp'),
    await packaged({ id: 'template', model: plain, features: ['a', 'b'] }),
  )
  mkdirSync(work.path('template'))
  const { golden } = await readPackage(work.path('template.ewp'), work.path('template'))
  goldenValue = Number(golden.inputs['input']![0]![0])
}, 120_000)
afterAll(async () => {
  await edge?.stop()
  work?.remove()
  process.stdout.write(`\n${figures.join('\n')}\n\n`)
})

const reading = (a: number) => ({ asset: 'x', time: new Date().toISOString(), values: { a, b: 0 } })
const ask = (id: string, a: number) =>
  edge.client.json<Decision>('POST', `/api/models/${id}/readings`, reading(a))
async function install(name: string, bytes: Buffer): Promise<ModelSummary> {
  writeFileSync(work.path(`${name}.ewp`), bytes)
  const response = await edge.client.send('POST', '/api/models', {
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  })
  return (await response.json()) as ModelSummary
}

/** Something that may go wrong, while the good model is asked every 20 ms and must answer; in words, with its time. */
async function tried(what: string, work: () => Promise<string>): Promise<{ said: string; ms: number }> {
  let going = true
  let [asked, slowestMs] = [0, 0]
  const good = (async () => {
    while (going) {
      const at = performance.now()
      expect((await ask('good', 0)).probability).toBe(0.5)
      slowestMs = Math.max(slowestMs, performance.now() - at)
      asked += 1
      await sleep(20)
    }
  })()
  const at = performance.now()
  const said = await work().finally(() => {
    going = false
  })
  const ms = performance.now() - at
  await good
  figures.push(
    `${what}: ${(ms / 1000).toFixed(1)} s; "${said}"; the other model answered ${asked} times meanwhile, in ${slowestMs.toFixed(0)} ms at most`,
  )
  return { said, ms }
}
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it was accepted',
    (error: Error) => error.message,
  )

/** As edgewright runs it, with less memory than this machine has. */
const limited: typeof openLane = (file, options) => openLane(file, { memoryMb, ...options })

async function draft(name: string, model: Buffer): Promise<string> {
  const dir = work.path('drafts', name)
  mkdirSync(work.path('drafts'), { recursive: true })
  writeFileSync(work.path(`${name}.onnx`), model)
  await draftFolder(
    {
      model: work.path(`${name}.onnx`),
      reference: work.path('rows.csv'),
      dir: () => dir,
      owner: 'test',
      id: name,
    },
    limited,
  )
  return dir
}

describe.skipIf(!hasProc)('edgewright new', () => {
  it.each([
    [
      'takes memory while it runs',
      bloating({ ...greedy, above: -1 }),
      `it took more than ${memoryMb} MB of memory`,
    ],
    ['takes memory while it is loaded', loadsLarge, `it took more than ${memoryMb} MB of memory`],
    ['crashes', crashing({ inputs: 2, badValue: 7 }), 'its process ended (SIGFPE)'],
  ])('refuses a model that %s', async (what, model, why) => {
    const { said, ms } = await tried(`new, a model that ${what}`, () => refusal(draft('bad', model)))
    expect(said).toContain(why)
    expect(ms).toBeLessThan(minutesMs)
    expect(readdirSync(work.path('drafts'))).toEqual([])
  })

  it('refuses one that never ends, after two minutes and not more', async () => {
    writeFileSync(work.path('never.onnx'), slow(never))
    const { said, ms } = await tried('new, a model that never ends', async () => {
      const ended = await edgewright(work.dir, 'new', 'never.onnx', '--reference', 'rows.csv')
      expect(ended).toMatchObject({ status: 1, stdout: '' })
      return ended.stderr.trim()
    })
    expect(said).toMatch(
      /^the model loads and cannot run: the model gave no answer within 120000 ms\. [^\n]*$/,
    )
    expect(ms).toBeLessThan(2.5 * minutesMs)
    expect(readdirSync(work.dir)).not.toContain('never')
  })

  it.each([
    ['is nested without end', deep(20_000), /nested|deep|cannot|damaged/],
    ['has two million nodes', wide(2_000_000), /./],
  ])('refuses a file that %s', async (what, bytes, why) => {
    writeFileSync(work.path('form.onnx'), bytes)
    const { said, ms } = await tried(
      `new, a file of ${(bytes.length / 1e6).toFixed(0)} MB that ${what}`,
      async () => {
        const ended = await edgewright(work.dir, 'new', 'form.onnx', '--reference', 'rows.csv', '-o', 'form')
        expect(ended).toMatchObject({ status: 1, stdout: '' })
        expect(ended.stderr.trim().split('\n')).toHaveLength(1)
        return ended.stderr.trim()
      },
    )
    expect(said).toMatch(why)
    expect(ms).toBeLessThan(2 * minutesMs)
  })
})

/** An If inside an If inside an If …, written from the inside out. */
function deep(levels: number): Buffer {
  const varint = (value: number): Buffer => {
    const bytes: number[] = []
    for (let left = value; ; left = Math.floor(left / 128)) {
      bytes.push((left % 128) + (left >= 128 ? 128 : 0))
      if (left < 128) return Buffer.from(bytes)
    }
  }
  const field = (id: number, length: number) => Buffer.concat([varint(id * 8 + 2), varint(length)])
  // GraphProto.node = 1, NodeProto.attribute = 5, AttributeProto.g = 6, ModelProto.graph = 7
  const heads: Buffer[] = []
  let size = 0
  for (let level = 0; level < levels; level++)
    for (const id of [6, 5, 1]) {
      const head = field(id, size)
      heads.push(head)
      size += head.length
    }
  return Buffer.concat([Buffer.from([8, 8]), field(7, size), ...heads.reverse()])
}

function wide(nodes: number): Buffer {
  const graph: GraphSpec = {
    inputs: [table('input', 2)],
    outputs: [table('y', 2)],
    nodes: Array.from({ length: nodes }, (_, k) =>
      node('Relu', [k === 0 ? 'input' : `n${k}`], [k === nodes - 1 ? 'y' : `n${k + 1}`]),
    ),
  }
  return buildModel(graph)
}

describe.skipIf(!hasProc)('edgewright pack', () => {
  it.each([
    ['takes memory while it runs', bloating({ ...greedy, above: -1 }), `more than ${memoryMb} MB of memory`],
    ['takes memory while it is loaded', loadsLarge, `more than ${memoryMb} MB of memory`],
    ['crashes', crashing({ inputs: 2, badValue: 7 }), 'its process ended (SIGFPE)'],
    ['never ends', slow(never), 'no answer within 120000 ms'],
  ])('refuses a model that %s', async (what, model, why) => {
    const dir = work.path(`pack ${what}`)
    renameSync(await draft('packed', plain), dir)
    writeFileSync(join(dir, 'model.onnx'), model)
    edit(dir, (manifest) => Object.assign(manifest.operation, { memoryMb }))
    const before = readdirSync(dir)
    const { said, ms } = await tried(`pack, a model that ${what}`, () =>
      refusal(packFolder(dir, () => work.path('never.ewp'), openLane)),
    )
    expect(said).toContain(why)
    expect(ms).toBeLessThan(2.5 * minutesMs)
    expect(readdirSync(dir)).toEqual(before)
    expect(readdirSync(work.dir)).not.toContain('never.ewp')
  })
})

describe.skipIf(!hasProc)('an edge', () => {
  it.each([
    [
      'takes memory while it runs',
      () => bloating({ ...greedy, above: -100 }),
      `more than ${memoryMb} MB of memory`,
    ],
    ['takes memory while it is loaded', () => loadsLarge, `more than ${memoryMb} MB of memory`],
    ['crashes', (golden: number) => crashing({ inputs: 2, badValue: golden }), 'its process ended (SIGFPE)'],
    ['never ends', () => slow(never), 'no answer within 120000 ms'],
  ])('refuses a package whose model %s, and goes on', async (what, model, why) => {
    const id = what.replaceAll(' ', '-')
    const file = await repack(work.path('template.ewp'), work.path(id), model(goldenValue), (manifest) => {
      Object.assign(manifest, { id })
      Object.assign(manifest.operation, { memoryMb })
    })
    const lanes = childrenOf(edge.pid).length
    const { said, ms } = await tried(`install, a model that ${what}`, async () => {
      const bad = edgewright(work.dir, 'install', file, '--edge', edge.url, '--data', edge.dataDir)
      // Meanwhile another one is installed.
      const other = await repack(work.path('template.ewp'), work.path(`${id}-other`), plain, (manifest) =>
        Object.assign(manifest, { id: `${id}-other` }),
      )
      await install(`${id}-other`, readFileSync(other))
      const ended = await bad
      expect(ended).toMatchObject({ status: 1, stdout: '' })
      expect(ended.stderr.trim().split('\n')).toHaveLength(1)
      return ended.stderr.trim()
    })
    expect(said).toContain(why)
    expect((await ask(`${id}-other`, 0)).probability).toBe(0.5)
    // The lane of the other model is there to stay, and that of the refused one is gone.
    const staged = () => readdirSync(join(edge.dataDir, 'staging')).length
    const gone = () => (childrenOf(edge.pid).length === lanes + 1 && staged() === 0) || undefined
    await until('the refused model has no lane and no file', gone, 2.5 * minutesMs - ms)
    const { models } = await edge.client.json<{ models: ModelSummary[] }>('GET', '/api/models')
    expect(models.map((model) => model.id)).not.toContain(id)
    expect(readdirSync(join(edge.dataDir, 'packages', id))).toEqual([])
  })

  it.each([
    ['takes memory for one reading', bloating({ ...greedy, above: 100 }), 30_000, 'inference-failed'],
    ['crashes on one reading', crashing({ inputs: 2, badValue: 101 }), 30_000, 'inference-failed'],
    ['never ends on one reading', slow({ ...never, above: 100 }), 3000, 'deadline-exceeded'],
  ])('that runs a model that %s abstains, and goes on', async (what, model, deadlineMs, code) => {
    const id = what.replaceAll(' ', '-')
    const bytes = await packaged({
      id,
      model,
      features: ['a', 'b'],
      edit: (m) => Object.assign(m.operation, { memoryMb, deadlineMs }),
    })
    await install(id, bytes)
    expect((await ask(id, 0)).probability).toBe(0.5)
    const { ms } = await tried(`in service, a model that ${what}`, async () => {
      const decision = await ask(id, 101)
      expect(decision).toMatchObject({ verdict: 'abstain', quality: [{ code }] })
      return decision.quality[0]!.message
    })
    expect(ms).toBeLessThan(minutesMs)
    expect((await ask(id, 0)).probability).toBe(0.5)
  })
})
