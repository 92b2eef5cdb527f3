import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QualityMark, RecordedReading } from '#core/contracts/decision.ts'
import { addressId, type Journal, type ReadingQuery } from '#edge/journal/journal.ts'
import { openIn, type Row, record, startMs, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'

async function everyPage(journal: Journal, query: ReadingQuery): Promise<RecordedReading[]> {
  const all: RecordedReading[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await journal.readings({ ...query, ...(cursor !== undefined && { cursor }) })
    expect(page.readings.length).toBeLessThanOrEqual(query.limit)
    all.push(...page.readings)
    if (page.next === null) return all
    expect(page.readings).toHaveLength(query.limit)
    cursor = page.next
  }
}

describe('a reading', () => {
  it('comes back as it was decided, by its own id', async () => {
    const journal = openIn(temporaryFolder())
    const quality: QualityMark[] = [{ code: 'filled', feature: 'speed', message: 'speed is unusually high' }]
    const explanation = { features: [], text: 'no single input stands out' }
    const rows: Row[] = [
      {},
      { id: 'mine', asset: 'press-2', verdict: 0, values: [301.5, NaN, 1], scores: [0.125, 0.875] },
    ]
    await journal.write((tx) =>
      tx.record(record(rows, { notes: new Map([[1, { quality, explanation, alertId: 'a1' }]]) })),
    )
    expect(journal.reading('mine', model)).toEqual({
      readingId: 'mine',
      asset: 'press-2',
      time: new Date(startMs + 1000).toISOString(),
      values: { temperature: 301.5, speed: null, grade: 'high' },
      decision: {
        readingId: 'mine',
        verdict: 'alert',
        by: 'model',
        probability: 0.875,
        quality,
        explanation,
        alertId: 'a1',
        model: { id: model, version: '1.2.0' },
        provider: 'cpu',
        ms: 0.5,
      },
    })
  })

  it('has every class where there are several, a value in regression, neither where it was rejected', async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => {
      tx.record(record([{ id: 'multi' }], { model: 'm', outputKind: 'multiclass', scoreNames: ['a', 'b'] }))
      tx.record(
        record([{ id: 'value' }], {
          model: 'r',
          outputKind: 'regression',
          scoreNames: ['value'],
          scores: [Float32Array.of(12.5)],
          reported: Int8Array.of(0),
        }),
      )
      const sent = { temperature: 'hot', rpm: 12 }
      tx.record(
        record([{ id: 'bad', verdict: 3, values: [NaN, NaN, NaN], scores: [NaN, NaN], timeMs: NaN }], {
          reported: Int8Array.of(-1),
          notes: new Map([[0, { sent, quality: [{ code: 'wrong-type', message: 'temperature is text' }] }]]),
        }),
      )
    })
    expect(journal.reading('multi', 'm')!.decision).toMatchObject({
      probability: 0.25,
      classes: { a: 0.75, b: 0.25 },
    })
    expect(journal.reading('value', 'r')!.decision).toMatchObject({ value: 12.5 })
    const bad = journal.reading('bad', model)!
    expect(bad).toMatchObject({
      values: { temperature: 'hot', rpm: 12 },
      time: new Date(startMs).toISOString(),
    })
    expect(bad.decision).not.toHaveProperty('probability')
    expect(bad.decision.verdict).toBe('rejected')
  })

  it('is found by its address where the sender gave no id, across reopening', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const { epoch, first } = await journal.write((tx) =>
      tx.record(record([{ id: 's' }, { asset: 'press-7' }])),
    )
    await journal.close()
    const again = openIn(dir)
    expect(again.epoch).toBe(epoch)
    const id = addressId(epoch, first + 1)
    expect(again.reading(id, model)).toMatchObject({ readingId: id, asset: 'press-7' })
    // The row with an id of its own has no second name, rows to come have none yet, other models none of these.
    expect(again.reading(addressId(epoch, first), model)).toBeUndefined()
    expect(again.reading(addressId(epoch, first + 2), model)).toBeUndefined()
    expect(again.reading(addressId('ffffffff', first + 1), model)).toBeUndefined()
    expect(again.reading(id, 'another')).toBeUndefined()
    expect(again.reading('nobody', model)).toBeUndefined()
  })

  it("keeps a sender's id that looks like an address", async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => tx.record(record([{ asset: 'by address' }])))
    const likeAddress = addressId(journal.epoch, 1)
    await journal.write((tx) =>
      tx.record(
        record([
          { id: likeAddress, asset: 'by id' },
          { id: '12345678.9', asset: 'other' },
        ]),
      ),
    )
    expect(journal.reading(likeAddress, model)).toMatchObject({ asset: 'by id' })
    expect(journal.reading('12345678.9', model)).toMatchObject({ asset: 'other' })
  })

  it('is the first one where an id is repeated, and a model does not see the ids of another', async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => tx.record(record([{ id: '1', asset: 'first' }])))
    await journal.write((tx) =>
      tx.record(
        record([
          { id: '1', asset: 'second' },
          { id: '1', asset: 'third' },
        ]),
      ),
    )
    await journal.write((tx) => tx.record(record([{ id: '1', asset: 'elsewhere' }], { model: 'another' })))
    expect(journal.reading('1', model)).toMatchObject({ asset: 'first' })
    expect(journal.reading('1', 'another')).toMatchObject({ asset: 'elsewhere' })
  })
})

