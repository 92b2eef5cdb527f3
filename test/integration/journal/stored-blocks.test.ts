import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Blocks, beginEpoch } from '#edge/journal/blocks.ts'
import { Catalog } from '#edge/journal/catalog.ts'
import { openDatabase } from '#edge/journal/database.ts'
import { migrations } from '#edge/journal/schema.ts'
import { StoredBlocks } from '#edge/journal/stored-blocks.ts'
import { Work } from '#edge/journal/transaction.ts'
import { openIn, record, startMs, tamper, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'

describe('blocks that are asked for reading by reading', () => {
  it('are decoded once while they are among the last ones', () => {
    const db = openDatabase(join(temporaryFolder(), 'journal.db'), migrations)
    beginEpoch(db, 'e0000000-0000-4000-8000-000000000000', startMs, 'created')
    const blocks = new Blocks(db)
    const catalog = new Catalog(db)
    const work = new Work(db, blocks, catalog, () => startMs)
    const named = Array.from({ length: 40 }, (_, i) => {
      work.record(record([{ id: `r${i}` }]))
      return { id: i + 1, digest: blocks.heads[3]!.digest }
    })
    const stored = new StoredBlocks(db, blocks, catalog)
    const first = stored.reopen(named[0]!)!.record
    for (let i = 1; i < 40; i++) {
      const opened = stored.reopen(named[i]!)!
      expect(opened.record.rowOf(`r${i}`)).toBe(0)
      expect(opened.record.rowOf('r0')).toBeUndefined()
      expect(stored.reopen(named[i]!)!.record).toBe(opened.record)
      if (i < 20) expect(stored.reopen(named[0]!)!.record).toBe(first)
    }
    expect(stored.reopen(named[0]!)!.record).not.toBe(first)
    db.close()
  })

  it('are not answered from memory once their content is gone', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    const { epoch } = await journal.write((tx) => tx.record(record([{ id: 'a' }, {}])))
    const byAddress = `${epoch.slice(0, 8)}.2`
    for (const id of ['a', byAddress]) expect(journal.reading(id, model), id).toBeDefined()
    clock.ms += 1000
    await journal.retain(model, 0, clock.ms)
    for (const id of ['a', byAddress]) expect(journal.reading(id, model), id).toBeUndefined()
  })

  it('are not taken for the blocks that were undone in their place', async () => {
    const journal = openIn(temporaryFolder())
    const undone = journal.write((tx) => {
      tx.record(record([{ id: 'x', asset: 'undone' }, { id: 'y' }]))
      expect(journal.reading('x', model)).toMatchObject({ asset: 'undone' })
      throw new Error('boom')
    })
    await expect(undone).rejects.toThrow('boom')
    await journal.write((tx) => tx.record(record([{ id: 'y' }, { id: 'x', asset: 'kept' }])))
    expect(journal.reading('x', model)).toMatchObject({ asset: 'kept' })
  })
})

describe('a journal of version 1', () => {
  it('is led forward, and its readings of many assets are still found', async () => {
    const dir = temporaryFolder()
    const rows = Array.from({ length: 12 }, (_, i) => ({ asset: `a${i}` }))
    const journal = openIn(dir)
    await journal.write((tx) => tx.record(record(rows)))
    await journal.close()
    // As version 1 left it: no marks, and no list for an asset that has no entry of its own.
    tamper(
      dir,
      `DROP TABLE attachments; ALTER TABLE block_sources DROP COLUMN assets;
       DELETE FROM sources WHERE name LIKE '=%'; DROP INDEX blocks_by_arrival; PRAGMA user_version = 1`,
    )
    const again = openIn(dir)
    expect((await again.readings({ model, asset: 'a3', limit: 9 })).readings).toHaveLength(1)
    await again.write((tx) => tx.record(record(rows.slice(0, 10))))
    expect((await again.readings({ model, asset: 'a3', limit: 9 })).readings).toHaveLength(2)
    expect((await again.readings({ model, asset: 'a11', limit: 9 })).readings).toHaveLength(1)
    expect((await again.readings({ model, asset: 'nobody', limit: 9 })).readings).toEqual([])
  })
})
