import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Alert, alertStateSchema } from '#core/contracts/alert.ts'
import type { AlertQuery, Journal } from '#edge/journal/journal.ts'
import { alert, event, openIn, startMs, temporaryFolder } from './fixture.ts'

function everyPage(journal: Journal, query: AlertQuery): Alert[] {
  const all: Alert[] = []
  for (let cursor: string | undefined; ; ) {
    const page = journal.alerts({ ...query, ...(cursor !== undefined && { cursor }) })
    all.push(...page.alerts)
    if (page.next === null) return all
    expect(page.alerts).toHaveLength(query.limit)
    cursor = page.next
  }
}

describe('alerts', () => {
  it('stand as they were last put', async () => {
    const dir = temporaryFolder()
    const journal = openIn(dir)
    await journal.write((tx) => tx.putAlert(alert('a')))
    const changed = alert('a', { state: 'acknowledged', acknowledgedBy: 'operator' })
    await journal.write((tx) => tx.putAlert(changed))
    expect(journal.alert('a')).toEqual(changed)
    expect(journal.alerts({ limit: 10 })).toEqual({ alerts: [changed], next: null })
    await journal.close()
    expect(openIn(dir).alert('a')).toEqual(changed)
    expect(openIn(temporaryFolder()).alert('a')).toBeUndefined()
  })

  it('come newest first, in pages, by state, model, rule and asset', async () => {
    const one = fc.record({
      state: fc.constantFrom(...alertStateSchema.options),
      raised: fc.integer({ min: 0, max: 4 }),
      model: fc.constantFrom('m', 'n'),
      rule: fc.constantFrom('r', 's'),
      asset: fc.constantFrom('a', 'b'),
    })
    const query = fc.record(
      {
        states: fc.uniqueArray(fc.constantFrom(...alertStateSchema.options), { minLength: 1 }),
        model: fc.constant('m'),
        rule: fc.constant('r'),
        asset: fc.constant('a'),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 10, maxLength: 60 }),
        query,
        fc.integer({ min: 1, max: 9 }),
        async (raw, filter, limit) => {
          const journal = openIn(temporaryFolder())
          const alerts = raw.map((a, i) =>
            alert(`id-${i}`, {
              ...a,
              model: { id: a.model, version: '1.0.0', title: 'M' },
              raisedAt: new Date(startMs + a.raised * 1000).toISOString(),
            }),
          )
          await journal.write((tx) => alerts.forEach((a) => tx.putAlert(a)))
          const wanted = alerts.filter(
            (a) =>
              (filter.states ?? [a.state]).includes(a.state) &&
              (filter.model ?? a.model.id) === a.model.id &&
              (filter.rule ?? a.rule) === a.rule &&
              (filter.asset ?? a.asset) === a.asset,
          )
          wanted.sort((a, b) => Date.parse(b.raisedAt) - Date.parse(a.raisedAt) || (a.id < b.id ? 1 : -1))
          expect(everyPage(journal, { ...filter, limit }).map((a) => a.id)).toEqual(wanted.map((a) => a.id))
          await journal.close()
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('the track record', () => {
  it('counts the last answer of each alert, and only answers that tell', async () => {
    const journal = openIn(temporaryFolder())
    const answered = (
      id: string,
      answer: NonNullable<Alert['feedback']>['answer'],
      day: number,
      rule = 'failure',
    ) =>
      journal.write((tx) =>
        tx.putAlert(
          alert(id, {
            rule,
            raisedAt: new Date(startMs + day * 86_400_000).toISOString(),
            feedback: { answer, at: '', by: 'operator' },
          }),
        ),
      )
    expect(journal.trackRecord('machine-failure', 'failure')).toEqual({ real: 0, answered: 0 })
    await journal.write((tx) => tx.putAlert(alert('open')))
    await answered('a', 'real-acted', 3)
    await answered('b', 'real-known', 2)
    await answered('c', 'false', 4)
    await answered('d', 'unsure', 0)
    await answered('e', 'bad-data', 1)
    await answered('f', 'false', 1, 'another')
    const since = new Date(startMs + 2 * 86_400_000).toISOString()
    expect(journal.trackRecord('machine-failure', 'failure')).toEqual({ real: 2, answered: 3, since })
    await answered('a', 'false', 3)
    expect(journal.trackRecord('machine-failure', 'failure')).toEqual({ real: 1, answered: 3, since })
    await answered('b', 'unsure', 2)
    expect(journal.trackRecord('machine-failure', 'failure')).toMatchObject({ real: 0, answered: 2 })
    expect(journal.trackRecord('another-model', 'failure')).toEqual({ real: 0, answered: 0 })
  })
})

describe('events', () => {
  it('come newest first, in pages, of one kind or all, with their addresses', async () => {
    const journal = openIn(temporaryFolder())
    for (let i = 0; i < 100; i++)
      await journal.write((tx) =>
        tx.events('events', [
          event('raised', i),
          ...(i % 3 === 0 ? [event('audit', { i, text: 'ä"\n' })] : []),
        ]),
      )
    await journal.write((tx) => tx.events('rollout', [event('staged')]))
    const pages = (kind?: string): unknown[] => {
      const found: unknown[] = []
      for (let cursor: string | undefined; ; ) {
        const page = journal.eventRows({
          stream: 'events',
          limit: 13,
          ...(kind !== undefined && { kind }),
          ...(cursor !== undefined && { cursor }),
        })
        found.push(...page.rows)
        if (page.next === null) return found
        cursor = page.next
      }
    }
    const all = pages() as { seq: number; epoch: string }[]
    expect(all.map((row) => row.seq)).toEqual(Array.from({ length: 134 }, (_, i) => 134 - i))
    expect(all[0]).toEqual({ ...event('audit', { i: 99, text: 'ä"\n' }), epoch: journal.epoch, seq: 134 })
    expect(pages('audit')).toEqual(all.filter((row) => (row as { kind?: string }).kind === 'audit'))
    expect(pages('raised')).toHaveLength(100)
    expect(pages('unknown')).toEqual([])
  })
})
