import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { ChainReport, Journal } from '#edge/journal/journal.ts'
import {
  attachment,
  openIn,
  pictures,
  record,
  referenceTo,
  startMs,
  tamper,
  temporaryFolder,
} from './fixture.ts'

const model = 'triage'
const [a, b, c] = ['a', 'b', 'c'].map((text) => attachment(text)) as [
  ReturnType<typeof attachment>,
  ReturnType<typeof attachment>,
  ReturnType<typeof attachment>,
]
const write = (journal: Journal, ...of: Parameters<typeof pictures>) =>
  journal.write((tx) => tx.record(pictures(...of)))

function filedIn(dir: string): unknown[] {
  const db = new DatabaseSync(join(dir, 'journal.db'), { readOnly: true })
  try {
    const rows = db.prepare('SELECT block, lower(hex(sha256)) AS hex FROM attachments ORDER BY 1, 2').all()
    return rows.map(({ block, hex }) => [block, hex])
  } finally {
    db.close()
  }
}

describe('readings of texts and images', () => {
  it('come back as they were sent, an image as the name of its bytes', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const series = attachment('12345678', 'application/octet-stream')
    const remarks = ['', '\ud800 halb', null, referenceTo(b), '日本 __proto__']
    await write(journal, [a, null, series, a, null], { remarks, readingIds: ['1', '2', '3', '4', '5'] })
    await journal.close()

    const again = openIn(dir)
    const { readings } = await again.readings({ model, limit: 9 })
    expect(readings.map((r) => r.values).reverse()).toEqual([
      { age: 7, picture: referenceTo(a), remark: '' },
      { age: 7, picture: null, remark: '\ud800 halb' },
      { age: 7, picture: referenceTo(series), remark: null },
      { age: 7, picture: referenceTo(a), remark: referenceTo(b) },
      { age: 7, picture: null, remark: '日本 __proto__' },
    ])
    expect(again.reading('3', model)?.values['picture']).toBe(referenceTo(series))
    for (const sent of [a, series]) {
      const found = again.attachment(model, sent.sha256)!
      expect([found.media, Buffer.from(found.bytes)]).toEqual([sent.media, sent.bytes])
    }
    // A sender's text that only looks like the name of an image names nothing, and breaks nothing.
    expect(again.attachment(model, b.sha256)).toBeUndefined()
    expect(await again.verify()).toMatchObject({ ok: true, rows: 5 })
    // The same bytes twice in one block are kept once.
    expect(filedIn(dir)).toHaveLength(2)
  })

  it('are found under their own model and by a whole sha256 only', async () => {
    const journal = openIn(temporaryFolder())
    await write(journal, [a])
    await write(journal, [b], { model: 'another' })
    expect(journal.attachment(model, a.sha256)).toBeDefined()
    for (const [name, hex] of [
      ['another', a.sha256],
      ['unknown', a.sha256],
      [model, b.sha256],
      [model, a.sha256.toUpperCase()],
      [model, a.sha256.slice(1)],
      [model, `${a.sha256}00`],
      [model, ''],
    ] as const)
      expect(journal.attachment(name, hex), `${name} ${hex}`).toBeUndefined()
  })

  it('have no trend, and those of numbers beside them do', async () => {
    const journal = openIn(temporaryFolder())
    await write(journal, [a, b])
    const of = async (series: string) =>
      (await journal.series({ model, asset: 'press-1', series, fromMs: 0, toMs: startMs + 9999 })).values
    expect(await of('age')).toEqual([7, 7])
    for (const text of ['picture', 'remark']) expect(await of(text)).toEqual([])
  })

  it('are undone with their unit', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const undone = journal.write((tx) => {
      tx.record(pictures([a, b]))
      throw new Error('boom')
    })
    const kept = write(journal, [b])
    await expect(undone).rejects.toThrow('boom')
    await kept
    expect(filedIn(dir)).toEqual([[1, b.sha256]])
    expect(journal.attachment(model, a.sha256)).toBeUndefined()
    expect(await journal.verify()).toMatchObject({ ok: true, rows: 1 })
  })

  it.each<[string, Parameters<typeof pictures>[1], RegExp]>([
    [
      'numbers where texts are announced',
      { values: [1, 2, 3].map(() => new Float64Array(1)) },
      /"picture" must be texts/,
    ],
    ['texts where numbers are announced', { values: [[''], [''], ['']] }, /"age" must be numbers/],
    ['a name that is no sha256', { attachments: [{ ...a, sha256: 'ab' }] }, /"ab" is not a sha256/],
    ['bytes that no column could name', { ...record([{}]), attachments: [a] }, /cannot have attachments/],
  ])('are refused with %s', async (_, change, why) => {
    const journal = openIn(temporaryFolder())
    await expect(write(journal, [a], change)).rejects.toThrow(why)
    expect(journal.sizes().rows.inference).toBe(0)
  })
})

