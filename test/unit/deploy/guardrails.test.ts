import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Guardrail, guardrailSchema } from '#core/contracts/guardrail.ts'
import { createGuardrails, type Firing } from '#edge/deploy/guardrails/monitor.ts'
import { type BatchParts, batchOf, guardrailOf } from '#support/guardrails.ts'

const start = Date.parse('2026-11-14T06:00:00Z')
const at = (s: number) => start + s * 1000

/** Runs [second, batch] through one guardrail, evaluated each second; what it did, as [state, second, value, n]. */
function run(guardrail: Guardrail, batches: [s: number, parts: BatchParts][], untilS: number) {
  const monitor = createGuardrails([guardrailSchema.parse(guardrail)])
  const did: [Firing['state'], number, number, number][] = []
  for (let s = 0; s <= untilS; s++) {
    for (const [when, parts] of batches) if (when === s) monitor.observe(batchOf(parts), at(s))
    for (const { state, value, n } of monitor.evaluate(at(s))) did.push([state, s, value, n])
  }
  return { did, status: monitor.status(at(untilS))[0]! }
}

/** What one metric says of these batches, all within its window. */
function measured(when: Partial<Guardrail['when']>, ...batches: BatchParts[]) {
  const monitor = createGuardrails([guardrailOf({ when: { atLeast: 1, ...when } })])
  for (const parts of batches) monitor.observe(batchOf(parts), start)
  const { value, n } = monitor.status(start)[0]!
  return [value, n]
}

describe('what the metrics count', () => {
  it('error-rate: what the model should have answered and did not; rejected and abstained readings are not its fault', () => {
    const all = { normal: 6, alert: 2, failed: 2, abstained: 5, rejected: 50 }
    expect(measured({ metric: 'error-rate' }, all)).toEqual([0.2, 10])
    for (const failure of ['deadline-exceeded', 'no-model', 'output-not-finite'] as const)
      expect(measured({ metric: 'error-rate' }, { normal: 1, failed: 1, failure })).toEqual([0.5, 2])
    expect(measured({ metric: 'error-rate' }, { normal: 1, failed: 1, failure: 'image-blank' })).toEqual([
      0, 1,
    ])
  })

  it('error-rate counts a reading that rules answered in the place of the model', () => {
    const ruled = batchOf({ normal: 8, failed: 2 })
    ruled.verdicts[8] = 0
    ruled.verdicts[9] = 1
    const monitor = createGuardrails([
      guardrailOf({ when: { atLeast: 1 } }),
      guardrailOf({ id: 'alerts', when: { metric: 'alert-rate', above: 0.5, atLeast: 1 } }),
    ])
    monitor.observe(ruled, start)
    expect(monitor.status(start).map(({ value, n }) => [value, n])).toEqual([
      [0.2, 10],
      [0, 8],
    ])
  })

  it('alert-rate and reject-rate', () => {
    const all = { normal: 6, alert: 2, failed: 2, abstained: 5, rejected: 5 }
    expect(measured({ metric: 'alert-rate' }, all)).toEqual([0.25, 8])
    expect(measured({ metric: 'reject-rate' }, all)).toEqual([0.25, 20])
  })

  it('null-rate: of the feature that is named, or of the one that lacks most; not of rejected readings', () => {
    const lacking = { normal: 10, missing: { temperature: 2, speed: 5 } }
    expect(measured({ metric: 'null-rate', feature: 'temperature' }, lacking)).toEqual([0.2, 10])
    expect(measured({ metric: 'null-rate' }, lacking)).toEqual([0.5, 10])
    expect(measured({ metric: 'null-rate', feature: 'torque' }, lacking)).toEqual([null, 0])
    expect(measured({ metric: 'null-rate' }, { rejected: 4, missing: { speed: 4 } })).toEqual([null, 0])
    // A feature that only the next version has: few readings say nothing of it yet.
    const other = { normal: 2, features: ['torque'], missing: { torque: 2 } }
    expect(measured({ metric: 'null-rate', atLeast: 3 }, lacking, other)).toEqual([0.5, 10])
    const monitor = createGuardrails([guardrailOf({ when: { metric: 'null-rate' } })])
    monitor.observe(batchOf(lacking), start)
    expect(monitor.evaluate(start)).toMatchObject([{ feature: 'speed', value: 0.5 }])
  })

  it('latency-p95 within 1 %, of every reading that was not rejected', () => {
    const ms = [...Array.from({ length: 94 }, () => 2), ...Array.from({ length: 6 }, () => 300)]
    const [p95, n] = measured({ metric: 'latency-p95', above: 100 }, { normal: 100, ms })
    expect(Math.abs(p95! - 300)).toBeLessThanOrEqual(3)
    expect(n).toBe(100)
    const rejected = { normal: 2, rejected: 8, ms: [2, 3, ...Array.from({ length: 8 }, () => 900)] }
    expect(measured({ metric: 'latency-p95', above: 100 }, rejected)[1]).toBe(2)
  })

  it('disagreement: the last answer to each alert; "unsure" and "bad data" say nothing', () => {
    const monitor = createGuardrails([guardrailOf({ when: { metric: 'disagreement', atLeast: 1 } })])
    const said = () => {
      const { value, n } = monitor.status(start)[0]!
      return [value, n]
    }
    for (const answer of ['real-acted', 'real-known', 'unsure', 'bad-data'] as const)
      monitor.feedback(answer, start)
    expect(said()).toEqual([0, 2])
    monitor.feedback('false', start, 'a')
    monitor.feedback('false', start, 'b')
    expect(said()).toEqual([0.5, 4])
    monitor.feedback('real-known', start, 'a')
    expect(said()).toEqual([0.25, 4])
    monitor.feedback('unsure', start, 'b')
    expect(said()).toEqual([0, 3])
  })
})

