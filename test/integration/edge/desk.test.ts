import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertRule } from '#core/contracts/manifest.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { InferenceRecord, Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const startMs = Date.parse('2026-11-24T14:00:00Z')
let nowMs = startMs
let work: ReturnType<typeof workFolder>
let journal: Journal
const failures: unknown[] = []
let desk: AlertDesk
let decider: ReturnType<typeof createDecider>
let manifest: ReturnType<typeof manifestOf>

const open = () => openJournal(work.dir, { now: () => nowMs, randomUUID })
function setUp(rules: AlertRule[]): void {
  manifest = manifestOf({ alerts: rules })
  decider = createDecider(manifest, { reference: { rows: 0, sha256: '' }, features: {}, absent: {} })
  desk = new AlertDesk({ journal, now: () => nowMs, randomUUID, failed: (error) => failures.push(error) })
  desk.watch(manifest, decider)
}
beforeEach(() => {
  nowMs = startMs
  work = workFolder()
  journal = open()
  setUp([ruleOf()])
})
afterEach(async () => {
  await journal.close()
  work.remove()
  expect(failures.splice(0)).toEqual([])
})

function recordOf(probabilities: number[], asset = 'mill'): InferenceRecord {
  const time = new Date(nowMs).toISOString()
  const checked = createValidator(manifest).check(
    probabilities.map(() => ({ asset, time, values: { a: 0, b: 0 } })),
    nowMs,
  )
  const raw = { p: { data: Float32Array.from(probabilities), width: 1 } }
  return decider.decide(
    checked,
    { raw, at: Int32Array.from(probabilities, (_, i) => i), failures: new Map(), provider: 'cpu' },
    0,
  )
}
/** As the pipeline does it; resolves when it is durable. */
async function observe(probabilities: number[], asset?: string): Promise<string[]> {
  const record = recordOf(probabilities, asset)
  const changes = desk.observe(record)
  await journal.write((tx) => desk.write(tx, changes, record, tx.record(record)))
  return changes.map((c) => c.alert.id)
}