describe('retention of images', () => {
  it('drops them with their block, and leaves what another block keeps', async () => {
    const dir = temporaryFolder()
    const clock = { ms: startMs }
    const journal = openIn(dir, clock)
    await write(journal, [a, b])
    clock.ms += 60_000
    await write(journal, [b, c])
    await write(journal, [a], { model: 'another' })
    expect(await journal.retain(model, 30_000, clock.ms)).toEqual({ rows: 2 })
    expect(filedIn(dir)).toEqual(
      [
        [2, b.sha256],
        [2, c.sha256],
        [3, a.sha256],
      ].sort(),
    )
    expect(journal.attachment(model, a.sha256)).toBeUndefined()
    expect(journal.attachment('another', a.sha256)).toBeDefined()
    expect(journal.attachment(model, b.sha256)).toBeDefined()
    expect(await journal.verify()).toEqual({ ok: true, blocks: 4, rows: 6, dropped: 2 })
    expect(journal.sizes().rows).toMatchObject({ inference: 5, events: 1 })
    clock.ms += 60_000
    expect(await journal.retain(model, 30_000, clock.ms)).toEqual({ rows: 2 })
    expect(journal.attachment(model, b.sha256)).toBeUndefined()
    expect(filedIn(dir)).toEqual([[3, a.sha256]])
  })

  it('goes in slices of few bytes, and verification may run meanwhile', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    const large = (i: number) => attachment(String(i).padEnd(1024 * 1024, '.'))
    for (let i = 0; i < 12; i++) await write(journal, [large(i)])
    clock.ms += 60_000
    const verifying = journal.verify()
    expect(await journal.retain(model, 30_000, clock.ms)).toEqual({ rows: 12 })
    expect(await verifying).toMatchObject({ ok: true })
    expect(await journal.verify()).toMatchObject({ ok: true, dropped: 12 })
    const gaps = journal.eventRows({ stream: 'events', kind: 'gap', limit: 99 }).rows
    expect(gaps.map(({ body }) => (body as { rows: number }).rows)).toEqual([4, 4, 4])
  })
})

/** Block 1 dropped by retention; block 2 keeps a and b, block 3 of another model b, block 4 no image at all. */
async function journalOf(dir: string): Promise<void> {
  const clock = { ms: startMs }
  const journal = openIn(dir, clock)
  await write(journal, [c])
  clock.ms += 60_000
  await write(journal, [a, b])
  await write(journal, [b], { model: 'another' })
  await journal.write((tx) => tx.record(record([{}])))
  await journal.retain(model, 30_000, clock.ms)
  expect(await journal.verify()).toMatchObject({ ok: true, dropped: 1 })
  await journal.close()
}

describe('verification of images', () => {
  const ofA = `block = 2 AND sha256 = x'${a.sha256}'`
  const copyTo = (block: number) =>
    `INSERT INTO attachments SELECT ${block}, model, sha256, media, bytes FROM attachments WHERE ${ofA}`
  const start = a.sha256.slice(0, 12)
  it.each<[string, string, RegExp]>([
    [
      'edited bytes',
      `UPDATE attachments SET bytes = x'00' WHERE ${ofA}`,
      new RegExp(`inference, epoch \\w{8}: rows 2 to 3: the attachment ${start} was edited`),
    ],
    [
      'a missing image',
      `DELETE FROM attachments WHERE ${ofA}`,
      new RegExp(`rows 2 to 3: .* ${start} is missing`),
    ],
    [
      'bytes filed under another sha256',
      `UPDATE attachments SET sha256 = x'${c.sha256}' WHERE ${ofA}`,
      /rows 2 to 3: .* was not brought by any of them/,
    ],
    ['another kind', `UPDATE attachments SET media = 'text/html' WHERE ${ofA}`, /filed as another kind/],
    ['another model', `UPDATE attachments SET model = 2 WHERE ${ofA}`, /under another model/],
    ['an image put to a dropped block', copyTo(1), /rows 1 to 1: .* should be gone/],
    ['an image put to another block', copyTo(3), /rows 4 to 4: .* was not brought/],
    ['an image put to a block of numbers', copyTo(4), /rows 5 to 5: .* was not brought/],
  ])('finds %s', async (_, sql, problem) => {
    const dir = temporaryFolder()
    await journalOf(dir)
    tamper(dir, sql)
    const report: ChainReport = await openIn(dir).verify()
    expect(report.problem).toMatch(problem)
    expect(report.ok).toBe(false)
  })

  it('is not needed to refuse edited bytes, and a sound copy is given where there is one', async () => {
    const dir = temporaryFolder()
    await journalOf(dir)
    const edit = (hex: string) =>
      tamper(dir, `UPDATE attachments SET bytes = x'00' WHERE block = 2 AND sha256 = x'${hex}'`)
    edit(a.sha256)
    const journal = openIn(dir)
    expect(() => journal.attachment(model, a.sha256)).toThrow(
      expect.objectContaining({ code: 'journal-damaged', message: expect.stringMatching(/of block 2/) }),
    )
    expect(journal.attachment(model, b.sha256)).toBeDefined()
    await write(journal, [b])
    edit(b.sha256)
    expect(Buffer.from(journal.attachment(model, b.sha256)!.bytes)).toEqual(b.bytes)
  })
})
