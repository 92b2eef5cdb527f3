import { describe, expect, it } from 'vitest'
import { type Comparison, comparisonSchema } from '#core/contracts/comparison.ts'
import { ComparisonTracker, type TrackerParts } from '#edge/deploy/shadow/comparison-tracker.ts'
import { alertOf, challenger, champion, ownRows, type Row, recordOf, startMs } from './shadow-fixture.ts'

const dayMs = 24 * 3600_000
const begin: TrackerParts = { mode: 'shadow', champion, challenger, nowMs: startMs }

/** Puts the same readings to both; a score of the challenger's per row. */
function pairAll(tracker: ComparisonTracker, rows: Row[], scores: (number | undefined)[], tookMs = 5) {
  const other = recordOf(
    challenger,
    rows.map(({ score: _, ...row }, k) => ({ ...row, ...(scores[k] !== undefined && { score: scores[k] }) })),
    tookMs,
  )
  return ownRows(rows, 2).map((own, k) => tracker.pair(own, other, k, [(scores[k] ?? 0) >= 0.5]))
}

/** `n` alerts, a machine each, that the challenger says too or not, answered so. */
function answered(
  tracker: ComparisonTracker,
  from: number,
  n: number,
  says: boolean,
  answer: 'real-acted' | 'false',
) {
  for (let k = from; k < from + n; k++) {
    const asset = `Mill ${k}`
    const ms = k * 1000
    pairAll(tracker, [{ asset, ms, score: 0.9 }], [says ? 0.8 : 0.1])
    const parts = { id: `a${k}`, asset, raised: ms }
    tracker.alertChanged(alertOf(parts))
    tracker.alertChanged(alertOf({ ...parts, answer, answered: ms + 60_000 }))
    tracker.settle(Number.POSITIVE_INFINITY)
  }
}

const valid = (comparison: Comparison) => comparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))