describe('the alert desk', () => {
  it('knows which reading raised an alert even where the next batch changes it before the first is written', async () => {
    const first = recordOf([0.9])
    const raised = desk.observe(first)
    const second = recordOf([0.1])
    const cleared = desk.observe(second)
    await Promise.all([
      journal.write((tx) => desk.write(tx, raised, first, tx.record(first))),
      journal.write((tx) => desk.write(tx, cleared, second, tx.record(second))),
    ])
    expect(journal.alert(raised[0]!.alert.id)).toMatchObject({
      state: 'returned-unacknowledged',
      readingId: `${journal.epoch.slice(0, 8)}.1`,
    })
  })

  it('takes back what the journal could not keep', async () => {
    const record = recordOf([0.9])
    const changes = desk.observe(record)
    await expect(
      journal.write((tx) => {
        desk.write(tx, changes, record, tx.record(record))
        throw new Error('disk full')
      }),
    ).rejects.toThrow('disk full')
    desk.forget()
    expect(desk.counts().unacknowledged.high).toBe(0)
    await observe([0.9])
    expect(desk.counts().unacknowledged.high).toBe(1)
    expect(journal.alerts({ limit: 10 }).alerts).toHaveLength(1)
  })

  it('ends a shelf by itself: back to unacknowledged, or to cleared and not seen', async () => {
    const [still] = await observe([0.9], 'still')
    const [gone] = await observe([0.9], 'gone')
    await desk.shelve(still!, 'operator', 15, 'part ordered')
    await desk.shelve(gone!, 'operator', 15, 'part ordered')
    await observe([0.1], 'gone')
    expect(desk.get(gone!).state).toBe('shelved')
    nowMs += 15 * 60_000 - 1
    await desk.tick()
    expect(desk.get(still!).state).toBe('shelved')
    nowMs += 1
    await desk.tick()
    expect([desk.get(still!).state, desk.get(gone!).state]).toEqual([
      'unacknowledged',
      'returned-unacknowledged',
    ])
  })

  it('escalates once what nobody acknowledged in time', async () => {
    const [late] = await observe([0.9], 'late')
    const [seen] = await observe([0.9], 'seen')
    await desk.acknowledge(seen!, 'operator')
    nowMs += 15 * 60_000
    await desk.tick()
    await desk.tick()
    expect(desk.get(late!).escalatedAt).toBe(new Date(nowMs).toISOString())
    expect(desk.get(seen!).escalatedAt).toBeUndefined()
    const { rows } = journal.eventRows({ stream: 'events', kind: 'alert.escalated', limit: 10 })
    expect(rows).toHaveLength(1)
  })

  it('an acknowledgement in the middle of a tick is not overwritten by it', async () => {
    const [a] = await observe([0.9], 'a')
    const [b] = await observe([0.9], 'b')
    nowMs += 15 * 60_000
    const ticking = desk.tick()
    await Promise.all([desk.acknowledge(a!, 'operator'), desk.acknowledge(b!, 'operator')])
    await ticking
    expect([a, b].map((id) => journal.alert(id!)?.state)).toEqual(['acknowledged', 'acknowledged'])
  })

  it('marks a row with its worst alarm', async () => {
    setUp([ruleOf({ id: 'minor', priority: 'low' }), ruleOf({ id: 'major', priority: 'high' })])
    const record = recordOf([0.9])
    const changes = desk.observe(record)
    expect(record.notes.get(0)?.alertId).toBe(changes.find((c) => c.alert.rule === 'major')?.alert.id)
  })

  it('two actions at once on an alert that is on its way to normal are both kept', async () => {
    const [id] = await observe([0.9])
    await observe([0.1])
    await Promise.all([desk.acknowledge(id!, 'operator'), desk.feedback(id!, 'operator', 'false')])
    expect(journal.alert(id!)).toMatchObject({
      state: 'normal',
      acknowledgedBy: 'operator',
      feedback: { answer: 'false' },
    })
    await Promise.all([desk.feedback(id!, 'operator', 'real-known'), desk.actionDone(id!, 'operator')])
    expect(journal.alert(id!)).toMatchObject({
      state: 'normal',
      actionDoneAt: expect.any(String),
      feedback: { answer: 'real-known' },
    })
  })

  it('feedback while a reading clears the alert does not bring it back', async () => {
    const [id] = await observe([0.9])
    await desk.acknowledge(id!, 'operator')
    await Promise.all([observe([0.1]), desk.feedback(id!, 'operator', 'real-acted')])
    expect(journal.alert(id!)).toMatchObject({ state: 'normal', feedback: { answer: 'real-acted' } })
    expect(desk.get(id!).state).toBe('normal')
    const [again] = await observe([0.9])
    expect(again).not.toBe(id)
  })

  it('off the shelf it has its time to respond anew, and nobody has acknowledged it', async () => {
    const [id] = await observe([0.9])
    await desk.acknowledge(id!, 'operator')
    await desk.shelve(id!, 'operator', 60, 'part ordered')
    nowMs += 60 * 60_000
    await desk.tick()
    await desk.tick()
    expect(desk.get(id!)).toMatchObject({
      state: 'unacknowledged',
      respondBy: new Date(nowMs + 15 * 60_000).toISOString(),
    })
    expect(desk.get(id!).escalatedAt).toBeUndefined()
    expect(desk.get(id!).acknowledgedBy).toBeUndefined()
  })

  it('raised again after its deadline it has a new one', async () => {
    const [id] = await observe([0.9])
    await observe([0.1])
    nowMs += 60 * 60_000
    await observe([0.9])
    await desk.tick()
    expect(desk.get(id!)).toMatchObject({ state: 'unacknowledged', raisedAt: new Date(nowMs).toISOString() })
    expect(desk.get(id!).escalatedAt).toBeUndefined()
  })

  it('on the shelf it stays there whatever its condition does', async () => {
    const [id] = await observe([0.9])
    await desk.acknowledge(id!, 'operator')
    await desk.shelve(id!, 'operator', 60, 'part ordered')
    await observe([0.1])
    await observe([0.9])
    expect(desk.get(id!)).toMatchObject({
      state: 'shelved',
      acknowledgedBy: 'operator',
      shelved: { reason: 'part ordered' },
    })
    expect(desk.get(id!).clearedAt).toBeUndefined()
  })

  it('goes on after a restart where it was', async () => {
    const [id] = await observe([0.9])
    await desk.acknowledge(id!, 'operator')
    await journal.close()
    journal = open()
    setUp([ruleOf()])
    await observe([0.9])
    expect(journal.alerts({ limit: 10 }).alerts).toHaveLength(1)
    await observe([0.1])
    expect(desk.get(id!).state).toBe('normal')
  })
})
