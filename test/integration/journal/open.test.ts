import { hash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '#edge/journal/database.ts'
import { addressId } from '#edge/journal/journal.ts'
import { migrations } from '#edge/journal/schema.ts'
import { event, openIn, record, tamper, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'
const refusedAs = (code: string): unknown => expect.objectContaining({ name: 'EdgewrightError', code })

async function journalIn(dir: string, rows = 20): Promise<string> {
  const journal = openIn(dir)
  for (let i = 0; i < rows; i++) await journal.write((tx) => tx.record(record([{ id: `a${i}` }])))
  await journal.close()
  return journal.epoch
}

function digestsOf(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir).map((name) => [name, hash('sha256', readFileSync(join(dir, name)))]),
  )
}

describe('a journal that cannot be used', () => {
  it('is refused and not altered where a newer program wrote it', async () => {
    const dir = temporaryFolder()
    await journalIn(dir)
    tamper(dir, `PRAGMA user_version = ${migrations.length + 1}`)
    const before = digestsOf(dir)
    expect(() => openIn(dir)).toThrow(refusedAs('journal-newer'))
    const n = migrations.length
    expect(() => openIn(dir)).toThrow(
      `newer Edgewright (journal version ${n + 1}; this program knows up to ${n})`,
    )
    expect(digestsOf(dir)).toEqual(before)
  })

  it('is refused where the newer version stands only in the write-ahead log', async () => {
    const dir = temporaryFolder()
    await journalIn(dir)
    const newer = new DatabaseSync(join(dir, 'journal.db'))
    newer.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 9')
    const log = readFileSync(join(dir, 'journal.db-wal'), 'hex')
    const file = readFileSync(join(dir, 'journal.db'), 'hex')
    expect(() => openIn(dir)).toThrow(refusedAs('journal-newer'))
    expect(readFileSync(join(dir, 'journal.db-wal'), 'hex')).toBe(log)
    expect(readFileSync(join(dir, 'journal.db'), 'hex')).toBe(file)
    newer.close()
  })

  it.each<[string, (dir: string) => unknown]>([
    ['it is no database', (dir) => writeFileSync(join(dir, 'journal.db'), 'not a database at all, but text')],
    ['it is all zeros', (dir) => writeFileSync(join(dir, 'journal.db'), new Uint8Array(40_960))],
    ['it is cut off', (dir) => truncateSync(join(dir, 'journal.db'), 10_000)],
    [
      'its middle is gone',
      (dir) => writeFileSync(join(dir, 'journal.db'), new Uint8Array(30_000).fill(7), { flag: 'r+' }),
    ],
  ])('is refused in words and not altered where %s', async (_, damage) => {
    const dir = temporaryFolder()
    await journalIn(dir)
    damage(dir)
    const before = digestsOf(dir)
    expect(() => openIn(dir)).toThrow(refusedAs('journal-damaged'))
    expect(digestsOf(dir)).toEqual(before)
  })

  it('is refused where it is the database of another program', () => {
    const dir = temporaryFolder()
    const other = new DatabaseSync(join(dir, 'journal.db'))
    other.exec('CREATE TABLE recipes (name TEXT)')
    other.close()
    const before = digestsOf(dir)
    expect(() => openIn(dir)).toThrow(/is a database, but not a journal/)
    expect(digestsOf(dir)).toEqual(before)
  })

  it('is refused in words where a folder stands in its place', () => {
    const dir = temporaryFolder()
    mkdirSync(join(dir, 'journal.db'))
    expect(() => openIn(dir)).toThrow(refusedAs('journal-unwritable'))
  })
})

describe('the database', () => {
  it('waits for the disk at every commit', () => {
    const db = openDatabase(join(temporaryFolder(), 'journal.db'), migrations)
    expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
    expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 })
    db.close()
  })
})