describe('a comparison in shadow', () => {
  it('counts what both answered, where they agree, and each side by itself', () => {
    const tracker = new ComparisonTracker(begin)
    const rows = [0.1, 0.9, 0.9, 0.2, undefined].map((score, k) => ({
      asset: `Mill ${k}`,
      ms: 1000 * k,
      ...(score !== undefined && { score }),
    }))
    pairAll(tracker, rows, [0.2, 0.8, 0.3, undefined, 0.1])
    tracker.skip(ownRows([{ ms: 9000, score: 0.1 }]))
    const report = valid(tracker.report(startMs + dayMs))
    expect(report).toMatchObject({ mode: 'shadow', compared: 3, agreed: 2, skipped: 1 })
    expect(report.champion).toMatchObject({ version: '1.0.0', readings: 6, abstained: 1, alertRate: 2 / 5 })
    expect(report.challenger).toMatchObject({ version: '1.1.0', readings: 5, abstained: 1, alertRate: 1 / 4 })
    expect(report.challenger.p50Ms).toBeGreaterThan(4.9)
    expect(report.challenger.p95Ms).toBeLessThan(5.1)
    expect(report.verdict).toMatchObject({ state: 'undecided', labels: 0, days: 1 })
    expect(report.verdict.reason).toBe('Not decided: nobody has answered an alert of 1.0.0 yet.')
  })

  it('keeps the newest fifty cases, newest first, with what each said', () => {
    const tracker = new ComparisonTracker(begin)
    for (let k = 0; k < 60; k++)
      pairAll(tracker, [{ asset: `Mill ${k}`, ms: 1000 * k, score: 0.875 }], [0.125])
    const { cases } = valid(tracker.report(startMs))
    expect(cases).toHaveLength(50)
    expect(cases[0]).toEqual({
      readingId: '01234567.1',
      asset: 'Mill 59',
      time: new Date(startMs + 59_000).toISOString(),
      champion: { verdict: 'alert', probability: 0.875 },
      challenger: { verdict: 'normal', probability: 0.125 },
    })
  })

  it('shows a difference that lasts once a minute', () => {
    const tracker = new ComparisonTracker(begin)
    const rows = Array.from({ length: 150 }, (_, s) => ({ ms: 1000 * s, score: 0.9 }))
    const shown = pairAll(tracker, rows, new Array<number>(150).fill(0.1))
    expect(shown.flatMap((one, s) => (one ? [s] : []))).toEqual([0, 60, 120])
    expect(tracker.report(startMs)).toMatchObject({ compared: 150, agreed: 0 })
  })

  it('promotes by the sequential test, says why, and what it does not know', () => {
    const tracker = new ComparisonTracker(begin)
    answered(tracker, 0, 14, false, 'false')
    answered(tracker, 20, 1, false, 'real-acted')
    answered(tracker, 30, 18, true, 'real-acted')
    pairAll(tracker, [{ asset: 'Press', ms: 1, score: 0.1 }], [0.9])
    pairAll(tracker, [{ asset: 'Press', ms: 2, score: 0.1 }], [0.2])
    const early = tracker.report(startMs + 6 * dayMs).verdict
    expect(early).toMatchObject({ state: 'undecided', wins: 14, losses: 1, labels: 33 })
    expect(early.reason).toMatch(/^Not decided: 6 of 7 days\./)
    const report = valid(tracker.report(startMs + 8 * dayMs))
    expect(report.verdict.state).toBe('promote')
    expect(report.verdict.e).toBeGreaterThan(20)
    expect(report.verdict.reason).toBe(
      '1.1.0 is better: of 15 answered alerts about which the two disagree, 1.1.0 was right in 14 and 1.0.0 in 1 (evidence 270, 20 decides; 33 labels in 8 days). Only alerts that 1.0.0 raised and people answered are labelled. 1.1.0 alone would have raised 1 more, which nobody has judged.',
    )
    expect(report.champion.feedback).toEqual({ real: 19, false: 14 })
    expect(report.challenger.feedback).toEqual({ real: 18, false: 0 })
  })

  it('keeps the champion where it was right', () => {
    const tracker = new ComparisonTracker(begin)
    answered(tracker, 0, 40, false, 'real-acted')
    const { verdict } = tracker.report(startMs + 8 * dayMs)
    expect(verdict.state).toBe('keep')
    expect(verdict.reason).toMatch(/^1\.0\.0 is better and should stay/)
  })

  it('says of a challenger that only ever is silent that this proves little', () => {
    const tracker = new ComparisonTracker(begin)
    answered(tracker, 0, 40, false, 'false')
    expect(tracker.report(startMs + 8 * dayMs).verdict.reason).toContain(
      '1.1.0 was silent at every one of them, so whether it would find a real one is not known.',
    )
  })

  it('goes on after a start, for the same two versions only', () => {
    const tracker = new ComparisonTracker(begin)
    answered(tracker, 0, 20, false, 'false')
    const stored = JSON.parse(JSON.stringify(tracker.toJSON(true)))
    const later = { ...begin, nowMs: startMs + 3 * dayMs }
    const again = ComparisonTracker.fromJSON(later, stored)
    expect(again.report(startMs + 8 * dayMs)).toEqual(tracker.report(startMs + 8 * dayMs))
    const other = ComparisonTracker.fromJSON(
      { ...later, challenger: { ...challenger, version: '1.2.0' } },
      stored,
    )
    expect(other.report(startMs + 8 * dayMs)).toMatchObject({ compared: 0, verdict: { labels: 0, days: 5 } })
    const canary = ComparisonTracker.fromJSON({ ...later, mode: 'canary' }, stored)
    expect(canary.isResumed).toBe(false)
  })

  it('counts no silence over a stretch that a kill took', () => {
    for (const isClosed of [true, false]) {
      const tracker = new ComparisonTracker(begin)
      pairAll(tracker, [{ ms: 0, score: 0.9 }], [0.1])
      tracker.alertChanged(alertOf({ raised: 0 }))
      const again = ComparisonTracker.fromJSON(
        { ...begin, nowMs: startMs + 60_000 },
        JSON.parse(JSON.stringify(tracker.toJSON(isClosed))),
      )
      again.alertChanged(alertOf({ raised: 0, answer: 'false', answered: 120_000 }))
      again.settle(Number.POSITIVE_INFINITY)
      expect(again.report(startMs).verdict.wins).toBe(isClosed ? 1 : 0)
    }
  })

  it('gives each stretch of time its own window', () => {
    const tracker = new ComparisonTracker(begin)
    pairAll(tracker, [{ ms: 0, score: 0.9 }], [0.1])
    expect(tracker.takeWindow()).toMatchObject({ id: champion.id, compared: 1, agreed: 0 })
    expect(tracker.takeWindow()).toBeUndefined()
    pairAll(tracker, [{ ms: 1, score: 0.9 }], [0.9])
    expect(tracker.takeWindow()).toMatchObject({ compared: 1, agreed: 1, challenger: { alertRate: 1 } })
    expect(tracker.report(startMs)).toMatchObject({ compared: 2, agreed: 1 })
  })
})

describe('a comparison in a canary', () => {
  const canary = () => new ComparisonTracker({ ...begin, mode: 'canary' })

  it('has two sides and no pairs, and says why it decides nothing', () => {
    const tracker = canary()
    tracker.observe(
      recordOf(champion, [
        { ms: 0, score: 0.9 },
        { ms: 1, score: 0.1 },
      ]),
    )
    tracker.observe(recordOf(challenger, [{ ms: 0, score: 0.1 }]))
    tracker.observe(recordOf({ ...champion, version: '0.9.0' }, [{ ms: 0, score: 0.1 }]))
    const report = valid(tracker.report(startMs + 30 * dayMs))
    expect(report).toMatchObject({ compared: 0, champion: { readings: 2 }, challenger: { readings: 1 } })
    expect(report.verdict.state).toBe('undecided')
    expect(report.verdict.reason).toMatch(/each reading is answered by one version only/)
  })

  it('counts feedback on the side whose alert it was, once, and as corrected', () => {
    const tracker = canary()
    for (const [id, version] of [
      ['a1', '1.0.0'],
      ['a2', '1.1.0'],
    ] as const) {
      tracker.alertChanged(alertOf({ id, version, raised: 1 }))
      tracker.alertChanged(alertOf({ id, version, raised: 1, answer: 'false' }))
      tracker.alertChanged(alertOf({ id, version, raised: 1, cleared: 5, answer: 'false' }))
    }
    tracker.alertChanged(alertOf({ id: 'a2', version: '1.1.0', raised: 1, answer: 'real-known' }))
    const { champion: one, challenger: other } = tracker.report(startMs)
    expect([one.feedback, other.feedback]).toEqual([
      { real: 0, false: 1 },
      { real: 1, false: 0 },
    ])
  })
})