describe('readings', () => {
  const row = fc.record({
    asset: fc.constantFrom('a', 'b', 'c'),
    timeMs: fc.integer({ min: 0, max: 50 }).map((s) => startMs + s * 1000),
  })
  const manyAssets = fc
    .integer({ min: 9, max: 12 })
    .map((n) =>
      Array.from({ length: n }, (_, i) => ({ asset: 'abcdefghijkl'[i]!, timeMs: startMs + i * 2000 })),
    )
  const blocks = fc.array(
    fc.oneof({ weight: 4, arbitrary: fc.array(row, { minLength: 1, maxLength: 6 }) }, manyAssets),
    {
      minLength: 1,
      maxLength: 50,
    },
  )

  it('come in pages, each exactly once, whatever is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        blocks,
        fc.constantFrom(undefined, 'a', 'b', 'k', 'nobody'),
        fc.tuple(fc.integer({ min: -5, max: 55 }), fc.integer({ min: -5, max: 55 })),
        fc.integer({ min: 1, max: 40 }),
        async (batches, asset, bounds, limit) => {
          const journal = openIn(temporaryFolder())
          await journal.write((tx) => batches.forEach((rows) => tx.record(record(rows))))
          const rows = batches.flat().map((r, i) => ({ ...r, seq: i + 1 }))
          const [fromMs, toMs] = bounds.toSorted((x, y) => x - y).map((s) => startMs + s * 1000)
          const wanted = rows.filter(
            (r) => (asset ?? r.asset) === r.asset && r.timeMs >= fromMs! && r.timeMs <= toMs!,
          )
          const got = await everyPage(journal, {
            model,
            limit,
            fromMs: fromMs!,
            toMs: toMs!,
            ...(asset !== undefined && { asset }),
          })
          const ids = wanted.map((r) => addressId(journal.epoch, r.seq))
          expect(got.map((r) => r.readingId).sort()).toEqual(ids.sort())
          if (asset !== undefined) {
            const series = await journal.series({
              model,
              asset,
              series: 'output:failure',
              fromMs: fromMs!,
              toMs: toMs!,
            })
            expect(series.timesMs).toEqual(wanted.map((r) => r.timeMs).sort((x, y) => x - y))
          }
          await journal.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('come newest first, and new ones do not disturb the paging', async () => {
    const journal = openIn(temporaryFolder())
    const at = (s: number): Row => ({ timeMs: startMs + s * 1000, id: `r${s}` })
    for (let s = 0; s < 30; s += 3)
      await journal.write((tx) => tx.record(record([at(s), at(s + 1), at(s + 2)])))
    const first = await journal.readings({ model, asset: 'press-1', limit: 7 })
    await journal.write((tx) => tx.record(record([at(30)])))
    const second = await journal.readings({ model, asset: 'press-1', limit: 100, cursor: first.next! })
    const ids = [...first.readings, ...second.readings].map((r) => r.readingId)
    expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => `r${29 - i}`))
    expect(second.next).toBeNull()
  })

  it('refuse a cursor that is none', async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => tx.record(record([{}])))
    for (const cursor of [
      'x',
      Buffer.from('[1,2]').toString('base64url'),
      Buffer.from('["a",1,1]').toString('base64url'),
    ])
      await expect(journal.readings({ model, limit: 5, cursor })).rejects.toMatchObject({
        code: 'request-invalid',
      })
  })

  it('that were rejected are found by when they came, since their own time is not believed', async () => {
    const journal = openIn(temporaryFolder(), { ms: startMs + 5000 })
    const future = startMs + 9_999_999
    await journal.write((tx) =>
      tx.record(record([{ timeMs: future, verdict: 3, id: 'future' }, { id: 'sound' }])),
    )
    const { readings } = await journal.readings({
      model,
      fromMs: startMs + 5000,
      toMs: startMs + 5000,
      limit: 10,
    })
    expect(readings.map((r) => [r.readingId, r.time])).toEqual([['future', new Date(future).toISOString()]])
  })

  it('that are looked for in vain in many blocks let the event loop turn', async () => {
    const journal = openIn(temporaryFolder())
    const hour = 3_600_000
    const rows = Array.from({ length: 50 }, (_, i) => ({ timeMs: startMs + (i % 2) * hour }))
    await journal.write((tx) => {
      for (let i = 0; i < 2000; i++) tx.record(record(rows))
    })
    let turns = 0
    const count = setInterval(() => turns++, 1)
    const page = await journal.readings({ model, fromMs: startMs + 1, toMs: startMs + hour - 1, limit: 10 })
    clearInterval(count)
    expect(page).toEqual({ readings: [], next: null })
    expect(turns).toBeGreaterThan(1)
  })
})

