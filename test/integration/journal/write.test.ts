import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Transaction } from '#edge/journal/journal.ts'
import { alert, event, openIn, record, temporaryFolder } from './fixture.ts'

describe('writing', () => {
  it('numbers rows from 1 without holes, per stream', async () => {
    const journal = openIn(temporaryFolder())
    const placed = await Promise.all([
      journal.write((tx) => tx.record(record([{}, {}, {}]))),
      journal.write((tx) => tx.events('events', [event('a'), event('b')])),
      journal.write((tx) => tx.record(record([{}]))),
      journal.write((tx) => tx.events('rollout', [event('c')])),
    ])
    expect(placed.map(({ first, last }) => [first, last])).toEqual([
      [1, 3],
      [1, 2],
      [4, 4],
      [1, 1],
    ])
    expect(new Set(placed.map((p) => p.epoch))).toEqual(new Set([journal.epoch]))
    expect(journal.sizes()).toMatchObject({
      blocks: { events: 1, rollout: 1, metrics: 0, inference: 2, raw: 0 },
      rows: { events: 2, rollout: 1, metrics: 0, inference: 4, raw: 0 },
    })
  })

  it('undoes a unit that throws, alone, with everything it did', async () => {
    const journal = openIn(temporaryFolder())
    const boom = new Error('boom')
    const [before, failed, after] = await Promise.allSettled([
      journal.write((tx) => tx.record(record([{ id: 'a' }]))),
      journal.write((tx) => {
        tx.record(record([{ id: 'b', asset: 'press-2' }, {}], { model: 'another' }))
        tx.events('events', [event('raised')])
        tx.putAlert(alert('x'))
        tx.putState('slots', 1)
        throw boom
      }),
      // Meets the model, the shape and the asset that the undone unit had met first.
      journal.write((tx) => tx.record(record([{ id: 'c', asset: 'press-2' }], { model: 'another' }))),
    ])
    expect(before).toMatchObject({ status: 'fulfilled', value: { first: 1, last: 1 } })
    expect(failed).toEqual({ status: 'rejected', reason: boom })
    expect(after).toMatchObject({ status: 'fulfilled', value: { first: 2, last: 2 } })
    expect(journal.reading('b', 'another')).toBeUndefined()
    expect(journal.reading('c', 'another')).toMatchObject({ asset: 'press-2' })
    expect(journal.alert('x')).toBeUndefined()
    expect(journal.state('slots')).toBeUndefined()
    expect(journal.sizes().rows).toMatchObject({ events: 0, inference: 2 })
    expect(await journal.verify()).toMatchObject({ ok: true, rows: 2 })
  })

  it('undoes a unit that hides a failed call', async () => {
    const journal = openIn(temporaryFolder())
    const unit = journal.write((tx) => {
      tx.putState('half', true)
      try {
        tx.record(record([{}], { values: [new Float64Array(2), new Float64Array(1), new Float64Array(1)] }))
      } catch {
        return 'as if nothing had happened'
      }
      return 'ok'
    })
    await expect(unit).rejects.toThrow(/has 2 rows where the block has 1/)
    expect(journal.state('half')).toBeUndefined()
  })

  it('refuses work that is asynchronous, and a transaction whose unit is over', async () => {
    const journal = openIn(temporaryFolder())
    let kept: Transaction | undefined
    await expect(
      journal.write(async (tx) => {
        kept = tx
        tx.putState('late', 1)
      }),
    ).rejects.toThrow(/must be synchronous/)
    expect(journal.state('late')).toBeUndefined()
    expect(() => kept!.putState('later', 1)).toThrow(/is over/)
  })

  it('writes what is written from inside a unit in a later unit', async () => {
    const journal = openIn(temporaryFolder())
    const inner = await journal.write((tx) => {
      tx.putState('outer', 1)
      return { again: journal.write((later) => later.putState('inner', journal.state('outer'))) }
    })
    await inner.again
    expect(journal.state('inner')).toBe(1)
  })

  it('rejects a whole group while another program holds the database, and goes on afterwards', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const other = new DatabaseSync(join(dir, 'journal.db'))
    other.exec('BEGIN IMMEDIATE')
    const refused = await Promise.allSettled(
      [1, 2, 3].map((i) => journal.write((tx) => tx.putState(`k${i}`, i))),
    )
    for (const outcome of refused)
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'journal-unwritable',
          message: 'The journal cannot be written: another program holds it.',
        },
      })
    other.exec('ROLLBACK')
    other.close()
    expect(await journal.write((tx) => tx.record(record([{}])))).toMatchObject({ first: 1 })
    expect(journal.state('k1')).toBeUndefined()
  })

  it('takes thousands of units at once, in their order', async () => {
    const journal = openIn(temporaryFolder())
    const placed = await Promise.all(
      Array.from({ length: 3000 }, (_, i) => journal.write((tx) => tx.events('metrics', [event('tick', i)]))),
    )
    expect(placed.map((p) => p.first)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
    expect(await journal.verify()).toEqual({ ok: true, blocks: 3000, rows: 3000, dropped: 0 })
  })

  it('commits what waits when it is closed, and then takes nothing more', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    const last = journal.write((tx) => tx.putState('last', 'words'))
    await journal.close()
    await last
    await expect(journal.write((tx) => tx.putState('more', 1))).rejects.toMatchObject({
      code: 'journal-unwritable',
    })
    expect(openIn(dir).state('last')).toBe('words')
  })

  it('keeps small state, replaces it and removes it', async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => tx.putState('slots', { running: '1.2.0' }))
    await journal.write((tx) => tx.putState('slots', { running: '1.3.0' }))
    expect(journal.state('slots')).toEqual({ running: '1.3.0' })
    await journal.write((tx) => tx.putState('slots', undefined))
    expect(journal.state('slots')).toBeUndefined()
  })
})
