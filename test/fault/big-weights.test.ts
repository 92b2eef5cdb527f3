import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { inspectModel } from '#edge/package/inspect-model.ts'
import { bigFeatures, writeBigModel } from '#support/big-model.ts'
import { type Ended, edgewright, temporaryOf } from '#support/command.ts'
import { csvOf, workFolder } from '#support/drafts.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { numbersOf } from '#support/fed.ts'
import { logistic } from '#support/models.ts'
import { childrenOf, forgetPeak, hasProc, peakMb, residentMb } from '#support/processes.ts'

const mebibyte = 2 ** 20
const bigMb = 512
/** Above what the same command takes for a model of some bytes, and above the idle runtime: not a fifth of the weights. */
const flatMb = 100

let work: ReturnType<typeof workFolder>
let small: Record<'new' | 'pack' | 'install', Ended>
const figures: string[] = []

beforeAll(async () => {
  work = workFolder()
  writeFileSync(work.path('rows.csv'), csvOf(bigFeatures, 64))
  writeFileSync(work.path('small.onnx'), logistic({ weights: bigFeatures.map(() => 0.1), bias: 0 }))
  small = await through('small', work.path('small.onnx'), await spawnEdge(work.path('small-edge')), true)
}, 120_000)
afterAll(() => {
  work?.remove()
  process.stdout.write(`\n${figures.join('\n')}\n\n`)
})

/** As a person does it: new, pack, install. */
async function through(id: string, model: string, edge: EdgeProcess, stop = false) {
  const run = async (...args: string[]) => {
    const ended = await edgewright(work.dir, ...args)
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    return ended
  }
  const drafted = await run('new', model, '--reference', 'rows.csv', '--id', id)
  const packed = await run('pack', id)
  const installed = await run('install', `${id}-1.0.0.ewp`, '--edge', edge.url, '--data', edge.dataDir)
  if (stop) await edge.stop()
  return { new: drafted, pack: packed, install: installed }
}

const sizeMb = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const at = statSync(join(folder, name))
    return sum + (at.isFile() ? at.size / mebibyte : 0)
  }, 0)

const rows = Array.from({ length: 8 }, (_, row) =>
  bigFeatures.map((_, k) => Math.fround(5 + 5 * Math.sin(1 + row * 3 + k))),
)

/** What onnxruntime says of the model as it came, before it was ever packed. */
async function directly(model: string): Promise<number[][]> {
  const { file } = await inspectModel(model)
  const lane = openLane(file)
  try {
    const answers: number[][] = []
    for (const row of rows) {
      const inputs = { input: { data: Float32Array.from(row), width: row.length } }
      const { outputs } = await lane.infer({ rows: 1, inputs, outputs: ['probabilities'] }, 60_000)
      answers.push([...numbersOf(outputs['probabilities']).data])
    }
    return answers
  } finally {
    await lane.close()
  }
}

async function decided({ client }: EdgeProcess, id: string): Promise<number[][]> {
  const answers: number[][] = []
  for (const row of rows) {
    const values = Object.fromEntries(bigFeatures.map((name, k) => [name, row[k]!]))
    const reading = { asset: 'mill', time: new Date().toISOString(), values }
    const { classes } = await client.json<Decision>('POST', `/api/models/${id}/readings`, reading)
    answers.push(Object.values(classes!))
  }
  return answers
}

describe.skipIf(!hasProc).each(['beside', 'inside'] as const)('%s the graph: 512 MB of weights', (kept) => {
  it('are drafted, packed, installed, answered and found again, with flat memory in the runtime and the commands', async () => {
    const id = `weights-${kept}`
    const source = work.path(`source-${kept}`)
    mkdirSync(source)
    const model = writeBigModel(source, kept)
    const expected = await directly(model)
    expect(new Set(expected.map((row) => row.map((x) => x.toFixed(3)).join())).size).toBeGreaterThan(4)

    const edge = await spawnEdge(work.path(`edge-${kept}`))
    await sleep(3000)
    const idleMb = residentMb(edge.pid)!
    forgetPeak(edge.pid)
    const peaks: Record<string, number> = {}
    const lanes = watchChildren(edge.pid)
    const took = await through(id, model, edge)
    peaks['install'] = peakMb(edge.pid)!

    const answers = await decided(edge, id)
    expect(difference(answers, expected)).toBeLessThan(1e-5)
    const batch = { asset: 'mill', time: new Date().toISOString() }
    const many = Array.from({ length: 200 }, (_, n) => ({
      ...batch,
      values: Object.fromEntries(bigFeatures.map((name, k) => [name, rows[n % rows.length]![k]!])),
    }))
    await edge.client.json('POST', `/api/models/${id}/readings`, many)
    peaks['readings'] = peakMb(edge.pid)!
    const laneMb = lanes()

    const dataMb = sizeMb(edge.dataDir)
    expect(dataMb).toBeGreaterThan(bigMb)
    expect(dataMb).toBeLessThan(bigMb + 8)
    expect(readdirSync(join(edge.dataDir, 'staging'))).toEqual([])
    expect(readdirSync(temporaryOf(work.dir))).toEqual([])
    await edge.stop()

    const startedAt = performance.now()
    const again = await spawnEdge(edge.dataDir)
    const afterRestart = await decided(again, id)
    const restartMs = performance.now() - startedAt
    peaks['restart'] = peakMb(again.pid)!
    expect(difference(afterRestart, answers)).toBe(0)
    await again.stop()

    figures.push(
      `${bigMb} MB of weights ${kept} the graph (bound: ${flatMb} MB)`,
      `  runtime, resident: idle ${mb(idleMb)}; most while it was installed ${mb(peaks['install']!)}, answered ${mb(peaks['readings']!)}, started anew with it ${mb(peaks['restart']!)}`,
      ...(['new', 'pack', 'install'] as const).map(
        (name) =>
          `  ${name}: ${(took[name].tookMs / 1000).toFixed(1)} s; at most ${mb(took[name].peakMb)}, for a model of some bytes ${mb(small[name].peakMb)}`,
      ),
      `  lane and inspector, the most of one: ${mb(laneMb)}; data folder ${mb(dataMb)}; from start to the eighth answer ${(restartMs / 1000).toFixed(1)} s`,
    )
    for (const most of Object.values(peaks)) expect(most - idleMb).toBeLessThan(flatMb)
    for (const name of ['new', 'pack', 'install'] as const)
      expect(took[name].peakMb - small[name].peakMb).toBeLessThan(flatMb)
    for (const folder of [source, work.path(id), edge.dataDir]) rmSync(folder, { recursive: true })
    rmSync(work.path(`${id}-1.0.0.ewp`))
  })
})

const mb = (value: number) => `${value.toFixed(0)} MB`

const difference = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, r) => row.map((x, k) => Math.abs(x - b[r]![k]!))))

/** The most that any child of a process has had, MiB. */
function watchChildren(pid: number): () => number {
  let most = 0
  const look = () => {
    for (const child of childrenOf(pid)) most = Math.max(most, peakMb(child.pid) ?? 0)
  }
  const timer = setInterval(look, 200)
  return () => {
    look()
    clearInterval(timer)
    return most
  }
}