describe('a guardrail', () => {
  it('fires once, with the figures that fired it, and is over when the window says so', () => {
    const { did } = run(
      guardrailOf(),
      [
        [5, { normal: 8, failed: 2 }],
        [90, { normal: 20 }],
      ],
      200,
    )
    expect(did).toEqual([
      ['fired', 5, 0.2, 10],
      ['cleared', 90, 0, 20],
    ])
    const monitor = createGuardrails([guardrailOf()])
    monitor.observe(batchOf({ failed: 10 }), at(5))
    expect(monitor.evaluate(at(6))[0]).toMatchObject({
      from: '2026-11-14T05:59:06.000Z',
      to: '2026-11-14T06:00:06.000Z',
      guardrail: { id: 'errors' },
    })
    expect(monitor.evaluate(at(7))).toEqual([])
  })

  it('says nothing before its window holds enough, and never clears on silence', () => {
    expect(run(guardrailOf(), [[0, { failed: 9 }]], 100).did).toEqual([])
    const { did, status } = run(
      guardrailOf(),
      [
        [0, { failed: 10 }],
        [80, { normal: 9 }],
      ],
      400,
    )
    expect(did).toEqual([['fired', 0, 1, 10]])
    expect(status).toMatchObject({ state: 'firing', value: null, n: 0, since: new Date(start).toISOString() })
  })

  it('a limit that is met exactly is not crossed', () => {
    expect(run(guardrailOf(), [[0, { normal: 9, failed: 1 }]], 9).did).toEqual([])
    const below = guardrailOf({ when: { metric: 'alert-rate', below: 0.2, atLeast: 5 } })
    expect(run(below, [[0, { normal: 8, alert: 2 }]], 9).did).toEqual([])
    expect(run(below, [[0, { normal: 9, alert: 1 }]], 9).did).toEqual([['fired', 0, 0.1, 10]])
  })

  it('must hold for as long as it says, without a break', () => {
    const patient = guardrailOf({ forS: 30, when: { overS: 12 } })
    const bad = (s: number): [number, BatchParts] => [s, { failed: 10 }]
    const steady = [0, 10, 20, 30, 40].map(bad)
    expect(run(patient, steady, 45).did).toEqual([['fired', 30, 1, 20]])
    expect(run(patient, steady, 29)).toMatchObject({ did: [], status: { state: 'pending', n: 10 } })
    // At 20 s its window says otherwise, at 32 s it has left: it waits anew.
    const broken = [
      bad(0),
      bad(10),
      [20, { normal: 500 }] as [number, BatchParts],
      bad(33),
      bad(43),
      bad(53),
      bad(63),
    ]
    expect(run(patient, broken, 70).did).toEqual([['fired', 63, 1, 20]])
    // Silence breaks it as well: what is not known does not hold.
    expect(run(patient, [bad(0), bad(10), bad(30), bad(40)], 50).did).toEqual([])
  })

  it('is over only at its clear level or beyond', () => {
    const sticky = guardrailOf({ when: { above: 0.5, clear: 0.2, overS: 1 } })
    const rate = (s: number, failed: number): [number, BatchParts] => [s, { normal: 10 - failed, failed }]
    const stream = [rate(0, 6), rate(2, 4), rate(4, 6), rate(6, 3), rate(8, 2), rate(10, 6)]
    expect(run(sticky, stream, 12).did.map(([state, s]) => [state, s])).toEqual([
      ['fired', 0],
      ['cleared', 8],
      ['fired', 10],
    ])
    // A clear level on the wrong side of the limit would make it flap: it counts as the limit.
    const wrong = guardrailOf({ when: { above: 0.5, clear: 0.9, overS: 1 } })
    expect(run(wrong, [rate(0, 6), rate(2, 6), rate(4, 5)], 6).did.map(([state, s]) => [state, s])).toEqual([
      ['fired', 0],
      ['cleared', 4],
    ])
  })

  it('goes on as firing after a restart: it fires no second time, and clears', () => {
    const since = new Date(at(-100)).toISOString()
    const monitor = createGuardrails([guardrailOf()], [{ id: 'errors', since }])
    monitor.observe(batchOf({ failed: 10 }), start)
    expect(monitor.evaluate(start)).toEqual([])
    expect(monitor.status(start)[0]).toMatchObject({ state: 'firing', since })
    monitor.observe(batchOf({ normal: 10 }), at(70))
    expect(monitor.evaluate(at(70))).toMatchObject([{ state: 'cleared' }])
  })

  it('a clock that is set back hides nothing and waits no longer', () => {
    const monitor = createGuardrails([guardrailOf({ forS: 20 })])
    monitor.observe(batchOf({ failed: 10 }), at(1000))
    monitor.evaluate(at(1000))
    // A little: the window stands still, and goes on.
    monitor.observe(batchOf({ failed: 10 }), at(990))
    expect(monitor.status(at(990))[0]).toMatchObject({ value: 1, n: 20 })
    expect(monitor.evaluate(at(995))).toEqual([])
    expect(monitor.evaluate(at(1015))).toMatchObject([{ state: 'fired' }])
    // By years: what was seen in that future is let go.
    monitor.observe(batchOf({ normal: 30 }), at(-1e6))
    expect(monitor.evaluate(at(-1e6))).toMatchObject([{ state: 'cleared', n: 30 }])
  })
})

