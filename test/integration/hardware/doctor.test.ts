import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Qualification } from '#core/contracts/hardware.ts'
import { createHardware, type HardwareFigures } from '#edge/hardware/hardware.ts'
import { edgewright } from '#support/command.ts'
import { workFolder } from '#support/drafts.ts'
import { startTestEdge } from '#support/edge.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

let work: ReturnType<typeof workFolder>
beforeEach(() => {
  work = workFolder()
})
afterEach(() => work.remove())

it('doctor proves the CPU with arithmetic of its own, and says how fast it is', async () => {
  const json = await edgewright(work.dir, 'doctor', '--json')
  expect(json.status, json.stderr).toBe(0)
  const found = JSON.parse(json.stdout) as { proof: Qualification; providers: { name: string }[] }
  expect(found.providers.map(({ name }) => name)).toContain('cpu')
  const [cpu, ...others] = found.proof.trials
  expect(cpu).toMatchObject({ provider: 'cpu', golden: { passed: 8, of: 8 } })
  expect(cpu!.largestDifference).toBeGreaterThan(0) // it was computed twice, not copied
  expect(others.length).toBeGreaterThan(0)
  for (const { reason } of others) expect(reason).toMatch(/^[A-Z].*\.$/)

  const text = await edgewright(work.dir, 'doctor')
  expect(text.stdout).toMatch(/CPU {7}\w+: [\d.]+ ms for a row, [\d.]+ ms for 16; 8 of 8 answers right/)
  expect(text.stdout).toContain(' chosen.')
})

it('GET /api/hardware answers figures, what onnxruntime lists, and what each model was qualified for', async () => {
  const edge = await startTestEdge()
  try {
    const features = ['a', 'b']
    const model = logistic({ weights: [1, -1], bias: 0 })
    await installOn(edge, await packaged({ id: 'probe', model, features }))
    const found = (await (await edge.raw('GET', '/api/hardware')).json()) as HardwareFigures & {
      onnxruntime: string
      providers: { name: string; bundled: boolean }[]
      qualifications: { id: string; version: string; qualification: Qualification }[]
    }
    expect(found.cpu.usable).toBeGreaterThan(0)
    expect(found.providers).toContainEqual({ name: 'cpu', bundled: true })
    expect(found.qualifications).toMatchObject([{ id: 'probe', version: '1.0.0' }])
    const { qualification } = found.qualifications[0]!
    expect(qualification.onnxruntime).toBe(found.onnxruntime)
    expect(qualification.trials[0]).toMatchObject({ provider: 'cpu' })
    expect(qualification.trials[0]!.latency!.oneMs).toBeGreaterThan(0)
    expect(qualification.reason).toMatch(/ chosen.*\.$/)
  } finally {
    await edge.remove()
  }
})

it('what could not be found out is asked again, and what was found out is not', async () => {
  const answers = [new Error('no memory'), { onnxruntime: '1', providers: [] }]
  let asked = 0
  const hardware = createHardware('/', Date.now, async () => {
    const answer = answers[asked++]!
    if (answer instanceof Error) throw answer
    return answer
  })
  await expect(hardware.listed()).rejects.toThrow('no memory')
  await hardware.listed()
  await hardware.listed()
  expect(asked).toBe(2)
})
