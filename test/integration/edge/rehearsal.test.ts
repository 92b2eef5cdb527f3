import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import { type Guardrail, rehearsalSchema } from '#core/contracts/guardrail.ts'
import { createGuardrails } from '#edge/deploy/guardrails/monitor.ts'
import { rehearse } from '#edge/deploy/guardrails/rehearse.ts'
import { resumeGuardrails } from '#edge/deploy/guardrails/resume.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { type BatchParts, batchOf, guardrailOf } from '#support/guardrails.ts'
import { manifestOf } from '#support/manifest.ts'
import { alert } from '../journal/records.ts'

const model = 'machine-failure'
const start = Date.parse('2026-11-14T06:00:00Z')
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

let work: ReturnType<typeof workFolder>
let journal: Journal
let nowMs = start
const open = () => openJournal(work.dir, { now: () => nowMs, randomUUID })
beforeEach(() => {
  work = workFolder()
  nowMs = start
  journal = open()
})
afterEach(async () => {
  await journal.close()
  work.remove()
})

async function arrive(atMs: number, parts: BatchParts): Promise<void> {
  nowMs = atMs
  await journal.write((tx) => tx.record(batchOf(parts)))
}
async function answer(
  atMs: number,
  alertId: string,
  said: FeedbackAnswer,
  rule = 'failure',
  of = model,
): Promise<void> {
  nowMs = atMs
  await journal.write((tx) => {
    tx.putAlert(alert(alertId, { rule, model: { id: of, version: '1.0.0', title: of } }))
    const body = { alertId, answer: said }
    tx.events('events', [{ kind: 'alert.feedback', timeMs: atMs, by: 'operator', body }])
  })
}
const over = (guardrails: Guardrail[], fromMs: number, toMs: number) =>
  rehearse({ journal, model, guardrails, fromMs, toMs, timeZone: 'UTC' })

