import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertRule } from '#core/contracts/manifest.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { decisionAt } from '#edge/decide/decision-at.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

let nowMs: number
let work: ReturnType<typeof workFolder>
let journal: Journal
const failures: unknown[] = []

beforeEach(() => {
  nowMs = Date.parse('2026-11-24T14:00:00Z')
  work = workFolder()
  journal = openJournal(work.dir, { now: () => nowMs, randomUUID })
})
afterEach(async () => {
  await journal.close()
  work.remove()
  expect(failures.splice(0)).toEqual([])
})

/** A model with the alert rules "failure", on whose "a" a fallback rule looks, and "other", of which none speaks. */
function modelOf(failure: Partial<AlertRule> = {}) {
  const manifest = manifestOf({
    alerts: [ruleOf(failure), ruleOf({ id: 'other', raise: 0.95, clear: 0.9, priority: 'low' })],
    fallback: { rules: [{ when: 'a > 90.0', alert: 'failure' }] },
  })
  const decider = createDecider(manifest, baseline)
  const desk = new AlertDesk({
    journal,
    now: () => nowMs,
    randomUUID,
    failed: (error) => failures.push(error),
  })
  desk.watch(manifest, decider)
  /** One reading, a second after the one before; `p` is what the model said, null: nothing. */
  async function decide(a: number, p: number | null) {
    nowMs += 1000
    const reading = {
      id: `r${nowMs}`,
      asset: 'mill',
      time: new Date(nowMs).toISOString(),
      values: { a, b: 0 },
    }
    const checked = createValidator(manifest).check([reading], nowMs)
    const answered = { raw: { p: { data: Float32Array.of(p ?? 0), width: 1 } }, at: Int32Array.of(0) }
    const missed = { raw: undefined, at: Int32Array.of(-1) }
    const mark = { code: 'no-model' as const, message: 'the model cannot run' }
    const record = decider.decide(
      checked,
      {
        ...(p === null ? missed : answered),
        failures: new Map(p === null ? [[0, mark]] : []),
        provider: p === null ? 'none' : 'cpu',
      },
      1,
    )
    const changes = desk.observe(record)
    const placed = await journal.write((tx) => {
      const at = tx.record(record)
      desk.write(tx, changes, record, at)
      return at
    })
    desk.announce(changes)
    return decisionAt(record, 0, placed)
  }
  return { desk, decide }
}
const baseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
const alerts = () => journal.alerts({ limit: 10 }).alerts

describe('alarms while fallback rules decide', () => {
  it('raise an alert that says so and has no score, and clear it again', async () => {
    const { desk, decide } = modelOf()
    expect(await decide(50, null)).toMatchObject({ verdict: 'normal', by: 'rules' })
    const raising = await decide(95, null)
    expect(raising).toMatchObject({ verdict: 'alert', by: 'rules', quality: [{ code: 'no-model' }] })
    expect(alerts()).toMatchObject([
      { id: raising.alertId, rule: 'failure', by: 'rules', score: null, readingId: raising.readingId },
    ])
    expect(alerts()[0]).not.toHaveProperty('interval')
    expect(await decide(50, null)).toMatchObject({ verdict: 'normal', by: 'rules' })
    expect(desk.get(raising.alertId ?? '').state).toBe('returned-unacknowledged')
  })

  it('are read back out of the journal as they were answered', async () => {
    const { decide } = modelOf()
    const said = [await decide(95, null), await decide(50, null), await decide(50, 0.25)]
    const { readings } = await journal.readings({ model: 'test-model', limit: 10 })
    expect(readings.map(({ decision }) => decision).reverse()).toEqual(said)
    expect(said.map(({ by }) => by)).toEqual(['rules', 'rules', 'model'])
  })

  it('wait for the on and off delays that the alert rule has', async () => {
    const { decide } = modelOf({ onDelayS: 2, offDelayS: 2 })
    const verdicts = []
    for (const a of [95, 50, 95, 95, 95, 50, 95, 50, 50, 50]) verdicts.push((await decide(a, null)).verdict)
    expect(verdicts.map((verdict) => verdict === 'alert')).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      false,
    ])
  })

  it('go on where the model left off, and the model where they did', async () => {
    const { decide } = modelOf({ onDelayS: 2 })
    await decide(50, 0.8)
    await decide(95, null)
    const { alertId } = await decide(95, null)
    expect(alerts()).toMatchObject([{ id: alertId, by: 'rules' }])
    expect(await decide(50, 0.8)).toMatchObject({ verdict: 'alert', by: 'model', alertId })
    expect(await decide(50, 0.1)).toMatchObject({ verdict: 'normal', by: 'model' })
    for (const _ of [1, 2, 3]) await decide(50, 0.75)
    expect(alerts()).toMatchObject([{ id: alertId, by: 'model', score: 0.75, state: 'unacknowledged' }])
  })

  it('leave standing what they do not speak of, and say that it stands', async () => {
    const { desk, decide } = modelOf({ raise: 0.99, clear: 0.9 })
    const { alertId } = await decide(50, 0.97)
    expect(desk.get(alertId ?? '')).toMatchObject({ rule: 'other', by: 'model' })
    expect(await decide(50, null)).toMatchObject({ verdict: 'alert', by: 'rules', alertId })
    expect(desk.get(alertId ?? '').state).toBe('unacknowledged')
    expect(await decide(50, 0.1)).toMatchObject({ verdict: 'normal', by: 'model' })
  })
})
