import { describe, expect, it } from 'vitest'
import { addressId } from '#edge/journal/journal.ts'
import type { Gap } from '#edge/journal/retain.ts'
import { openIn, record, startMs, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'
const day = 86_400_000

describe('retention', () => {
  it('drops what is too old, keeps the chain, and records the gap', async () => {
    const dir = temporaryFolder()
    const clock = { ms: startMs }
    const journal = openIn(dir, clock)
    await journal.write((tx) => tx.record(record([{ id: 'old' }, {}], { model: 'another' })))
    await journal.write((tx) => tx.record(record([{ id: 'old' }, { asset: 'press-2' }, {}])))
    clock.ms += 2 * day
    await journal.write((tx) => tx.record(record([{ id: 'new', timeMs: clock.ms }])))
    const { epoch } = journal

    expect(await journal.retain(model, day, clock.ms)).toEqual({ rows: 3 })
    expect(await journal.verify()).toEqual({ ok: true, blocks: 4, rows: 7, dropped: 3 })
    expect(journal.reading('old', model)).toBeUndefined()
    expect(journal.reading(addressId(epoch, 5), model)).toBeUndefined()
    expect(journal.reading('old', 'another')).toMatchObject({ readingId: 'old' })
    expect((await journal.readings({ model, limit: 10 })).readings.map((r) => r.readingId)).toEqual(['new'])
    expect((await journal.readings({ model, asset: 'press-2', limit: 10 })).readings).toEqual([])
    const series = await journal.series({
      model,
      asset: 'press-1',
      series: 'speed',
      fromMs: 0,
      toMs: clock.ms,
    })
    expect(series.values).toEqual([1500])
    expect(journal.eventRows({ stream: 'events', kind: 'gap', limit: 10 }).rows).toEqual([
      {
        kind: 'gap',
        timeMs: clock.ms,
        by: 'runtime',
        body: { stream: 'inference', epoch, model, first: 3, last: 5, rows: 3, why: 'retention' },
        epoch,
        seq: 1,
      },
    ])
    expect(await journal.retain(model, day, clock.ms)).toEqual({ rows: 0 })
    expect(journal.sizes().rows).toMatchObject({ inference: 6, events: 1 })

    // An id whose reading is gone can be used again.
    await journal.write((tx) => tx.record(record([{ id: 'old', asset: 'press-9' }])))
    expect(journal.reading('old', model)).toMatchObject({ asset: 'press-9' })
    await journal.close()
    expect(await openIn(dir, clock).verify()).toMatchObject({ ok: true, dropped: 3 })
  })

  it('works through many blocks in slices, while others write', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    await journal.write((tx) => {
      for (let i = 0; i < 500; i++) tx.record(record([{ id: `a${i}` }], { model: i % 2 ? model : 'another' }))
    })
    clock.ms += 10 * day
    const retaining = journal.retain(model, day, clock.ms)
    const writing = Promise.all(
      Array.from({ length: 20 }, (_, i) => journal.write((tx) => tx.record(record([{ id: `b${i}` }])))),
    )
    const verifying = journal.verify()
    expect(await retaining).toEqual({ rows: 250 })
    await writing
    expect(await verifying).toMatchObject({ ok: true })
    expect(await journal.verify()).toMatchObject({ ok: true, dropped: 250 })
    const gaps = journal
      .eventRows({ stream: 'events', kind: 'gap', limit: 100 })
      .rows.map((row) => row.body as Gap)
    expect(gaps.length).toBeGreaterThan(1)
    // Every second row is of this model: what each gap says of its ends and of its number fits together, without holes.
    for (const gap of gaps) expect(gap.last - gap.first).toBe(2 * (gap.rows - 1))
    expect(gaps.reverse().flatMap((gap) => [gap.first, gap.last])).toEqual(
      gaps.flatMap((gap, i) => [i === 0 ? 2 : gaps[i - 1]!.last + 2, gap.last]),
    )
    expect(gaps.at(-1)!.last).toBe(500)
    expect((await journal.readings({ model, limit: 100 })).readings).toHaveLength(20)
    expect((await journal.readings({ model: 'another', limit: 1000 })).readings).toHaveLength(250)
  })

  it('is not misled by a clock that was ahead or behind', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    const at = async (ms: number, id: string): Promise<void> => {
      clock.ms = ms
      await journal.write((tx) => tx.record(record([{ id }])))
    }
    await at(startMs + 20 * day, 'ahead at first')
    await at(startMs, 'old')
    await at(startMs + 40 * day, 'ahead')
    await at(startMs + 1, 'old too')
    await at(startMs + 9 * day, 'recent')
    await at(0, 'behind')
    await at(startMs + 10 * day, 'now')
    expect(await journal.retain(model, 2 * day, startMs + 10 * day)).toEqual({ rows: 3 })
    const kept = ['ahead at first', 'recent', 'behind', 'now']
    for (const id of kept) expect(journal.reading(id, model), id).toBeDefined()
    for (const id of ['old', 'ahead', 'old too']) expect(journal.reading(id, model), id).toBeUndefined()
    expect(await journal.verify()).toMatchObject({ ok: true, dropped: 3 })
  })

  it('leaves readings that came late but recently, however old their own time is', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    await journal.write((tx) => tx.record(record([{ id: 'late', timeMs: startMs - 400 * day }])))
    expect(await journal.retain(model, day, startMs + 1000)).toEqual({ rows: 0 })
    expect(journal.reading('late', model)).toBeDefined()
    expect(await journal.retain('unknown', day, startMs)).toEqual({ rows: 0 })
  })
})