describe('migrations', () => {
  it('lead an older journal forward, each once', async () => {
    const path = join(temporaryFolder(), 'journal.db')
    openDatabase(path, ['CREATE TABLE a (x)']).close()
    const second = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD y; INSERT INTO a VALUES (1, 2)']
    openDatabase(path, second).close()
    const db = openDatabase(path, second)
    expect(db.prepare('SELECT * FROM a').all()).toEqual([expect.objectContaining({ x: 1, y: 2 })])
    expect(db.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 2 })
    db.close()
    expect(() => openDatabase(path, ['CREATE TABLE a (x)'])).toThrow(refusedAs('journal-newer'))
  })

  it('that fail leave the journal as it was', () => {
    const path = join(temporaryFolder(), 'journal.db')
    openDatabase(path, ['CREATE TABLE a (x)']).close()
    expect(() =>
      openDatabase(path, ['CREATE TABLE a (x)', 'CREATE TABLE b (y); CREATE TABLE a (z)']),
    ).toThrow()
    const db = openDatabase(path, ['CREATE TABLE a (x)'])
    expect(db.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1)
    db.close()
  })
})

describe('epochs', () => {
  it('last as long as the journal is only closed and opened', async () => {
    const dir = temporaryFolder()
    const epoch = await journalIn(dir)
    for (let i = 0; i < 3; i++) expect(await journalIn(dir, i)).toBe(epoch)
    const journal = openIn(dir)
    expect(journal.eventRows({ stream: 'events', limit: 10 }).rows).toEqual([])
    expect(await journal.write((tx) => tx.record(record([{}])))).toMatchObject({ epoch, first: 24 })
  })

  it('begin anew where an older copy was put back, and the chain goes on', async () => {
    const dir = temporaryFolder()
    const former = await journalIn(dir, 3)
    const copy = join(temporaryFolder(), 'copy.db')
    copyFileSync(join(dir, 'journal.db'), copy)
    await journalIn(dir, 5)
    copyFileSync(copy, join(dir, 'journal.db'))

    const journal = openIn(dir)
    expect(journal.epoch).not.toBe(former)
    expect(await journal.write((tx) => tx.record(record([{ asset: 'new' }])))).toEqual({
      epoch: journal.epoch,
      first: 1,
      last: 1,
    })
    expect(journal.reading('a2', model)).toBeDefined()
    expect(journal.reading(addressId(journal.epoch, 1), model)).toMatchObject({ asset: 'new' })
    expect((await journal.readings({ model, limit: 10 })).readings).toHaveLength(4)
    expect(await journal.verify()).toMatchObject({ ok: true, rows: 5 })
    expect(journal.eventRows({ stream: 'events', limit: 10 }).rows).toEqual([
      expect.objectContaining({
        kind: 'journal-restored',
        epoch: journal.epoch,
        seq: 1,
        body: { formerEpoch: former, why: expect.any(String) },
      }),
    ])
    const { epoch } = journal
    await journal.close()
    expect(openIn(dir).epoch).toBe(epoch)
  })

  it('begin anew in a copied folder, and not in the one it was copied from', async () => {
    const dir = temporaryFolder()
    const epoch = await journalIn(dir)
    const copy = join(temporaryFolder(), 'copy')
    cpSync(dir, copy, { recursive: true })
    expect(await journalIn(copy, 1)).not.toBe(epoch)
    expect(await journalIn(dir, 1)).toBe(epoch)
  })

  it('begin anew where the journal or its marker was deleted', async () => {
    const dir = temporaryFolder()
    const epoch = await journalIn(dir)
    rmSync(join(dir, 'journal.epoch'))
    const second = await journalIn(dir, 0)
    expect(second).not.toBe(epoch)
    rmSync(join(dir, 'journal.db'))
    expect([epoch, second]).not.toContain(await journalIn(dir, 1))
  })

  it('begin anew where rows were taken from the end, and verification still tells of it', async () => {
    const dir = temporaryFolder()
    const epoch = await journalIn(dir)
    tamper(dir, 'DELETE FROM blocks WHERE stream = 3 AND first = 20')
    const journal = openIn(dir)
    expect(journal.epoch).not.toBe(epoch)
    expect(await journal.write((tx) => tx.events('events', [event('on')]))).toBeDefined()
    expect((await journal.verify()).problem).toMatch(/rows 20 to 20 are missing/)
    const { rows } = journal.eventRows({ stream: 'events', kind: 'gap', limit: 10 })
    expect(rows.map(({ body }) => body)).toEqual([
      { stream: 'inference', epoch, first: 20, last: 20, rows: 1, why: 'lost' },
    ])
  })
})
