import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertRule } from '#core/contracts/manifest.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')
const baseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
let nowMs = startMs
let work: ReturnType<typeof workFolder>
let journal: Journal
let desk: AlertDesk
const failures: unknown[] = []

const newDesk = () =>
  new AlertDesk({ journal, now: () => nowMs, randomUUID, failed: (error) => failures.push(error) })
beforeEach(() => {
  nowMs = startMs
  work = workFolder()
  journal = openJournal(work.dir, { now: () => nowMs, randomUUID })
  desk = newDesk()
})
afterEach(async () => {
  await journal.close()
  work.remove()
  expect(failures.splice(0)).toEqual([])
})

/** One version, and what it does with one reading that it gave this probability. */
function versionOf(version: string, rules: AlertRule[] = [ruleOf()]) {
  const manifest = { ...manifestOf({ alerts: rules }), version }
  const decider = createDecider(manifest, baseline)
  const recordOf = (p: number, asset = 'mill') => {
    const reading = { asset, time: new Date(nowMs).toISOString(), values: { a: 0, b: 0 } }
    const raw = { p: { data: Float32Array.of(p), width: 1 } }
    const answer = { raw, at: Int32Array.of(0), failures: new Map(), provider: 'cpu' }
    return decider.decide(createValidator(manifest).check([reading], nowMs), answer, 0)
  }
  /** As the pipeline does it; the ids of the alerts that it changed. */
  async function observe(p: number, asset?: string): Promise<string[]> {
    const record = recordOf(p, asset)
    const changes = desk.observe(record)
    await journal.write((tx) => desk.write(tx, changes, record, tx.record(record)))
    desk.announce(changes)
    return changes.map(({ alert }) => alert.id)
  }
  return { manifest, decider, recordOf, observe, watch: () => desk.watch(manifest, decider) }
}
const open = () => journal.alerts({ limit: 10 }).alerts

describe('the alert desk with several versions of a model', () => {
  it('a swap raises nothing anew; the alert keeps the version that raised it, and the new one clears it', async () => {
    const [one, two] = [versionOf('1.0.0'), versionOf('2.0.0')]
    one.watch()
    const [id] = await one.observe(0.9)
    two.watch()
    expect(await two.observe(0.9)).toEqual([])
    expect(two.recordOf(0.9).version).toBe('2.0.0')
    desk.unwatch('test-model', '1.0.0')
    expect(await two.observe(0.9)).toEqual([])
    expect(open().map((alert) => [alert.id, alert.model.version])).toEqual([[id, '1.0.0']])
    expect(await two.observe(0.1)).toEqual([id])
    expect(desk.get(id!).state).toBe('returned-unacknowledged')
  })

  it('an on-delay under way goes on in the version that takes over, even where the old one left first', async () => {
    const rules = [ruleOf({ onDelayS: 60 })]
    const [one, two] = [versionOf('1.0.0', rules), versionOf('2.0.0', rules)]
    one.watch()
    await one.observe(0.9)
    desk.unwatch('test-model', '1.0.0')
    two.watch()
    nowMs += 59_000
    expect(await two.observe(0.9)).toEqual([])
    nowMs += 1000
    expect(await two.observe(0.9)).toHaveLength(1)
    expect(open()[0]?.model.version).toBe('2.0.0')
  })

  it('takes each record by the levels of its own version, whichever came last', async () => {
    const [one, two] = [versionOf('1.0.0'), versionOf('2.0.0', [ruleOf({ raise: 0.95, clear: 0.9 })])]
    one.watch()
    two.watch()
    expect(await two.observe(0.92, 'lathe')).toEqual([])
    expect(await one.observe(0.92, 'mill')).toHaveLength(1)
    expect(await one.observe(0.92, 'lathe')).toHaveLength(1)
    const record = two.recordOf(0.92, 'lathe')
    desk.observe(record)
    expect(record.notes.get(0)?.alertId).toBe(open().find(({ asset }) => asset === 'lathe')?.id)
  })

  it('a version that nobody watches raises and clears nothing', async () => {
    const [one, two] = [versionOf('1.0.0'), versionOf('2.0.0')]
    one.watch()
    await one.observe(0.9)
    expect(await two.observe(0.1)).toEqual([])
    expect(await two.observe(0.9, 'lathe')).toEqual([])
    expect(open()).toHaveLength(1)
  })

  it('clears, durably and with the reason, what no served version can clear any more', async () => {
    const [wear, heat] = [ruleOf({ id: 'wear' }), ruleOf({ id: 'heat', priority: 'low' })]
    const [one, two] = [versionOf('1.0.0', [wear, heat]), versionOf('2.0.0', [heat])]
    one.watch()
    two.watch()
    await one.observe(0.9)
    const acknowledged = open().find(({ rule }) => rule === 'wear')!
    await desk.acknowledge(acknowledged.id, 'operator')
    await one.observe(0.9, 'lathe')
    desk.unwatch('test-model', '1.0.0')
    const heard: string[] = []
    desk.onChange(({ rule, asset, state }) => heard.push(`${rule} ${asset} ${state}`))
    const gone = await desk.retireRules('test-model', [two.manifest])
    expect(heard.sort()).toEqual(['wear lathe returned-unacknowledged', 'wear mill normal'])
    expect(gone.map(({ rule }) => rule)).toEqual(['wear', 'wear'])
    expect(open().map(({ rule, state }) => `${rule} ${state}`)).toEqual(
      expect.arrayContaining(['heat unacknowledged', 'heat unacknowledged', 'wear normal']),
    )
    const { rows } = journal.eventRows({ stream: 'events', kind: 'alert.cleared', limit: 10 })
    expect(rows.map(({ by, body }) => [by, (body as { why: string }).why])).toEqual(
      new Array(2).fill(['runtime', 'version 2.0.0, which serves now, has no rule "wear"']),
    )
    expect(await desk.retireRules('test-model', [two.manifest])).toEqual([])
    // Should the rule come back, it starts from nothing, not from where it was left.
    const three = versionOf('3.0.0', [wear])
    three.watch()
    expect(await three.observe(0.9)).toHaveLength(1)
  })

  it('goes back to what the journal holds for every version, when one batch could not be kept', async () => {
    const [one, two] = [versionOf('1.0.0'), versionOf('2.0.0')]
    one.watch()
    two.watch()
    await one.observe(0.9, 'kept')
    const lost = one.recordOf(0.9)
    expect(desk.observe(lost)).toHaveLength(1)
    desk.forget()
    await journal.write(() => undefined)
    expect(await two.observe(0.9)).toHaveLength(1)
    expect(await two.observe(0.9, 'kept')).toEqual([])
    expect(await one.observe(0.1)).toHaveLength(1)
    expect(open().map(({ asset, model }) => `${asset} ${model.version}`)).toEqual(
      expect.arrayContaining(['kept 1.0.0', 'mill 2.0.0']),
    )
  })
})
