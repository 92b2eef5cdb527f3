import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { qualifyProviders } from '#edge/hardware/qualify-providers.ts'
import { openProvenLane } from '#edge/inference/proven-lane.ts'
import { numbersOf } from '#support/fed.ts'
import { brokenDriver, swiftshaderFolder, vulkanEnv } from '#support/graphics.ts'
import { logistic } from '#support/models.ts'
import { partsWith, qualified } from './fixture.ts'

/** Vulkan in software, as Chromium brings it: without that, these say skipped. */
const folder = swiftshaderFolder()
const model = logistic({ weights: [1, 0], bias: 0 })
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-webgpu-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe.skipIf(!folder)('WebGPU on SwiftShader', () => {
  it('answers rightly, is proved to have run, and loses to the CPU, in words', async () => {
    const { parts } = partsWith(vulkanEnv(folder!, dir))
    const found = await qualifyProviders(qualified(dir, { model }), parts)
    expect(found.chosen).toBe('cpu')
    expect(found.reason).toMatch(
      /^WebGPU works here but is \d+(\.\d)? times slower than the CPU: CPU chosen\.$/,
    )
    const webgpu = found.trials.find(({ provider }) => provider === 'webgpu')!
    expect(webgpu).toMatchObject({ result: 'slower', golden: { passed: 8, of: 8 } })
    expect(webgpu.nodes!['webgpu']).toBeGreaterThan(0)
    expect(webgpu.device).toBe('WebGPU on Vulkan, vk_swiftshader')
    expect(found.driver).toContain('vk_swiftshader')
  })

  it('with a mistake in its driver is called wrong', async () => {
    const { parts } = partsWith(vulkanEnv(folder!, dir))
    const loaded = qualified(dir, { model, answer: (x) => Math.fround(1 / (1 + Math.exp(-x))) })
    const { openLane } = parts
    const found = await qualifyProviders(loaded, {
      ...parts,
      // The same lane, off by a thousandth: a driver with a mistake.
      openLane: (file, options) => {
        const lane = openLane(file, options)
        if (options?.provider !== 'webgpu') return lane
        const { infer } = lane
        lane.infer = async (...asked) => {
          const answer = await infer.apply(lane, asked)
          numbersOf(answer.outputs['probability']).data[0]! += 1e-3
          return answer
        }
        return lane
      },
    })
    expect(found.chosen).toBe('cpu')
    expect(found.reason).toBe(
      'WebGPU answers differently than the CPU: 7 of 8 golden vectors agree: CPU chosen.',
    )
  })

  it('serves in a lane of its own, and says that it did', async () => {
    const loaded = qualified(dir, { model })
    const env = vulkanEnv(folder!, dir)
    const lane = openProvenLane(loaded.modelFile, { provider: 'webgpu', lane: { env, threads: 1 } })
    try {
      expect((await lane.ready).provider).toBe('webgpu')
      const ask = (x: number) =>
        lane.infer(
          { rows: 1, inputs: { input: { data: Float32Array.of(x, 0), width: 2 } }, outputs: ['probability'] },
          30_000,
        )
      const first = await ask(1)
      expect(first.provider).toBe('webgpu')
      if (lane.status.state === 'ready') process.kill(lane.status.pid, 'SIGKILL')
      const second = await ask(1)
      const [a, b] = [first, second].map(({ outputs }) => numbersOf(outputs['probability']).data[0]!)
      expect(second.provider).toBe('cpu')
      expect(b).toBeCloseTo(a!, 5)
    } finally {
      await lane.close()
    }
  })

  it.each([
    { kind: 'hangs', why: /^WebGPU failed: it was not done within 2 s\.$/ },
    { kind: 'crashes', why: /^WebGPU failed: its process ended \(SIG\w+\)\.$/ },
    { kind: 'is none', why: /^WebGPU failed: no WebGPU device was found/ },
  ] as const)(
    'with a driver that $kind has failed within its deadline, and the CPU serves',
    async ({ kind, why }) => {
      const driver = await brokenDriver(kind, folder!, dir)
      const { parts } = partsWith(vulkanEnv(folder!, dir, driver))
      const found = await qualifyProviders(qualified(dir, { model }), {
        ...parts,
        ...(kind === 'hangs' && { deadlines: { trialMs: 2_000 } }),
      })
      expect(found.chosen).toBe('cpu')
      expect(found.trials.find(({ provider }) => provider === 'webgpu')).toMatchObject({
        result: 'failed',
        reason: expect.stringMatching(why),
      })
    },
  )
})
