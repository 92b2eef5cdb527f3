import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { Blocks, beginEpoch } from '#edge/journal/blocks.ts'
import { Catalog } from '#edge/journal/catalog.ts'
import { openDatabase } from '#edge/journal/database.ts'
import { migrations } from '#edge/journal/schema.ts'
import { Work } from '#edge/journal/transaction.ts'
import { GroupWriter } from '#edge/journal/writer.ts'
import { event, startMs, temporaryFolder } from './fixture.ts'

/** A writer whose database SQLite itself refuses to let grow beyond a limit: SQLITE_FULL in the middle of a unit. */
function writerWithLimit(): { db: DatabaseSync; writer: GroupWriter; limit: (pages: number) => void } {
  const db = openDatabase(join(temporaryFolder(), 'journal.db'), migrations)
  beginEpoch(db, randomUUID(), startMs, 'created')
  const blocks = new Blocks(db)
  const catalog = new Catalog(db)
  const work = new Work(db, blocks, catalog, () => startMs)
  const writer = new GroupWriter(db, blocks, catalog, work, () => undefined, undefined)
  return { db, writer, limit: (pages) => db.exec(`PRAGMA max_page_count = ${pages}`) }
}

const large = event('large', 'x'.repeat(200_000))
const full = {
  status: 'rejected',
  reason: { code: 'journal-unwritable', message: 'The journal cannot be written: the disk is full.' },
}

describe('a block that cannot be inserted', () => {
  it.each<[string, (call: () => unknown) => unknown]>([
    ['', (call) => call()],
    [
      ', even where the unit hides why',
      (call) => {
        try {
          return call()
        } catch {
          throw new Error('something else')
        }
      },
    ],
    [
      ', even where the unit hides it altogether',
      (call) => {
        try {
          return call()
        } catch {
          return undefined
        }
      },
    ],
  ])('undoes its whole group%s', async (_, meet) => {
    const { db, writer, limit } = writerWithLimit()
    limit(60)
    const outcomes = await Promise.allSettled([
      writer.write((tx) => tx.events('events', [event('small')])),
      writer.write((tx) => meet(() => tx.events('events', [large]))),
    ])
    expect(outcomes).toMatchObject([full, full])
    limit(10_000)
    expect(await writer.write((tx) => tx.events('events', [large]))).toMatchObject({ first: 1 })
    expect(db.prepare('SELECT count(*) AS n FROM blocks').get()).toEqual(expect.objectContaining({ n: 1 }))
    db.close()
  })

  it('leaves those that wait behind its group their own chance', async () => {
    const { db, writer, limit } = writerWithLimit()
    limit(60)
    const units = Array.from({ length: 3000 }, (_, i) =>
      writer.write((tx) => tx.events('metrics', [i === 0 ? large : event('small')])),
    )
    const room = units[0]!.catch(() => limit(10_000))
    const outcomes = await Promise.allSettled(units)
    await room
    expect(outcomes[0]).toMatchObject(full)
    expect(outcomes.at(-1)).toMatchObject({ status: 'fulfilled' })
    db.close()
  })
})
