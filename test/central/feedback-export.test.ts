import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textOf } from '#central/feedback/export/csv.ts'
import { exportFeedback } from '#central/feedback/export/export.ts'
import { exportFeedback as exportByHand } from '#cli/export-feedback.ts'
import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { FeedbackExample } from '#core/contracts/example.ts'
import { type ExportLine, exportLineSchema, type ReviewItem } from '#core/contracts/review.ts'
import { digestKey, type KeptWindows, windowsKey } from '#edge/deploy/privacy-of.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { exampleOf } from '#edge/monitor/example.ts'
import { pseudonymsWith } from '#edge/sync/privacy/pseudonyms.ts'
import { privacyKey } from '#edge/sync/privacy/values.ts'
import { type FeedbackSite, feedbackSite, movedEvent, raisedEvent } from '#support/central/feedback-site.ts'
import { alert, openIn, record, startMs, temporaryFolder } from '../integration/journal/fixture.ts'

/** float64 that a careless writer loses: no decimal, the least and largest, one apart in the last bit, an integer above 2^53. */
const hard = [0.1 + 0.2, 5e-324, Number.MAX_VALUE, 1 + Number.EPSILON, 2 ** 53 + 2, -1e-7, 1e21, 298.1]
const words = ['=HYPERLINK("http://x")', "'quoted", 'a "b", c\r\nd', '-5', '+x', 'Ä·→', '', '12']

let site: FeedbackSite
/** What the machine's journal holds, by reading. */
const served = new Map<string, FeedbackExample>()

/** A machine that served readings, with an alert and an answer for each; out of its own journal. */
async function machineThatLearned(): Promise<void> {
  const journal: Journal = openIn(temporaryFolder())
  const device = await site.machine('press 4')
  const rows = hard.map((value, i) => ({
    id: `r-${i}`,
    values: [value, -value, 0] as [number, number, number],
  }))
  const features = [{ name: 'temp=°C' }, { name: 'a:text' }, { name: 'remark', text: true as const }]
  const secret = { name: 'operator', text: true as const }
  await journal.write((tx) => {
    tx.putState(privacyKey('machine-failure', '1.2.0'), {
      ...{ default: 'raw', features: { operator: 'never' }, asset: 'raw', notes: 'raw' },
    })
    tx.putState(digestKey('machine-failure', '1.2.0'), 'd'.repeat(64))
    const number = { title: 'x', kind: 'number', nullable: true } as const
    const windowed = features.slice(0, 2).map(({ name }) => ({ ...number, name }))
    tx.putState(windowsKey('machine-failure', '1.2.0'), {
      steps: 3,
      features: windowed,
    } satisfies KeptWindows)
    tx.record(
      record(rows, {
        features: [...features, secret],
        values: [
          Float64Array.from(hard),
          Float64Array.from(hard, (value, i) => (i === 3 ? Number.NaN : -value)),
          words,
          words.map(() => 'M. Sato'),
        ],
        verdicts: new Uint8Array(rows.length),
      }),
    )
  })
  const answers: FeedbackAnswer[] = ['real-acted', 'false', 'real-known', 'bad-data', 'unsure', 'real-acted']
  for (const [i, { id }] of rows.entries()) {
    const feedback = { answer: answers[i] ?? 'false', at: new Date(startMs).toISOString(), by: 'M. Sato' }
    const raised = alert(`a-${i}`, { readingId: id })
    const example = (await exampleOf(
      { ...raised, feedback },
      { journal, pseudonym: pseudonymsWith(Buffer.from('k')) },
    ))!
    served.set(id, example)
    const { answer } = feedback
    await site.arrive(device, [
      raisedEvent(raised),
      movedEvent(raised, 'feedback', startMs, { answer }),
      { kind: 'feedback.example', by: 'M. Sato', timeMs: startMs, body: example },
    ])
  }
  await journal.close()
}

