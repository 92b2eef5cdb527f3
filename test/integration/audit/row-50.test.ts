import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareExports } from '#core/audit/compare-exports.ts'
import { verifyExport } from '#core/audit/verify-export.ts'
import { recordTools } from '#edge/audit/tools.ts'
import { rechain } from './attacker.ts'
import {
  afterHours,
  asTheSameDisk,
  copyOf,
  inShort,
  linesOf,
  machineIn,
  tamper,
  temporaryFolder,
  temporaryFolderForAll,
  verify,
} from './fixture.ts'

// Of an hour: inference rows 3n+1 to 3n+3 in two blocks; events: one, and the checkpoint at its end. Before the first: the key.
const events = 0
const inference = 3
const edited = `UPDATE blocks SET payload = CAST(replace(CAST(payload AS TEXT), 'hour-1', 'hour-x') AS BLOB) WHERE stream = 0 AND kind = 'alert.raised'`

describe('fault row 50: the record was altered in the data folder', () => {
  let sound: string
  beforeAll(async () => {
    sound = await afterHours(4, temporaryFolderForAll())
  })

  const foundAfter = async (work: (db: DatabaseSync) => unknown) => {
    const dir = copyOf(sound)
    tamper(dir, work)
    return (await verify(dir)).findings
  }

  it('says nothing of one that nobody touched', async () => {
    expect(await verify(sound)).toMatchObject({ ok: true, findings: [], checkpoints: { count: 5 } })
  })

  it('edit: inside a payload', async () => {
    const [first, ...rest] = await foundAfter((db) => db.exec(edited))
    expect(inShort(first!)).toEqual({ kind: 'edit', stream: 'events', rows: [4, 4] })
    expect(first!.text).toMatch(/content of rows 4 to 4 was edited \(written 2026-11-02T07:00:00.000Z\)/)
    expect(rest).toEqual([])
  })

  it('edit: the time of an event', async () => {
    const inside = await foundAfter((db) =>
      db.exec(
        `UPDATE blocks SET payload = CAST(replace(CAST(payload AS TEXT), '"timeMs":17', '"timeMs":16') AS BLOB) WHERE stream = 0 AND first = 6`,
      ),
    )
    expect(inside.map(inShort)).toEqual([{ kind: 'edit', stream: 'events', rows: [6, 6] }])
    const header = await foundAfter((db) =>
      db.exec('UPDATE blocks SET at_ms = at_ms - 60000 WHERE stream = 0 AND first = 6'),
    )
    expect(header.map(inShort)).toEqual([{ kind: 'edit', stream: 'events', rows: [6, 6] }])
    expect(header[0]!.text).toMatch(/header of rows 6 to 6 was edited/)
  })

  it('edit: every place, and not only the first', async () => {
    const found = await foundAfter((db) =>
      db.exec('UPDATE blocks SET at_ms = at_ms + 1 WHERE stream = 3 AND first IN (1, 7, 10)'),
    )
    expect(found.map(({ first }) => first)).toEqual([1, 7, 10])
  })

  it('edit: with all digests after it made to fit', async () => {
    const [first] = await foundAfter((db) => {
      db.exec(edited)
      rechain(db, events)
    })
    expect(inShort(first!)).toEqual({ kind: 'fork', stream: 'events', rows: [3, 4], since: 2 })
    expect(first!.text).toMatch(
      /other rows stand at 3 to 4 than checkpoint 2 of 2026-11-02T08:00.*checkpoint 1 of 2026-11-02T07:00:00.000Z still holds/,
    )
  })

  it('delete: in the middle', async () => {
    const found = await foundAfter((db) => db.exec('DELETE FROM blocks WHERE stream = 3 AND first = 7'))
    expect(found.map(inShort)).toEqual([{ kind: 'delete', stream: 'inference', rows: [7, 8] }])
    expect(found[0]!.text).toMatch(/rows 7 to 8 are missing, before what was written 2026-11-02T08:00/)
  })

  it('delete: with all that follows renumbered, digests and all', async () => {
    const [first] = await foundAfter((db) => {
      db.exec('DELETE FROM blocks WHERE stream = 3 AND first = 7')
      rechain(db, inference)
    })
    expect(inShort(first!)).toEqual({ kind: 'fork', stream: 'inference', rows: [7, 9], since: 3 })
  })

  it('truncate: the tail', async () => {
    const [first] = await foundAfter((db) => db.exec('DELETE FROM blocks WHERE stream = 3 AND first > 6'))
    expect(inShort(first!)).toEqual({ kind: 'truncate', stream: 'inference', rows: [7, 12] })
  })

  it('truncate: the tail, with the heads made to fit', async () => {
    const found = await foundAfter((db) => {
      db.exec('DELETE FROM blocks WHERE stream = 3 AND first > 6')
      rechain(db, inference)
    })
    expect(found.map(inShort)).toEqual([{ kind: 'truncate', stream: 'inference', rows: [7, 9], since: 3 }])
    expect(found[0]!.text).toMatch(
      /rows 7 to 9 are missing, which checkpoint 3 of 2026-11-02T09:00:00.000Z attests: cut off/,
    )
  })

  it('truncate: the tail of the checkpoints as well, which the events still speak of', async () => {
    const dir = copyOf(sound)
    tamper(dir, (db) => {
      db.exec('DELETE FROM blocks WHERE stream = 3 AND first > 6')
      rechain(db, inference)
    })
    const path = join(dir, 'checkpoints.ndjson')
    writeFileSync(path, `${readFileSync(path, 'utf8').split('\n').slice(0, 2).join('\n')}\n`)
    expect((await verify(dir)).findings.map(inShort)).toEqual([
      { kind: 'truncate', stream: 'inference', rows: [7, 9], since: 3 },
      { kind: 'delete', stream: 'checkpoints', rows: [3, 5] },
    ])
  })

  it('delete: all checkpoints, with the index by kind and the counter that lead to them', async () => {
    const dir = copyOf(sound)
    tamper(dir, (db) =>
      db.exec(
        "DELETE FROM event_kinds WHERE kind = 'checkpoint'; DELETE FROM state WHERE key = 'audit:counter'",
      ),
    )
    writeFileSync(join(dir, 'checkpoints.ndjson'), '')
    expect((await verify(dir)).findings.map(inShort)).toEqual([
      { kind: 'delete', stream: 'checkpoints', rows: [1, 5] },
    ])
  })

  it.each([
    ['taken out', (lines: string[]) => lines.toSpliced(1, 1), 'delete', [2, 2]],
    [
      'edited',
      (lines: string[]) => lines.with(1, lines[1]!.replace('"rows":6', '"rows":5')),
      'unsigned',
      [2, 2],
    ],
    ['of another form', (lines: string[]) => lines.with(1, '{}'), 'delete', [2, 2]],
    [
      'in another order',
      (lines: string[]) => [lines[0]!, lines[2]!, lines[1]!, ...lines.slice(3)],
      'delete',
      [2, 2],
    ],
  ] as const)('a checkpoint that was %s', async (_, change, kind, rows) => {
    const dir = copyOf(sound)
    const path = join(dir, 'checkpoints.ndjson')
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    writeFileSync(path, `${change(lines).join('\n')}\n`)
    const { ok, findings } = await verify(dir)
    expect(ok).toBe(false)
    expect(findings.map(inShort)).toContainEqual({ kind, stream: 'checkpoints', rows })
  })

  it('fork: the whole journal put back from a copy, which the runtime notices and goes on from', async () => {
    const dir = asTheSameDisk(copyOf(sound))
    const copy = copyOf(dir)
    const machine = await machineIn(dir)
    await machine.hour('lost')
    await machine.stop()
    copyFileSync(join(copy, 'journal.db'), join(dir, 'journal.db'))
    const again = await machineIn(dir, machine.clock)
    await again.hour('after')
    await again.stop()
    const { findings } = await verify(dir)
    expect(findings.map(inShort)).toContainEqual({
      kind: 'fork',
      stream: 'inference',
      rows: [13, 15],
      since: 6,
    })
    expect(findings[0]!.text).toMatch(
      /put back to an earlier state, and goes on in a new epoch since 2026-11-02T07:00:00.000Z \(it was opened more often/,
    )
  })

  it('fork: put back in place, marker and all, which the runtime does not notice', async () => {
    const dir = asTheSameDisk(copyOf(sound))
    const [db, marker] = ['journal.db', 'journal.epoch'].map((name) => readFileSync(join(dir, name)))
    const machine = await machineIn(dir)
    await machine.hour('lost')
    await machine.stop()
    writeFileSync(join(dir, 'journal.db'), db!)
    const inode = String(statSync(join(dir, 'journal.db'), { bigint: true }).ino)
    writeFileSync(join(dir, 'journal.epoch'), JSON.stringify({ ...JSON.parse(String(marker)), inode }))
    const again = await machineIn(dir, machine.clock)
    await again.hour('other')
    await again.stop()
    const { findings } = await verify(dir)
    expect(again.journal.epoch).toBe(machine.journal.epoch)
    expect(findings.map(inShort)).toContainEqual({
      kind: 'fork',
      stream: 'inference',
      rows: [13, 15],
      since: 6,
    })
  })
})

describe('fault row 50: two exports of one device', () => {
  const compare = (older: string, newer: string) =>
    compareExports({ older: () => linesOf(older), newer: () => linesOf(newer) }, recordTools)

  it('say nothing against each other where one goes on from the other', async () => {
    const machine = await machineIn(temporaryFolder())
    await machine.hour()
    const older = await machine.export()
    await machine.hour()
    const newer = await machine.export({ fromMs: machine.clock.ms - 1 })
    await machine.hour()
    for (const later of [newer, await machine.export()])
      expect(await compare(older, later)).toMatchObject({ ok: true, findings: [] })
  })

  it('truncate and fork: everything in the folder was made to fit, and an older export tells', async () => {
    const machine = await machineIn(temporaryFolder())
    await machine.hour('a')
    await machine.hour('b')
    const early = copyOf(machine.dir)
    await machine.hour('c')
    const older = await machine.export()
    await machine.stop()
    const again = await machineIn(asTheSameDisk(early), machine.clock)
    const cut = await again.export()
    expect((await verifyExport(linesOf(cut), recordTools)).report).toMatchObject({ ok: true })
    expect((await compare(older, cut)).findings.map(inShort)).toContainEqual({
      kind: 'truncate',
      stream: 'inference',
      rows: [7, 9],
      since: 3,
    })
    await again.hour('another c')
    const { findings } = await compare(older, await again.export())
    expect(findings.map(inShort)).toContainEqual({ kind: 'fork', stream: 'inference', rows: [7, 8] })
    expect(findings.find(({ stream }) => stream === 'inference')!.text).toMatch(
      /rows 7 to 8 are the first that differ: the older export has them of 2026-11-02T08:00:00.000Z, the newer of/,
    )
  })

  it('clone: one disk copied, and both go on in one epoch', async () => {
    const dir = await afterHours(2)
    const copy = asTheSameDisk(copyOf(dir))
    const [one, other] = [await machineIn(dir), await machineIn(copy)]
    expect(other.journal.epoch).toBe(one.journal.epoch)
    await one.hour('here')
    await other.hour('there')
    const { findings } = await compare(await one.export(), await other.export())
    expect(findings.map(inShort)).toContainEqual({ kind: 'fork', stream: 'inference', rows: [9, 9] })
    const clone = findings.find(({ kind }) => kind === 'clone')!
    expect(inShort(clone)).toEqual({ kind: 'clone', stream: 'checkpoints', rows: [4, 4], since: 4 })
    expect(clone.text).toMatch(
      /signed two different checkpoints 4.*in use on two disks, or a disk was set back/,
    )
  })

  it('clone: one folder copied, of which one goes on in a new epoch', async () => {
    const dir = await afterHours(2)
    const [one, other] = [await machineIn(dir), await machineIn(copyOf(dir))]
    expect(other.journal.epoch).not.toBe(one.journal.epoch)
    await one.hour('here')
    await other.hour('there')
    const { findings } = await compare(await one.export(), await other.export())
    expect(findings.map(({ kind }) => kind)).toContain('clone')
  })

  it('are not compared where two devices made them', async () => {
    const [one, other] = [await machineIn(temporaryFolder()), await machineIn(temporaryFolder())]
    const { findings } = await compare(await one.export(), await other.export())
    expect(findings.map(({ text }) => text)).toEqual([expect.stringMatching(/two devices made them/)])
  })
})
