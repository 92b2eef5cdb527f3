import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { swiftshaderFolder, vulkanEnv } from '#support/graphics.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

const folder = swiftshaderFolder()

/** A package that may run on WebGPU only, so that it is chosen although it is slower here. */
describe.skipIf(!folder)('a runtime whose model runs on WebGPU (SwiftShader)', () => {
  const before = { ...process.env }
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-runtime-'))
  let edge: TestEdge
  beforeAll(async () => {
    Object.assign(process.env, vulkanEnv(folder!, dir))
    edge = await startTestEdge()
  })
  afterAll(async () => {
    await edge.remove()
    for (const name of Object.keys(vulkanEnv(folder!, dir)))
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    rmSync(dir, { recursive: true, force: true })
  })

  const model = async () => (await (await edge.raw('GET', '/api/models/graphics')).json()) as ModelSummary
  const decide = async (from: number, count: number) => {
    const readings = Array.from({ length: count }, (_, k) => ({
      id: `r${from + k}`,
      asset: 'press-1',
      time: new Date(1_760_000_000_000 + 1000 * (from + k)).toISOString(),
      values: { a: (from + k) / 1000, b: 0 },
    }))
    const answer = await edge.raw('POST', '/api/models/graphics/readings', {
      body: JSON.stringify(readings),
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(200)
    return (await answer.json()) as Decision[]
  }

  it('serves on it, and loses no reading when its driver takes the lane down', async () => {
    await installOn(
      edge,
      await packaged({
        id: 'graphics',
        model: logistic({ weights: [1, 0], bias: 0 }),
        features: ['a', 'b'],
        edit: (manifest) => {
          manifest.hardware = { providers: ['webgpu'] }
        },
      }),
    )
    const running = (await model()).slots.running!
    expect(running.provider).toBe('webgpu')
    expect(running.qualification).toMatchObject({
      chosen: 'webgpu',
      reason: 'The package allows WebGPU only: WebGPU chosen.',
    })
    const first = await decide(0, 20)
    expect(new Set(first.map(({ provider }) => provider))).toEqual(new Set(['webgpu']))

    const lane = running.lane!
    if (lane.state !== 'ready') throw new Error(`the lane is ${lane.state}`)
    const answers = Array.from({ length: 20 }, (_, batch) => decide(100 + 20 * batch, 20))
    process.kill(lane.pid, 'SIGKILL')
    const all = (await Promise.all(answers)).flat()
    expect(all).toHaveLength(400)
    for (const [k, { probability, by, readingId }] of all.entries()) {
      expect([readingId, by]).toEqual([`r${100 + k}`, 'model'])
      expect(probability).toBeCloseTo(1 / (1 + Math.exp(-(100 + k) / 1000)), 4)
    }
    expect((await decide(900, 1))[0]!.provider).toBe('cpu')
    expect((await model()).slots.running!.provider).toBe('cpu')
    const audit = await (await edge.raw('GET', '/api/audit?limit=100')).text()
    expect(audit).toMatch(/WebGPU failed \([^"]*SIGKILL[^"]*\): the CPU answers/)
  })
})
