import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AlertDesk } from '#edge/alerts/desk.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { workFolder } from '#support/drafts.ts'
import { manifestOf } from '#support/manifest.ts'

let work: ReturnType<typeof workFolder>
let journal: Journal
let desk: AlertDesk

function open(): void {
  journal = openJournal(work.dir, { now: Date.now, randomUUID })
  desk = new AlertDesk({
    journal,
    now: Date.now,
    randomUUID,
    failed: (error) => {
      throw error
    },
  })
}
beforeEach(() => {
  work = workFolder()
  open()
})
afterEach(async () => {
  await journal.close()
  work.remove()
})

const manifest = { ...manifestOf(), version: '1.1.0' }
const all = () => journal.alerts({ limit: 10 }).alerts.map(({ state, rule }) => `${rule} ${state}`)

it('a damaged copy is told once, outlasts a restart, and is cleared when the copy is whole', async () => {
  await desk.raiseNotice(manifest, { kind: 'damaged', reason: '"model.onnx" has changed' })
  await desk.raiseNotice(manifest, { kind: 'damaged', reason: '"model.onnx" has changed' })
  expect(all()).toEqual(['version:damaged unacknowledged'])
  await journal.close()
  open()
  await desk.raiseNotice(manifest, { kind: 'damaged', reason: '"golden.json" has changed' })
  expect(all()).toEqual(['version:damaged unacknowledged'])
  await desk.retireRules(manifest.id, [{ ...manifest, version: '1.2.0' }])
  expect(all()).toEqual(['version:damaged unacknowledged'])
  await desk.clearNotice(manifest.id, 'damaged', 'the copy is whole again')
  expect(all()).toEqual(['version:damaged returned-unacknowledged'])
})

it('what was taken back is over at once, and waits to be seen; another time it is told anew', async () => {
  await desk.raiseNotice(manifest, { kind: 'taken-back', to: '1.0.0', ms: 4.2, reason: 'it crashed' })
  const [first] = journal.alerts({ limit: 1 }).alerts
  expect(first).toMatchObject({ state: 'returned-unacknowledged', score: null, model: { version: '1.1.0' } })
  expect(first?.consequence).toMatchObject({
    en: expect.stringContaining('Version 1.0.0 answers since, after 4 ms'),
  })
  const later = { ...manifest, version: '1.2.0' }
  await desk.raiseNotice(later, { kind: 'taken-back', to: '1.0.0', ms: null, reason: 'it was damaged' })
  const [second, ...others] = journal.alerts({ limit: 10 }).alerts
  expect(others).toEqual([])
  expect(second).toMatchObject({ state: 'returned-unacknowledged', model: { version: '1.2.0' } })
  expect(second?.cause).toMatchObject({ en: 'it was damaged' })
  await desk.acknowledge(second!.id, 'operator')
  expect(all()).toEqual(['version:taken-back normal'])
})

it('what was revoked says who answers since, and that nobody here did it', async () => {
  const reason = '1.1.0 was revoked: it errs in the cold'
  await desk.raiseNotice(manifest, { kind: 'revoked', answers: { to: '1.0.0', ms: 2.4 }, reason })
  expect(all()).toContain('version:revoked returned-unacknowledged')
  const [alert] = journal.alerts({ limit: 1 }).alerts
  expect(alert).toMatchObject({
    title: { en: 'Version 1.1.0 was revoked' },
    cause: { en: reason },
    consequence: { en: 'Version 1.0.0 answers since, after 2 ms.' },
  })
})

it('alerts that do not get to central are told once, and cleared when they do', async () => {
  const notice = { kind: 'not-sent', reason: 'the batch cannot be taken' } as const
  await desk.clearNotice(manifest.id, 'not-sent', 'central takes it again')
  expect(all()).toEqual([])
  await desk.raiseNotice(manifest, notice)
  await desk.raiseNotice(manifest, notice)
  expect(all()).toEqual(['version:not-sent unacknowledged'])
  await desk.clearNotice(manifest.id, 'not-sent', 'central takes it again')
  expect(all()).toEqual(['version:not-sent returned-unacknowledged'])
})