describe('for any stream', () => {
  const stream = fc.array(
    fc.record({
      gapS: fc.integer({ min: 0, max: 90 }),
      normal: fc.integer({ min: 0, max: 20 }),
      failed: fc.integer({ min: 0, max: 20 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  const guardrail = fc
    .record({
      above: fc.constantFrom(0.1, 0.3, 0.5),
      clear: fc.constantFrom(undefined, 0.05, 0.1),
      overS: fc.constantFrom(1, 7, 60, 600),
      atLeast: fc.integer({ min: 1, max: 30 }),
      forS: fc.constantFrom(0, 5, 40),
    })
    .map(({ forS, clear, ...when }) =>
      guardrailOf({ forS, when: { ...when, ...(clear !== undefined && { clear }) } }),
    )
  /** Second by second: what it did, and what its window said. */
  function follow(rules: Guardrail, parts: { gapS: number; normal: number; failed: number }[]) {
    const monitor = createGuardrails([rules])
    const seen: { s: number; value: number | null; did: Firing | undefined }[] = []
    let s = 0
    for (const { gapS, normal, failed } of parts) {
      for (const end = s + gapS; s < end; s++) {
        const did = monitor.evaluate(at(s))[0]
        seen.push({ s, value: monitor.measured()[0]!.value, did })
      }
      if (normal + failed > 0) monitor.observe(batchOf({ normal, failed }), at(s))
    }
    return seen
  }

  it('never fires where the metric never crosses, or not for long enough', () => {
    fc.assert(
      fc.property(guardrail, stream, (rules, parts) => {
        let beyondS = 0
        for (const { value, did } of follow(rules, parts)) {
          beyondS = value !== null && value > rules.when.above! ? beyondS + 1 : 0
          if (did?.state === 'fired') expect(beyondS).toBeGreaterThan(rules.forS)
        }
      }),
    )
  })

  it('fires and clears by turns, always does, and clears only at its clear level', () => {
    fc.assert(
      fc.property(guardrail, stream, (rules, parts) => {
        let fires = false
        let beyondS = 0
        for (const { value, did } of follow(rules, parts)) {
          const over = value !== null && value <= Math.min(rules.when.clear ?? 1, rules.when.above!)
          beyondS = value !== null && value > rules.when.above! ? beyondS + 1 : 0
          if (fires) expect(did?.state).toBe(over ? 'cleared' : undefined)
          else expect(did?.state).toBe(beyondS > rules.forS ? 'fired' : undefined)
          fires = did ? did.state === 'fired' : fires
        }
      }),
    )
  })

  it('its window holds what came in its length, give or take a 120th', () => {
    fc.assert(
      fc.property(guardrail, stream, (rules, parts) => {
        const monitor = createGuardrails([{ ...rules, when: { ...rules.when, atLeast: 1 } }])
        const all: { atMs: number; n: number }[] = []
        let nowMs = start
        for (const { gapS, normal, failed } of parts) {
          nowMs += gapS * 1000
          if (normal + failed === 0) continue
          monitor.observe(batchOf({ normal, failed }), nowMs)
          all.push({ atMs: nowMs, n: normal + failed })
          const within = (ms: number) =>
            all.reduce((sum, { atMs, n }) => (nowMs - atMs < ms ? sum + n : sum), 0)
          const lengthMs = rules.when.overS * 1000
          const { n } = monitor.status(nowMs)[0]!
          expect(n).toBeGreaterThanOrEqual(within(lengthMs * (119 / 120)))
          expect(n).toBeLessThanOrEqual(within(lengthMs))
        }
      }),
    )
  })

  it('a monitor that takes in the one before it says what one that saw all would say', () => {
    const metrics = ['error-rate', 'null-rate', 'latency-p95', 'disagreement'] as const
    fc.assert(
      fc.property(stream, fc.nat(40), fc.constantFrom(7, 60, 600), (parts, cut, overS) => {
        const guardrails = metrics.map((metric) =>
          guardrailOf({ id: metric, when: { metric, overS, atLeast: 1 } }),
        )
        const [all, earlier, later] = [0, 1, 2].map(() => createGuardrails(guardrails))
        let nowMs = start
        for (const [i, { gapS, normal, failed }] of parts.entries()) {
          nowMs += gapS * 1000
          const batch = batchOf({ normal, failed: failed + 1, ms: 1 + normal, missing: { speed: failed } })
          for (const monitor of [all!, i < cut ? earlier! : later!]) {
            monitor.observe(batch, nowMs)
            monitor.feedback(normal > 9 ? 'false' : 'real-acted', nowMs, `alert-${i % 5}`)
          }
        }
        later!.absorb(earlier!, nowMs)
        expect(later!.status(nowMs)).toEqual(all!.status(nowMs))
        expect(later!.status(nowMs + overS * 500)).toEqual(all!.status(nowMs + overS * 500))
      }),
    )
  })
})