const exported = async (query: string) => {
  const answer = await fetch(`${site.url}/api/feedback/export?${query}`, {
    headers: { authorization: `Bearer ${site.token}` },
  })
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}
const jsonl = async (query: string): Promise<ExportLine[]> =>
  (await exported(`format=jsonl&${query}`))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => exportLineSchema.parse(JSON.parse(line)))
const isSame = (a: unknown, b: unknown) => Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b)

beforeAll(async () => {
  site = await feedbackSite()
  await machineThatLearned()
})
afterAll(() => site.remove())

const io = () => {
  const said: string[] = []
  const env = { EDGEWRIGHT_TOKEN: site.token }
  return { env, said, print: (text: string) => said.push(text), note: () => undefined, json: false }
}

describe('training data', () => {
  it('is what was reviewed and not left out, unless everything is asked for', async () => {
    const { items } = (await site.ask<{ items: ReviewItem[] }>('GET', '/api/feedback')).body
    expect(items).toHaveLength(hard.length)
    expect(items.map(({ features }) => features?.window)).toEqual(
      hard.map((_, i) => ({
        ...{ steps: 3, held: Math.min(3, hard.length - i) },
        ...(hard.length - i < 3 && { missing: 'retention' }),
      })),
    )
    expect(await jsonl('')).toEqual([])
    const review = (id: number, body: object) => site.ask('POST', `/api/feedback/${id}/review`, body)
    const [a, b, c] = items.map(({ id }) => id) as [number, number, number]
    expect((await review(a, { state: 'corrected' })).status).toBe(400)
    await review(a, { state: 'corrected', label: 'wear', comment: '=1' })
    await review(b, { state: 'accepted' })
    await review(c, { state: 'excluded' })
    expect((await jsonl('')).map(({ id, review: { state, label } }) => [id, state, label])).toEqual([
      [b, 'accepted', null],
      [a, 'corrected', 'wear'],
    ])
    expect(await jsonl('state=excluded')).toHaveLength(1)
    expect(await jsonl('all=true')).toHaveLength(hard.length)
    expect(await jsonl('all=true&model=other')).toHaveLength(0)
  })

  it('holds in JSONL what the journal holds, to the last bit', async () => {
    const lines = await jsonl('all=true')
    for (const { features, provenance, decision, model } of lines) {
      const example = served.get(provenance.readingId)!
      const at = Number(provenance.readingId.slice(2))
      const window = features!.window!
      expect(features).toEqual({
        ...{ values: example.features, withheld: ['operator'], pseudonymised: [] },
        window: example.window,
      })
      // Of the journal's own columns, as many as there were.
      const from = Math.max(0, at - 2)
      expect(window.features['temp=°C']).toEqual(hard.slice(from, at + 1))
      expect(window.features['a:text']).toEqual(
        hard.slice(from, at + 1).map((value, i) => (from + i === 3 ? null : -value)),
      )
      expect(window).toMatchObject({ steps: 3, withheld: [] })
      expect(window.missing).toBe(at < 2 ? 'retention' : undefined)
      for (const [name, value] of Object.entries(example.features!))
        expect(Object.is(features!.values[name], value)).toBe(true)
      expect(decision).toEqual(example.decision)
      expect(model).toEqual({ id: 'machine-failure', version: '1.2.0', digest: 'd'.repeat(64) })
    }
    expect(lines[0]?.provenance).toMatchObject({
      machine: 'press 4',
      site: 'plant-1',
      asset: 'press-1',
      rule: 'failure',
    })
    expect(lines[3]?.features?.values['a:text']).toBeNull()
  })

  it('holds the same in CSV, and no cell is a formula', async () => {
    const text = (await exported('format=csv&all=true')).toString()
    const [head, ...rows] = parse(text) as string[][]
    const at = (row: string[], column: string) => row[head!.indexOf(column)]!
    expect(rows).toHaveLength(hard.length)
    for (const row of rows) {
      const example = served.get(at(row, 'reading_id'))!
      expect(Object.is(Number(at(row, 'feature.temp=°C')), example.features!['temp=°C'])).toBe(true)
      const other = at(row, 'feature.a%3Atext')
      expect(Object.is(other === '' ? null : Number(other), example.features!['a:text'])).toBe(true)
      expect(textOf(at(row, 'feature.remark:text'))).toBe(example.features!['remark'])
      expect(JSON.parse(at(row, 'withheld'))).toEqual(['operator'])
      expect(JSON.parse(at(row, 'missing'))).toEqual(other === '' ? ['a:text'] : [])
      expect(JSON.parse(at(row, 'decision'))).toEqual(example.decision)
      expect(JSON.parse(at(row, 'window.temp=°C'))).toEqual(example.window!.features['temp=°C'])
      expect(JSON.parse(at(row, 'window_times_ms'))).toEqual(example.window!.timesMs)
      expect([at(row, 'window_steps'), at(row, 'window_missing')]).toEqual([
        '3',
        example.window!.missing ?? '',
      ])
      for (const cell of row) if (Number.isNaN(Number(cell))) expect(cell).not.toMatch(/^\s*[=+\-@]/)
    }
    expect(head).not.toContain('feature.operator:text')
  })

  it('holds the same in Parquet', async () => {
    const bytes = await exported('format=parquet&all=true')
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
    const rows = await parquetReadObjects({ file })
    expect(rows).toHaveLength(hard.length)
    for (const row of rows) {
      const example = served.get(row['reading_id'])!
      expect(isSame(row['feature.temp=°C'], example.features!['temp=°C'])).toBe(true)
      expect(isSame(row['feature.a%3Atext'] ?? null, example.features!['a:text'])).toBe(true)
      expect(row['feature.remark:text']).toBe(example.features!['remark'])
      expect(JSON.parse(row['withheld'])).toEqual(['operator'])
      expect(row['probability']).toBe(example.decision!.probability)
      expect(row['window.temp=°C']).toEqual(example.window!.features['temp=°C'])
      expect(row['window.a%3Atext'].map((x?: number) => x ?? null)).toEqual(
        example.window!.features['a:text'],
      )
      expect(row['window_times_ms']).toEqual(example.window!.timesMs)
      expect(row['answered_at']).toEqual(new Date(startMs))
    }
  })

  it('is one snapshot: what comes meanwhile is not in it', async () => {
    const parts = await exportFeedback(site.base.db, { format: 'csv', all: true })
    const device = await site.machine('late')
    const raised = alert('late', { readingId: 'late' })
    await site.arrive(device, [
      raisedEvent(raised),
      movedEvent(raised, 'feedback', startMs, { answer: 'unsure' }),
    ])
    let text = ''
    for await (const part of parts) text += part
    expect(parse(text)).toHaveLength(hard.length + 1)
    expect(await jsonl('all=true')).toHaveLength(hard.length + 1)
  })

  it('is written to a file by the command line, whole or not at all', async () => {
    const dir = temporaryFolder()
    const output = join(dir, 'feedback.parquet')
    const { file, bytes } = (await exportByHand(io(), {
      central: site.url,
      format: 'parquet',
      all: true,
      output,
    }))!
    expect(readFileSync(file)).toHaveLength(bytes)
    expect(readFileSync(file)).toEqual(await exported('format=parquet&all=true'))
    const broken = createServer((_, response) => {
      response.writeHead(200).write('half')
      setImmediate(() => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(broken, 'listening')
    const central = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
    const rejected = exportByHand(io(), { central, format: 'csv', output: join(dir, 'half.csv') })
    await expect(rejected).rejects.toMatchObject({ code: 'central-unreachable' })
    expect(readdirSync(dir)).toEqual(['feedback.parquet'])
    broken.close()
  })

  it('gives its connection back when nobody reads on', async () => {
    for (let i = 0; i < 30; i++) {
      const parts = await exportFeedback(site.base.db, { format: 'jsonl', all: true })
      if (i % 2 === 0) await parts.next()
      await parts.return?.()
    }
    expect(await jsonl('all=true')).not.toHaveLength(0)
  })
})
