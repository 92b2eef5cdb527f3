import { describe, expect, it } from 'vitest'
import type { Journal } from '#edge/journal/journal.ts'
import { addressId } from '#edge/journal/journal.ts'
import { openIn, record, startMs, tamper, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'
const minute = 60_000

/** Five blocks a minute apart, one row of press-1 and one of another asset in each; the content of the third is damaged. */
async function damagedJournal(sql: string): Promise<Journal> {
  const dir = temporaryFolder()
  const journal = openIn(dir)
  for (let i = 0; i < 5; i++) {
    const timeMs = startMs + i * minute
    const rows = [
      { id: `r${i}`, timeMs },
      { asset: `other-${i}`, timeMs },
    ]
    await journal.write((tx) => tx.record(record(rows)))
  }
  await journal.close()
  tamper(dir, sql)
  return openIn(dir)
}

const third = 'stream = 3 AND first = 5'
const damage: [string, string, RegExp][] = [
  ['zeros', `UPDATE blocks SET payload = zeroblob(length(payload)) WHERE ${third}`, /not what was written/],
  [
    'an edit that still decodes',
    `UPDATE blocks SET payload = unhex(replace(hex(payload), hex('press-1'), hex('press-2'))) WHERE ${third}`,
    /not what was written/,
  ],
  ['a lost description', `UPDATE blocks SET shape = 99 WHERE ${third}`, /what its columns mean is missing/],
  [
    'an edited description',
    `INSERT INTO shapes SELECT 9, 'ff', json FROM shapes; UPDATE blocks SET shape = 9 WHERE ${third}`,
    /missing or was edited/,
  ],
]

describe('a damaged block', () => {
  it.each(damage)(
    '(%s) ends a page and is named by the next, and nothing else is lost',
    async (_, sql, why) => {
      const journal = await damagedJournal(sql)
      const newer = await journal.readings({ model, asset: 'press-1', limit: 10 })
      expect(newer.readings.map((r) => r.readingId)).toEqual(['r4', 'r3'])
      expect(newer.next).not.toBeNull()
      const next = journal.readings({ model, asset: 'press-1', limit: 10, cursor: newer.next! })
      await expect(next).rejects.toMatchObject({
        code: 'journal-damaged',
        message: expect.stringMatching(why),
      })
      await expect(next).rejects.toThrow(/block 3 \(inference, epoch \w{8}, rows 5 to 6\)/)

      const older = await journal.readings({ model, toMs: startMs + 2 * minute - 1, limit: 10 })
      expect(older).toMatchObject({ next: null, readings: { length: 4 } })
      for (const asset of ['other-0', 'other-4'])
        expect((await journal.readings({ model, asset, limit: 10 })).readings).toHaveLength(1)
      expect(journal.reading('r1', model)).toBeDefined()
      expect(() => journal.reading('r2', model)).toThrow(/block 3/)
      expect(() => journal.reading(addressId(journal.epoch, 6), model)).toThrow(/block 3/)
      const series = { model, asset: 'press-1', series: 'speed', fromMs: startMs }
      expect((await journal.series({ ...series, toMs: startMs + minute })).values).toHaveLength(2)
      await expect(journal.series({ ...series, toMs: startMs + 9 * minute })).rejects.toThrow(/block 3/)
      expect(await journal.verify()).toMatchObject({ ok: false, problem: expect.stringMatching(/5/) })
    },
  )

  it('that is missing altogether is named too', async () => {
    const journal = await damagedJournal(`DELETE FROM blocks WHERE ${third}`)
    const query = { model, fromMs: startMs + 2 * minute, toMs: startMs + 2 * minute, limit: 10 }
    await expect(journal.readings(query)).rejects.toThrow(/cannot read block 3: it is missing/)
  })

  it('does not keep retention from its work', async () => {
    const journal = await damagedJournal(damage[0]![1])
    expect(await journal.retain(model, 0, startMs + 1)).toEqual({ rows: 10 })
    expect(await journal.readings({ model, limit: 10 })).toEqual({ readings: [], next: null })
    expect(journal.reading('r2', model)).toBeUndefined()
    expect(await journal.verify()).toMatchObject({ ok: true, dropped: 10 })
  })

  it('among blocks of many assets does not hide an asset that it lacks', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const assets = (from: number): { asset: string }[] =>
      Array.from({ length: 12 }, (_, i) => ({ asset: `a${from + i}` }))
    for (const from of [0, 3, 100, 200]) await journal.write((tx) => tx.record(record(assets(from))))
    await journal.close()
    tamper(dir, 'UPDATE blocks SET payload = zeroblob(length(payload)) WHERE first > 24')
    const again = openIn(dir)
    expect((await again.readings({ model, asset: 'a5', limit: 9 })).readings).toHaveLength(2)
    expect((await again.readings({ model, asset: 'a14', limit: 9 })).readings).toHaveLength(1)
    expect(await again.readings({ model, asset: 'a15', limit: 9 })).toEqual({ readings: [], next: null })
    await expect(again.readings({ model, asset: 'a100', limit: 9 })).rejects.toMatchObject({
      code: 'journal-damaged',
    })
  })
})
