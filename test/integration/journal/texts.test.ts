import { describe, expect, it } from 'vitest'
import { alert, event, openIn, record, temporaryFolder } from './fixture.ts'

const model = 'machine-failure'
const [one, other] = ['S\ud800', 'S\ud801'] as const

describe('texts that UTF-8 cannot hold', () => {
  it('stay apart as assets, at the same moment, across reopening, in few assets and in many', async () => {
    const dir = temporaryFolder()
    const timeMs = Date.parse('2026-01-01T00:00:00Z')
    const journal = openIn(dir)
    const many = Array.from({ length: 10 }, (_, i) => ({ asset: `a${i}`, timeMs }))
    const odd = [one, other, 'S\ufffd'].map((asset) => ({ asset, timeMs }))
    await journal.write((tx) => tx.record(record(odd)))
    await journal.write((tx) => tx.record(record([...many, ...odd])))
    await journal.close()
    const again = openIn(dir)
    await again.write((tx) => tx.record(record(odd.toReversed())))
    for (const { asset } of odd) {
      const { readings } = await again.readings({ model, asset, limit: 10 })
      expect(readings.map((r) => r.asset)).toEqual([asset, asset, asset])
    }
    expect((await again.readings({ model, asset: 'S\udfff', limit: 10 })).readings).toEqual([])
    expect(await again.verify()).toMatchObject({ ok: true, rows: 19 })
  })

  it('stay apart as ids, and are forgotten with their readings', async () => {
    const clock = { ms: 0 }
    const journal = openIn(temporaryFolder(), clock)
    const ids = [one, other, '\0"S\\ud800"']
    await journal.write((tx) => tx.record(record(ids.map((id, i) => ({ id, asset: `a${i}` })))))
    for (const [i, id] of ids.entries())
      expect(journal.reading(id, model)).toMatchObject({ readingId: id, asset: `a${i}` })
    expect(journal.reading('S\ufffd', model)).toBeUndefined()
    await journal.retain(model, 1000, 5000)
    for (const id of ids) expect(journal.reading(id, model)).toBeUndefined()
    clock.ms = 5000
    await journal.write((tx) => tx.record(record([{ id: one, asset: 'anew' }])))
    expect(journal.reading(one, model)).toMatchObject({ asset: 'anew' })
  })

  it('stay apart as models, state, kinds of events and in alerts', async () => {
    const journal = openIn(temporaryFolder())
    await journal.write((tx) => {
      for (const [i, text] of [one, other].entries()) {
        tx.record(record([{ id: 'same', asset: `a${i}` }], { model: text }))
        tx.putState(text, i)
        tx.putAlert(alert(text, { asset: text, rule: text }))
      }
      tx.events('events', [event(one, 0), event(other, 1)])
      tx.events('events', [event(other, 2)])
    })
    for (const [i, text] of [one, other].entries()) {
      expect(journal.reading('same', text)).toMatchObject({ asset: `a${i}` })
      expect(journal.state(text)).toBe(i)
      expect(journal.alert(text)).toMatchObject({ id: text })
      const { alerts } = journal.alerts({ asset: text, rule: text, limit: 5 })
      expect(alerts.map((a) => a.id)).toEqual([text])
      const events = journal.eventRows({ stream: 'events', kind: text, limit: 5 })
      expect(events.rows.map((row) => row.body)).toEqual(i === 0 ? [0] : [2, 1])
    }
    await journal.write((tx) => tx.putState(one, undefined))
    expect([journal.state(one), journal.state(other)]).toEqual([undefined, 1])
    expect(await journal.verify()).toMatchObject({ ok: true })
  })
})
