import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import type { FeedbackExample } from '#core/contracts/example.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { digestOf, keepPrivacy } from '#edge/deploy/privacy-of.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { privacyOf } from '#edge/sync/privacy/values.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgewright-kept-'))
const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
let journal: Journal
beforeAll(() => {
  journal = openJournal(dir, { now: Date.now, randomUUID, log })
})
afterAll(async () => {
  await journal.close()
  rmSync(dir, { recursive: true, force: true })
})

const open = {
  ...{ id: 'a-1', state: 'unacknowledged', priority: 'high', rule: 'wear', asset: 'press', readingId: 'r-1' },
  ...{ model: { id: 'm', version: '1.0.0', title: 'M' }, raisedAt: '2026-11-21T12:00:00.000Z' },
} as unknown as Alert
const example = { alertId: 'a-1' } as FeedbackExample

describe('an answer', () => {
  it('and what it teaches are kept together, each answer once, or not at all', async () => {
    await journal.write((tx) => tx.putAlert(open))
    const failures: unknown[] = []
    let teach: () => FeedbackExample | undefined = () => example
    const parts = { journal, now: Date.now, randomUUID, failed: (error: unknown) => failures.push(error) }
    const desk = new AlertDesk({ ...parts, example: async () => teach() })
    const kinds = () => journal.eventRows({ stream: 'events', limit: 10 }).rows.map(({ kind }) => kind)
    await desk.feedback('a-1', 'M. Keller', 'false')
    expect(kinds()).toEqual(['feedback.example', 'alert.feedback'])

    // What teaches fails inside the transaction: neither is kept.
    teach = () =>
      ({
        toJSON: () => {
          throw new Error('cannot be written')
        },
      }) as never
    await expect(desk.feedback('a-1', 'M. Keller', 'real-acted')).rejects.toThrow('cannot be written')
    expect(kinds()).toHaveLength(2)

    // Nothing can be learned: the answer counts.
    teach = () => {
      throw new Error('the reading cannot be read')
    }
    await desk.feedback('a-1', 'M. Keller', 'unsure')
    expect(kinds()).toEqual(['alert.feedback', 'feedback.example', 'alert.feedback'])
    expect(failures).toHaveLength(1)
  })
})

describe('what may leave', () => {
  it('is known of a version from its installation on, the strictest where it says nothing', async () => {
    const install = (version: string, privacy?: object) =>
      keepPrivacy(journal, {
        manifest: { id: 'm', version, privacy, inputs: { features: [], tensors: [] } },
        digest: version,
      } as never)
    const raw = { default: 'raw', asset: 'raw', notes: 'raw' } as const
    await install('1.0.0', raw)
    await install('1.1.0')
    expect(privacyOf(journal, 'm', '1.0.0')).toEqual(raw)
    expect(privacyOf(journal, 'm', '1.1.0')).toMatchObject({ default: 'aggregated', notes: 'never' })
    expect(privacyOf(journal, 'm', '9.0.0')).toMatchObject({ default: 'aggregated', notes: 'never' })
    expect([digestOf(journal, 'm', '1.1.0'), digestOf(journal, 'm', '9.0.0')]).toEqual(['1.1.0', undefined])
  })
})
