import { afterEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { crashing, logistic, refusing, slow } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

let edge: TestEdge
afterEach(() => edge.remove())

const reading = (a: number, asset = 'x') => ({ asset, time: new Date().toISOString(), values: { a, b: 0 } })
const decide = (readings: object[]) =>
  edge.client.json<Decision[]>('POST', '/api/models/m/readings', readings)
const lanePid = async () => {
  const { slots } = await edge.client.json<ModelDetail>('GET', '/api/models/m')
  return slots.running?.lane?.state === 'ready' ? slots.running.lane?.pid : undefined
}
async function start(model: Buffer, operation: object = {}): Promise<void> {
  edge = await startTestEdge()
  await installOn(
    edge,
    await packaged({
      id: 'm',
      model,
      features: ['a', 'b'],
      edit: (m) => Object.assign(m.operation, operation),
    }),
  )
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

describe('a lane', () => {
  it('killed again and again in the middle of readings is back, and no reading is lost or decided wrongly', async () => {
    await start(logistic({ weights: [1, 1], bias: 0 }))
    let kills = 0
    const answers: Decision[][] = []
    for (let round = 0; round < 20; round++) {
      const pending = decide(Array.from({ length: 50 }, (_, i) => reading(i / 10, `x${round}`)))
      if (round % 4 === 1) {
        const pid = await lanePid()
        if (pid !== undefined) {
          process.kill(pid, 'SIGKILL')
          kills += 1
        }
      }
      answers.push(await pending)
    }
    expect(kills).toBeGreaterThan(2)
    for (const decisions of answers)
      for (const [i, d] of decisions.entries()) expect(d.probability).toBeCloseTo(sigmoid(i / 10), 5)
  })

  it('a reading that the model refuses is answered, and so are its neighbours', async () => {
    await start(refusing({ inputs: 2, badValue: 7 }))
    const [a, bad, c] = await decide([reading(1), reading(7), reading(2)])
    expect([a?.probability, c?.probability].map((p) => p?.toFixed(4))).toEqual([
      sigmoid(1).toFixed(4),
      sigmoid(2).toFixed(4),
    ])
    expect(bad).toMatchObject({ verdict: 'abstain', quality: [{ code: 'inference-failed' }] })
  })

  it.runIf(process.arch === 'x64')(
    'a reading that kills the model is answered, and the next one too',
    async () => {
      await start(crashing({ inputs: 2, badValue: 7 }))
      const [bad] = await decide([reading(7)])
      expect(bad).toMatchObject({
        verdict: 'abstain',
        quality: [{ code: 'inference-failed', message: expect.stringContaining('crashed') }],
      })
      expect((await decide([reading(1)]))[0]?.probability).toBeCloseTo(sigmoid(1), 5)
    },
  )

  it('an inference that does not end stops neither the API nor the clock of events', async () => {
    await start(logistic({ weights: [1, 1], bias: 0 }), { deadlineMs: 60_000 })
    const pid = await lanePid()
    // However long the requests take: an inference in a process that stands still outlasts them.
    process.kill(pid!, 'SIGSTOP')
    let done = false
    const pending = decide([reading(3)]).finally(() => {
      done = true
    })
    for (let i = 0; i < 20; i++) expect((await edge.raw('GET', '/api/status')).status).toBe(200)
    expect(done).toBe(false)
    process.kill(pid!, 'SIGCONT')
    expect((await pending)[0]?.probability).toBeCloseTo(sigmoid(3), 5)
  })

  it('an inference past its deadline is given up, answered, and the next one is decided', async () => {
    await start(slow({ inputs: 2, iterations: 100_000, above: 100 }), { deadlineMs: 1500 })
    const [bad] = await decide([reading(101)])
    expect(bad).toMatchObject({
      verdict: 'abstain',
      quality: [{ code: 'deadline-exceeded', message: expect.stringContaining('1500 ms') }],
    })
    expect((await decide([reading(1)]))[0]?.probability).toBeCloseTo(sigmoid(1), 5)
  })
})
