import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import type { InferenceLane, ModelFile } from '#edge/inference/lane.ts'
import { type LaneOptions, openLane } from '#edge/inference/open-lane.ts'
import { openProvenLane, type ProvenOptions, type ProviderChange } from '#edge/inference/proven-lane.ts'
import { numbersOf } from '#support/fed.ts'
import { logistic, refusing, slow } from '#support/models.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgewright-proven-'))
const lanes: InferenceLane[] = []
afterEach(async () => {
  await Promise.all(lanes.splice(0).map((lane) => lane.close()))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const fileOf = (name: string, model: Buffer): ModelFile => {
  const path = join(dir, name)
  writeFileSync(path, model)
  return { path, sha256: createHash('sha256').update(model).digest('hex') }
}
const good = () => fileOf('good.onnx', logistic({ weights: [1, 0], bias: 0 }))
const poison = 9
const bad = () => fileOf('bad.onnx', refusing({ inputs: 2, badValue: poison }))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** "webgpu" is played by a real lane on the CPU, with a model file of its own where one is given. */
function open(file: ModelFile, options: Partial<ProvenOptions> & { pretended?: ModelFile } = {}) {
  const changes: ProviderChange[] = []
  const heard = new Set<() => void>()
  const pids: number[] = []
  const pretend = (given: ModelFile, { provider, ...rest }: LaneOptions): InferenceLane => {
    const lane = openLane(provider === 'cpu' ? given : (options.pretended ?? given), { ...rest, threads: 1 })
    if (provider === 'cpu') return lane
    lane.onStatus((status) => status.state === 'ready' && pids.push(status.pid))
    const { infer } = lane
    lane.infer = async (...asked) => ({ ...(await infer.apply(lane, asked)), provider: 'webgpu' })
    return lane
  }
  const lane = openProvenLane(file, {
    provider: 'webgpu',
    openLane: pretend,
    coolDownMs: 3600_000,
    ...options,
    changed: (change) => {
      changes.push(change)
      for (const look of heard) look()
    },
  })
  lanes.push(lane)
  const ask = async (x: number, deadlineMs = 20_000) => {
    const inputs = { input: { data: Float32Array.of(x, 0), width: 2 } }
    const answer = await lane.infer({ rows: 1, inputs, outputs: ['probability'] }, deadlineMs)
    return { value: numbersOf(answer.outputs['probability']).data[0]!, by: answer.provider }
  }
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => changes.length >= count && resolve()
      heard.add(look)
      look()
    })
  return { lane, ask, changes, until, pids }
}

it('is the plain lane on the CPU', async () => {
  const { lane, ask } = open(good(), { provider: 'cpu' })
  await lane.ready
  expect(lane.constructor.name).toBe('ForkedLane')
  expect(await ask(1)).toEqual({ value: expect.closeTo(sigmoid(1), 5), by: 'cpu' })
})

it('answers every reading, in order, when the provider’s process is killed among them', async () => {
  const { lane, ask, changes, pids } = open(good())
  await lane.ready
  const order: number[] = []
  const answers = Array.from({ length: 300 }, async (_, k) => {
    const answer = await ask(k / 100)
    order.push(k)
    if (k === 40) process.kill(pids[0]!, 'SIGKILL')
    return answer
  })
  const all = await Promise.all(answers)
  all.forEach(({ value }, k) => expect(value).toBeCloseTo(sigmoid(k / 100), 5))
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect([all[0]!.by, all[299]!.by]).toEqual(['webgpu', 'cpu'])
  expect(changes).toEqual([{ provider: 'cpu', reason: expect.stringContaining('SIGKILL') }])
  expect(changes[0]!.reason).toMatch(/^WebGPU failed \(.*\): the CPU answers$/)
  expect(lane.status.state).toBe('ready')
})

it('leaves a provider that refuses what the CPU answers', async () => {
  const { ask, changes } = open(good(), { pretended: bad() })
  expect((await ask(1)).by).toBe('webgpu')
  expect(await ask(poison)).toEqual({ value: expect.closeTo(sigmoid(poison), 5), by: 'cpu' })
  expect((await ask(1)).by).toBe('cpu')
  expect(changes).toHaveLength(1)
})

it('leaves a provider that hangs, and answers within the deadline of a second try', async () => {
  const hanging = fileOf('hanging.onnx', slow({ inputs: 2, iterations: 1e9, above: 5 }))
  const { lane, ask, changes } = open(good(), { pretended: hanging })
  await lane.ready
  expect((await ask(1)).by).toBe('webgpu')
  const answers = await Promise.all([ask(poison, 500), ask(2, 5000)])
  expect(answers.map(({ value }) => value)).toEqual([poison, 2].map((x) => expect.closeTo(sigmoid(x), 5)))
  expect(answers[0]!.by).toBe('cpu')
  expect(changes).toEqual([{ provider: 'cpu', reason: expect.stringContaining('no answer within 500 ms') }])
})

it('stays where an input is refused by the CPU, too', async () => {
  const { ask, changes } = open(bad())
  await expect(ask(poison)).rejects.toMatchObject({ code: 'inference-failed' })
  expect((await ask(1)).by).toBe('webgpu')
  expect(changes).toEqual([])
})

it('goes back after the cool-down, once its answers were checked', async () => {
  const verdicts = ['golden row 1 differs', undefined]
  const checked: unknown[] = []
  const { lane, ask, changes, until, pids } = open(good(), {
    coolDownMs: 1,
    check: async () => {
      const verdict = verdicts[checked.length]
      checked.push(verdict)
      return verdict
    },
  })
  await lane.ready
  process.kill(pids[0]!, 'SIGKILL')
  await until(2)
  expect(checked).toEqual(['golden row 1 differs', undefined])
  expect(changes.map(({ provider }) => provider)).toEqual(['cpu', 'webgpu'])
  expect(await ask(1)).toEqual({ value: expect.closeTo(sigmoid(1), 5), by: 'webgpu' })
  process.kill(pids.at(-1)!, 'SIGKILL')
  expect((await ask(2)).value).toBeCloseTo(sigmoid(2), 5)
})

it('starts on the CPU where the provider is not there', async () => {
  // What onnxruntime of this platform was not built with: the lane's process is the real one.
  const provider = process.platform === 'win32' ? 'coreml' : 'dml'
  const changes: ProviderChange[] = []
  const lane = openProvenLane(good(), {
    provider,
    lane: { threads: 1 },
    changed: (change) => changes.push(change),
  })
  lanes.push(lane)
  expect((await lane.ready).provider).toBe('cpu')
  expect(changes[0]?.reason).toMatch(/^(DirectML|CoreML) failed \(.*has no "\w+"\): the CPU answers$/)
})