describe('a rehearsal', () => {
  it('says when a guardrail would have fired, over hours in which nothing came', async () => {
    await arrive(start + 12 * minute, { normal: 8, failed: 4 })
    await arrive(start + 13 * minute, { normal: 100 })
    await arrive(start + 2 * day + 16 * hour + 40 * minute, { failed: 20 })
    const found = await over([guardrailOf()], start, start + 7 * day)
    expect(rehearsalSchema.parse(found)).toEqual(found)
    expect(found).toMatchObject({ readings: 132, versions: ['1.0.0'], missing: [], text: '' })
    expect(found.guardrails).toMatchObject([
      {
        times: 2,
        firings: [
          { at: '2026-11-14T06:12:00.000Z', until: '2026-11-14T06:13:00.000Z', value: 4 / 12, n: 12 },
          { at: '2026-11-16T22:40:00.000Z', until: null, value: 1, n: 20 },
        ],
        range: { min: 0, max: 1 },
        text: 'Would have fired twice in 7 days: 14 Nov 06:12, 16 Nov 22:40. It would still be firing.',
      },
    ])
  })

  it('begins before its stretch, so that the windows are full there, and leaves out what was over by then', async () => {
    const daily = guardrailOf({ when: { overS: 86_400 } })
    await arrive(start + hour, { failed: 10 })
    await arrive(start + 2 * hour, { normal: 90 })
    await arrive(start + 3 * hour, { failed: 10 })
    const found = await over([daily], start + 150 * minute, start + day)
    // 10 of 100 until the last batch: not crossed; with it 20 of 110. Of the stretch itself it is the only batch.
    expect(found.readings).toBe(10)
    expect(found.guardrails[0]).toMatchObject({
      firings: [{ at: '2026-11-14T09:00:00.000Z', until: null, n: 110 }],
      range: { min: 0.1 },
    })
    const standing = await over([daily], start + 90 * minute, start + 100 * minute)
    expect(standing.guardrails[0]!.firings).toMatchObject([{ at: '2026-11-14T07:00:00.000Z', until: null }])
  })

  it('counts the answers of people to alerts of this model, the last to each', async () => {
    const disagreement = guardrailOf({
      when: { metric: 'disagreement', above: 0.5, overS: 86_400, atLeast: 3 },
    })
    await arrive(start, { normal: 1 })
    await answer(start + hour, 'a', 'false')
    await answer(start + 2 * hour, 'b', 'false')
    await answer(start + 2.5 * hour, 'x', 'false', 'failure', 'other')
    await answer(start + 2.6 * hour, 'y', 'false', 'guardrail:errors')
    await answer(start + 3 * hour, 'c', 'real-acted')
    await answer(start + 4 * hour, 'a', 'real-known')
    const [found] = (await over([disagreement], start, start + day)).guardrails
    expect(found!.firings).toMatchObject([
      { at: '2026-11-14T09:00:00.000Z', until: '2026-11-14T10:00:00.000Z', value: 2 / 3, n: 3 },
    ])
  })

  it('says what it could not look at: dropped, damaged, not yet there', async () => {
    for (let h = 0; h < 6; h++) await arrive(start + h * hour, { normal: 9, failed: 1 })
    await journal.retain(model, 4 * hour - 1, start + 5 * hour)
    await journal.close()
    const db = new DatabaseSync(join(work.dir, 'journal.db'))
    db.exec('UPDATE blocks SET payload = zeroblob(9) WHERE stream = 3 AND first IN (31, 51)')
    db.close()
    journal = open()
    const found = await over([guardrailOf()], start - day, start + 6 * hour)
    expect(found.readings).toBe(20)
    expect(found.missing).toEqual([
      { from: '2026-11-14T06:00:00.000Z', to: '2026-11-14T07:00:00.000Z', readings: 20, why: 'retention' },
      { from: '2026-11-14T09:00:00.000Z', to: '2026-11-14T09:00:00.000Z', readings: 10, why: 'damaged' },
      { from: '2026-11-14T11:00:00.000Z', to: '2026-11-14T11:00:00.000Z', readings: 10, why: 'damaged' },
    ])
    expect(found.text).toBe(
      'The first reading came on 14 Nov 06:00. 20 readings between 14 Nov 06:00 and 14 Nov 07:00 were dropped after ' +
        'their time of retention and could not be looked at. 20 readings between 14 Nov 09:00 and 14 Nov 11:00 lie in ' +
        'damaged blocks and could not be looked at.',
    )
    expect(found.guardrails[0]!.text).toBe(
      'Would not have fired in 30 hours: it was never more than 10 % (fires above 10 %).',
    )
  })

  it('without enough readings says so, and with none', async () => {
    const nothing = await over([guardrailOf()], start, start + day)
    expect(nothing).toMatchObject({ readings: 0, text: 'There are no readings to look at in this time.' })
    expect(nothing.guardrails[0]).toMatchObject({
      range: null,
      times: 0,
      text: 'Could not be judged in 1 day: its window never held 10 readings.',
    })
  })

  it('keeps the first thousand firings and counts all', async () => {
    const flapping = guardrailOf({ when: { overS: 1, atLeast: 1 } })
    await journal.write((tx) => {
      for (let i = 0; i < 2100; i++) {
        nowMs = start + 2 * i * second
        tx.record(batchOf(i % 2 ? { normal: 1 } : { failed: 1 }))
      }
    })
    const [found] = (await over([flapping], start, start + 2 * hour)).guardrails
    expect([found!.times, found!.firings.length]).toEqual([1050, 1000])
    expect(found!.text).toMatch(/^Would have fired 1050 times in 2 hours: .* and 1047 more\.$/)
  })

  it('stops when nobody waits for it any more', async () => {
    for (let i = 0; i < 5; i++) await arrive(start + i * minute, { normal: 1 })
    const parts = {
      journal,
      model,
      guardrails: [guardrailOf()],
      fromMs: start,
      toMs: start + hour,
      timeZone: 'UTC',
    }
    await expect(rehearse({ ...parts, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
  })
})

describe('after a start of the runtime', () => {
  it('the windows of a version are filled with its own readings since it began to serve', async () => {
    const guardrails = [
      guardrailOf({ id: 'e', when: { overS: 4 * 3600 } }),
      guardrailOf({ id: 'd', when: { metric: 'disagreement', overS: 30 * 86_400, atLeast: 1 } }),
    ]
    await arrive(start, { failed: 50 })
    await arrive(start + 1 * hour, { failed: 7, version: '0.9.0' })
    await arrive(start + 2 * hour, { normal: 20 })
    await answer(start + 2 * hour, 'a', 'false')
    const startedMs = start + 4.5 * hour
    await arrive(start + 4 * hour, { normal: 8, failed: 2 })
    await arrive(startedMs, { normal: 1 })
    const manifest = { ...manifestOf({ id: model }), guardrails }
    const resumed = async (sinceMs: number) => {
      const monitor = createGuardrails(guardrails)
      monitor.observe(batchOf({ normal: 1 }), startedMs)
      const parts = { journal, sinceMs, startedMs, now: () => startedMs + second }
      const readings = await resumeGuardrails(monitor, manifest, parts)
      return [readings, monitor.status(startedMs + second).map(({ value, n }) => [value, n])]
    }
    expect(await resumed(start + minute)).toEqual([
      30,
      [
        [2 / 31, 31],
        [1, 1],
      ],
    ])
    // Longer ago than any window; the first 50 have left the one of errors.
    expect(await resumed(start - day)).toEqual([
      80,
      [
        [2 / 31, 31],
        [1, 1],
      ],
    ])
    expect(await resumed(start + 3 * hour)).toEqual([
      10,
      [
        [2 / 11, 11],
        [null, 0],
      ],
    ])
    expect(await resumed(startedMs)).toEqual([
      0,
      [
        [null, 1],
        [null, 0],
      ],
    ])
  })
})

describe('the runtime and a rehearsal', () => {
  it('fire and clear at the same seconds, whatever comes', async () => {
    const step = fc.record({
      gapMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2 * 3_600_000 })),
      normal: fc.integer({ min: 0, max: 6 }),
      failed: fc.integer({ min: 0, max: 6 }),
      rejected: fc.integer({ min: 0, max: 2 }),
      ms: fc.constantFrom(1, 20, 400),
      said: fc.constantFrom<FeedbackAnswer | undefined>(
        undefined,
        undefined,
        'false',
        'real-acted',
        'unsure',
      ),
      alert: fc.constantFrom('a', 'b', 'c'),
    })
    const guardrails = [
      guardrailOf({ id: 'e', forS: 7, when: { above: 0.3, clear: 0.1, overS: 70, atLeast: 5 } }),
      guardrailOf({ id: 'l', when: { metric: 'latency-p95', above: 100, overS: 3601, atLeast: 3 } }),
      guardrailOf({
        id: 'r',
        forS: 600,
        when: { metric: 'reject-rate', above: 0.05, overS: 1800, atLeast: 1 },
      }),
      guardrailOf({ id: 'd', when: { metric: 'disagreement', above: 0.4, overS: 7000, atLeast: 2 } }),
    ]
    let run = 0
    let fired = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        // Runs follow one another in one journal, each far enough from the one before.
        const beginMs = start + run++ * 30 * day
        const live = createGuardrails(guardrails)
        const lived: string[] = []
        let secondMs = beginMs
        const evaluateUntil = (atMs: number) => {
          for (; secondMs < atMs; secondMs += second)
            for (const { state, guardrail } of live.evaluate(secondMs))
              lived.push(`${new Date(secondMs).toISOString()} ${guardrail.id} ${state}`)
        }
        let atMs = beginMs
        for (const { gapMs, said, alert: alertId, ...parts } of steps) {
          atMs += gapMs + 1
          evaluateUntil(atMs)
          if (parts.normal + parts.failed + parts.rejected > 0) {
            await arrive(atMs, parts)
            live.observe(batchOf(parts), atMs)
          }
          if (said) {
            await answer(atMs, `${run}${alertId}`, said)
            live.feedback(said, atMs, `${run}${alertId}`)
          }
        }
        const endMs = beginMs + 10 * day
        evaluateUntil(Math.min(endMs, atMs + 3 * hour))
        const found = await over(guardrails, beginMs, endMs)
        const rehearsed = found.guardrails.flatMap(({ id, firings }) =>
          firings.flatMap(({ at, until }) => [
            `${at} ${id} fired`,
            ...(until === null ? [] : [`${until} ${id} cleared`]),
          ]),
        )
        expect(rehearsed.sort()).toEqual(lived.sort())
        fired += lived.length
      }),
      { numRuns: 25 },
    )
    expect(fired).toBeGreaterThan(25)
  })
})
