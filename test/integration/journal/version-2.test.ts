import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { migrations } from '#edge/journal/schema.ts'
import { attachment, openIn, pictures, record, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'

function tableOf(dir: string, sql: string): unknown[] {
  const db = new DatabaseSync(join(dir, 'journal.db'))
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('a journal that version 2 wrote', () => {
  it('is led forward, reads and verifies as before, and takes readings of every kind', async () => {
    const dir = temporaryFolder()
    const db = new DatabaseSync(join(dir, 'journal.db'))
    db.exec(readFileSync(join(import.meta.dirname, 'version-2.sql'), 'utf8'))
    db.close()

    const journal = openIn(dir)
    await journal.write(() => undefined) // the event of its restoration is in by then
    expect(await journal.verify()).toEqual({ ok: true, blocks: 5, rows: 6, dropped: 2 })
    expect(journal.reading('a2', model)).toMatchObject({
      asset: 'press-1',
      values: { temperature: null, speed: 1400, grade: 'low' },
    })
    expect(journal.alert('alert-1')).toMatchObject({ title: 'Failure likely' })
    expect(journal.state('slot')).toEqual({ version: '1.2.0' })

    const sent = attachment('a')
    await journal.write((tx) => tx.record(record([{ id: 'a3' }])))
    await journal.write((tx) => tx.record(pictures([sent])))
    expect(journal.attachment('triage', sent.sha256)).toBeDefined()
    expect(await journal.verify()).toMatchObject({ ok: true, dropped: 2 })
    await journal.close()
    // What the columns of the old model mean has kept its hash: one entry for it and one for the new model.
    expect(tableOf(dir, 'SELECT id FROM shapes')).toHaveLength(2)
    expect(tableOf(dir, 'PRAGMA user_version')).toEqual([expect.objectContaining({ user_version: 4 })])
    expect(migrations).toHaveLength(4)
  })
})
