import { describe, expect, it } from 'vitest'
import type { Arrival, Journal } from '#edge/journal/journal.ts'
import { openIn, record, startMs, tamper, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'
const hour = 3_600_000

async function arrived(journal: Journal, fromMs = 0, toMs = Infinity, name = model): Promise<Arrival[]> {
  const all: Arrival[] = []
  for await (const arrival of journal.arrivals({ model: name, fromMs, toMs })) all.push(arrival)
  return all
}
const ids = (arrivals: Arrival[]) => arrivals.map(({ record }) => record?.readingIds[0])

describe('the arrivals of a model', () => {
  it('come in the order of arrival, whatever their own times, and not those of another model', async () => {
    const clock = { ms: startMs }
    const journal = openIn(temporaryFolder(), clock)
    for (const [i, timeMs] of [0, -90 * 86_400_000, 5 * hour, -hour].entries()) {
      clock.ms = startMs + i * hour
      await journal.write((tx) => {
        tx.record(record([{ id: `r${i}`, timeMs: startMs + timeMs }, {}]))
        tx.record(record([{ id: `other${i}` }], { model: 'other' }))
      })
    }
    expect(ids(await arrived(journal))).toEqual(['r0', 'r1', 'r2', 'r3'])
    expect(ids(await arrived(journal, startMs + hour, startMs + 2 * hour))).toEqual(['r1', 'r2'])
    expect((await arrived(journal))[1]).toMatchObject({ atMs: startMs + hour, rows: 2 })
    expect(ids(await arrived(journal, 0, Infinity, 'other'))).toHaveLength(4)
    expect(await arrived(journal, 0, Infinity, 'unknown')).toEqual([])
  })

  it('go on over many pages, also where all came at once', async () => {
    const journal = openIn(temporaryFolder())
    const n = 1100
    await Promise.all(
      Array.from({ length: n }, (_, i) => journal.write((tx) => tx.record(record([{ id: `r${i}` }])))),
    )
    expect(ids(await arrived(journal))).toEqual(Array.from({ length: n }, (_, i) => `r${i}`))
  })

  it('say what retention dropped and what is damaged, and give the rest', async () => {
    const dir = temporaryFolder()
    const clock = { ms: startMs }
    const journal = openIn(dir, clock)
    for (let i = 0; i < 4; i++) {
      clock.ms = startMs + i * hour
      await journal.write((tx) => tx.record(record([{ id: `r${i}` }, {}, {}])))
    }
    await journal.retain(model, 2.5 * hour, clock.ms)
    await journal.close()
    tamper(dir, 'UPDATE blocks SET payload = zeroblob(length(payload)) WHERE stream = 3 AND first = 7')
    const again = await arrived(openIn(dir, clock))
    expect(again.map(({ rows, missing }) => [rows, missing])).toEqual([
      [3, 'retention'],
      [3, undefined],
      [3, 'damaged'],
      [3, undefined],
    ])
    expect(ids(again)).toEqual([undefined, 'r1', undefined, 'r3'])
  })
})
