import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { qualifyProviders } from '#edge/hardware/qualify-providers.ts'
import { bloating, crashing, logistic, slow } from '#support/models.ts'
import { partsWith, qualified } from './fixture.ts'

const good = logistic({ weights: [1, 0], bias: 0 })
const linux = process.platform === 'linux'
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-qualify-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe.skipIf(!linux)('on a machine with a CPU and nothing else', () => {
  it('the CPU is measured and chosen, in one lane', async () => {
    const { parts, opened } = partsWith()
    const found = await qualifyProviders(qualified(dir, { model: good }), parts)
    expect(found).toMatchObject({
      chosen: 'cpu',
      reason: 'Only the CPU can run it here: CPU chosen.',
      onnxruntime: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    })
    const [cpu, ...others] = found.trials
    expect(cpu).toMatchObject({ result: 'chosen', golden: { passed: 8, of: 8 }, latency: { batchRows: 16 } })
    expect(cpu!.latency!.oneMs).toBeGreaterThan(0)
    expect(cpu!.memoryMb).toBeGreaterThan(10)
    expect(others.map(({ provider, result }) => `${provider} ${result}`)).toEqual([
      'cuda absent',
      'tensorrt absent',
      'webgpu absent',
    ])
    expect(opened).toHaveLength(1)
  })

  it('nothing is measured twice, until the driver, the package or the form of what was kept is another', async () => {
    const { parts, opened, kept } = partsWith()
    const loaded = qualified(dir, { model: good })
    const first = await qualifyProviders(loaded, parts)
    expect(await qualifyProviders(loaded, parts)).toEqual(first)
    expect(opened).toHaveLength(1)
    const machine = await parts.machine()
    await qualifyProviders(loaded, { ...parts, machine: async () => ({ ...machine, driver: 'another' }) })
    expect(opened).toHaveLength(2)
    await qualifyProviders({ ...loaded, digest: 'another' }, parts)
    expect(opened).toHaveLength(3)
    for (const key of kept.keys()) kept.set(key, { chosen: 'gpu' })
    await qualifyProviders(loaded, parts)
    expect(opened).toHaveLength(4)
  })

  it('a latency budget that the CPU misses is said', async () => {
    const loaded = qualified(dir, { model: good, hardware: { latencyBudgetMs: 1e-9 } })
    const { chosen, reason } = await qualifyProviders(loaded, partsWith().parts)
    expect(chosen).toBe('cpu')
    expect(reason).toMatch(/: CPU chosen, though one row takes .* ms and 1e-9 ms are allowed\.$/)
  })

  it('a package that allows only what is not there is refused, and why', async () => {
    const loaded = qualified(dir, { model: good, hardware: { providers: ['cuda'] } })
    await expect(qualifyProviders(loaded, partsWith().parts)).rejects.toMatchObject({
      code: 'package-refused',
      message: expect.stringContaining('CPU: The package does not allow it.; CUDA: There is no NVIDIA GPU'),
    })
  })
})

describe('a package is refused, in words,', () => {
  it.each([
    {
      why: 'whose golden vectors do not match',
      spec: { model: good, answer: (x: number) => (x === 0.3 ? 0.7 : 1 / (1 + Math.exp(-x))) },
      words: 'answers differently here than where it was packed: golden row 4, column 1 of "probability"',
    },
    {
      why: 'whose declared output is a lie',
      spec: { model: logistic({ weights: [1, 0], bias: 0, output: 'other' }) },
      words: 'does not answer its golden vectors on this machine: the model refused the input',
    },
    {
      why: 'whose model crashes',
      spec: { model: crashing({ inputs: 2, badValue: 0 }) },
      words: 'its process ended (',
    },
    {
      why: 'whose model takes more memory than it may',
      spec: {
        model: bloating({ inputs: 2, megabytes: 800, above: 0.25 }),
        operation: { memoryMb: 256 },
      },
      words: 'it took more than 256 MB of memory',
    },
    {
      why: 'whose bytes are no model',
      spec: { model: Buffer.from('no model') },
      words: 'cannot run on this machine: the model cannot be loaded',
    },
    {
      why: 'whose model spins',
      spec: { model: slow({ inputs: 2, iterations: 1e9 }) },
      deadlines: { cpuMs: 1_000 },
      words: 'cannot run on this machine: it was not done within 1 s',
    },
    {
      why: 'whose model spins for a row far longer than its own deadline',
      spec: { model: slow({ inputs: 2, iterations: 1e9 }), operation: { deadlineMs: 10 } },
      deadlines: { rowMs: 400 },
      words: 'the model gave no answer within 400 ms',
    },
  ])('$why', async ({ spec, deadlines = {}, words }) => {
    const { parts, opened } = partsWith()
    const refusal = qualifyProviders(qualified(dir, spec), { ...parts, deadlines })
    await expect(refusal).rejects.toMatchObject({
      code: 'package-refused',
      message: expect.stringContaining(words),
    })
    expect(opened).toHaveLength(1)
  })

  it('and not where somebody takes the work away', async () => {
    const { parts } = partsWith()
    const stop = AbortSignal.abort(new Error('the runtime ends'))
    const loaded = qualified(dir, { model: good })
    await expect(qualifyProviders(loaded, { ...parts, signal: stop })).rejects.toThrow('the runtime ends')
  })
})