describe('a series', () => {
  it('is one column of one asset, without rejected readings and without nothing', async () => {
    const journal = openIn(temporaryFolder())
    const at = (s: number, temperature: number, change: Row = {}): Row => ({
      timeMs: startMs + s * 1000,
      values: [temperature, 1, 0],
      scores: [0.5, s / 8],
      ...change,
    })
    await journal.write((tx) => tx.record(record([at(2, 20), at(0, 10, { verdict: 3 }), at(3, NaN)])))
    await journal.write((tx) => tx.record(record([at(1, 15), at(1, 99, { asset: 'press-2' }), at(8, 80)])))
    const query = { model, asset: 'press-1', fromMs: startMs, toMs: startMs + 5000 }
    expect(await journal.series({ ...query, series: 'temperature' })).toEqual({
      timesMs: [startMs + 1000, startMs + 2000],
      values: [15, 20],
    })
    expect((await journal.series({ ...query, series: 'output:failure' })).values).toEqual([
      0.125, 0.25, 0.375,
    ])
    expect(await journal.series({ ...query, series: 'unknown' })).toEqual({ timesMs: [], values: [] })
  })

  it('of many blocks lets the event loop turn', async () => {
    const journal = openIn(temporaryFolder())
    const rows = Array.from({ length: 50 }, (_, i) => ({ timeMs: startMs + i }))
    await journal.write((tx) => {
      for (let i = 0; i < 2000; i++) tx.record(record(rows))
    })
    let turns = 0
    const count = setInterval(() => turns++, 1)
    const { values } = await journal.series({
      model,
      asset: 'press-1',
      series: 'speed',
      fromMs: 0,
      toMs: startMs * 2,
    })
    clearInterval(count)
    expect(values).toHaveLength(100_000)
    expect(turns).toBeGreaterThan(1)
  })
})
