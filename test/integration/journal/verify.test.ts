import { describe, expect, it } from 'vitest'
import type { ChainReport } from '#edge/journal/journal.ts'
import { event, openIn, record, startMs, tamper, temporaryFolder } from './fixture.ts'

/** Six blocks of `inference` (rows 1–12), four of `events`, of which the last records that rows 1–4 were dropped. */
async function journalOf(dir: string): Promise<void> {
  const clock = { ms: startMs }
  const journal = openIn(dir, clock)
  for (let i = 0; i < 6; i++) {
    await journal.write((tx) => tx.record(record([{ id: `a${i}` }, { values: [i, 2 * i, 1] }])))
    if (i < 3) await journal.write((tx) => tx.events('events', [event('raised', { i })]))
    if (i === 1) clock.ms += 10_000
  }
  await journal.retain('machine-failure', 5_000, clock.ms)
  expect(await journal.verify()).toEqual({ ok: true, blocks: 10, rows: 16, dropped: 4 })
  await journal.close()
}

async function after(sql: string): Promise<ChainReport> {
  const dir = temporaryFolder()
  await journalOf(dir)
  tamper(dir, sql)
  return openIn(dir).verify()
}

const at = (first: number): string => `stream = 3 AND first = ${first}`

describe('verification', () => {
  it.each<[string, string, RegExp]>([
    [
      'an edited payload',
      `UPDATE blocks SET payload = unhex(replace(hex(payload), hex('press-1'), hex('press-2'))) WHERE ${at(5)}`,
      /inference, epoch \w{8}: the content of rows 5 to 6 was edited/,
    ],
    [
      'one changed byte',
      `UPDATE blocks SET payload = unhex(substr(hex(payload), 1, 100) || '00' || substr(hex(payload), 103)) WHERE ${at(7)}`,
      /content of rows 7 to 8 was edited/,
    ],
    [
      'an edited event',
      `UPDATE blocks SET payload = CAST(replace(CAST(payload AS TEXT), 'raised', 'lowered') AS BLOB) WHERE stream = 0 AND first = 2`,
      /events, .*content of rows 2 to 2 was edited/,
    ],
    [
      'a payload put in the place of another',
      `UPDATE blocks SET payload = (SELECT payload FROM blocks WHERE ${at(9)}) WHERE ${at(7)}`,
      /content of rows 7 to 8 was edited/,
    ],
    [
      'payload and hash put in the place of another',
      `UPDATE blocks SET (payload, sha256) = (SELECT payload, sha256 FROM blocks WHERE ${at(9)}) WHERE ${at(7)}`,
      /header of rows 7 to 8 was edited/,
    ],
    [
      'an edited time of record',
      `UPDATE blocks SET at_ms = at_ms - 1 WHERE ${at(7)}`,
      /header of rows 7 to 8 was edited/,
    ],
    [
      'an edited header of rows that retention dropped',
      `UPDATE blocks SET at_ms = 0 WHERE ${at(1)}`,
      /header of rows 1 to 2 was edited/,
    ],
    ['a deleted block', `DELETE FROM blocks WHERE ${at(7)}`, /rows 7 to 8 are missing/],
    ['a deleted first block', `DELETE FROM blocks WHERE ${at(1)}`, /rows 1 to 2 are missing/],
    [
      'blocks in another order',
      `UPDATE blocks SET first = first + 100 WHERE ${at(7)}; UPDATE blocks SET first = 7, last = 8 WHERE ${at(9)}; UPDATE blocks SET first = 9, last = 10 WHERE ${at(107)}`,
      /header of rows 7 to 8 was edited/,
    ],
    [
      'a journal cut off',
      `DELETE FROM blocks WHERE ${at(11)}`,
      /rows 11 to 12 are missing: cut off at the end/,
    ],
    [
      'events cut off',
      `DELETE FROM blocks WHERE stream = 0 AND first = 4`,
      /events, .*rows 4 to 4 are missing: cut off at the end/,
    ],
    [
      'a head set back',
      `DELETE FROM blocks WHERE ${at(11)}; UPDATE heads SET seq = 10 WHERE stream = 3`,
      /end \(row 10\) is not the recorded one/,
    ],
    [
      'a block added',
      `INSERT INTO blocks SELECT 99, stream, epoch_n, 13, 14, at_ms, kind, model, shape, sha256, digest, digest, payload FROM blocks WHERE ${at(11)}`,
      /header of rows 13 to 14 was edited/,
    ],
    [
      'a block in an epoch that never was',
      `INSERT INTO blocks SELECT 99, stream, 7, first, last, at_ms, kind, model, shape, sha256, prev, digest, payload FROM blocks WHERE ${at(11)}`,
      /epoch that never began/,
    ],
    [
      'content that was taken without a record of it',
      `UPDATE blocks SET payload = NULL WHERE ${at(5)}`,
      /content of 2 rows between 1 and 6 is missing, and no gap is recorded/,
    ],
    [
      'content taken further on',
      `UPDATE blocks SET payload = NULL WHERE ${at(9)}`,
      /content of 2 rows between 9 and 10 is missing, and no gap is recorded/,
    ],
    [
      'an event taken',
      'UPDATE blocks SET payload = NULL WHERE stream = 0 AND first = 1',
      /events, .*content of rows 1 to 1 is missing/,
    ],
    [
      'an edited description of the columns',
      `UPDATE shapes SET json = replace(json, '"ok","failure"', '"failure","ok"')`,
      /what row 1 means was edited/,
    ],
    [
      'another description of the columns',
      `INSERT INTO shapes SELECT 9, 'ff', json FROM shapes; UPDATE blocks SET shape = 9 WHERE ${at(7)}`,
      /what row 7 means was edited/,
    ],
    ['a missing description', 'DELETE FROM shapes', /what row 1 means is missing/],
    [
      'rows filed under another model',
      `UPDATE models SET name = 'harmless'`,
      /rows 1 to 2 are filed under another model/,
    ],
    [
      'an epoch renamed',
      `UPDATE epochs SET epoch = 'e0000000-0000-4000-8000-000000000000'`,
      /epoch e0000000: the end \(row 0\) is not the recorded one/,
    ],
  ])('finds %s', async (_, sql, problem) => {
    const report = await after(sql)
    expect(report.problem).toMatch(problem)
    expect(report.ok).toBe(false)
  })

  it('goes on over epochs, and still finds what was done to the one before', async () => {
    const dir = temporaryFolder()
    await journalOf(dir)
    tamper(dir, "UPDATE meta SET value = 0 WHERE key = 'opens'")
    const journal = openIn(dir)
    const placed = await journal.write((tx) => tx.record(record([{}])))
    expect(placed.first).toBe(1)
    expect(await journal.verify()).toMatchObject({ ok: true, blocks: 12, rows: 18 })
    await journal.close()
    tamper(dir, `DELETE FROM blocks WHERE epoch_n = 1 AND ${at(11)}`)
    expect((await openIn(dir).verify()).problem).toMatch(/rows 11 to 12 are missing: cut off at the end/)
  })

  it('finds that the end of the epoch before was set back together with its blocks', async () => {
    const dir = temporaryFolder()
    await journalOf(dir)
    tamper(dir, "UPDATE meta SET value = 0 WHERE key = 'opens'")
    const journal = openIn(dir)
    await journal.write((tx) => tx.record(record([{}])))
    await journal.close()
    tamper(
      dir,
      `DELETE FROM blocks WHERE epoch_n = 1 AND ${at(11)};
       UPDATE epochs SET tips = json_set(tips, '$[3]', json_array(10, (SELECT lower(hex(digest)) FROM blocks WHERE epoch_n = 1 AND ${at(9)}))) WHERE n = 2`,
    )
    expect((await openIn(dir).verify()).problem).toMatch(/do not follow the rows before them/)
  })
})
