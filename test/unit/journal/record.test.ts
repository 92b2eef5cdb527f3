import { describe, expect, it } from 'vitest'
import type { Shape } from '#edge/journal/catalog.ts'
import type { InferenceRecord } from '#edge/journal/journal.ts'
import { attachedIn, encodeRecord, StoredRecord } from '#edge/journal/record.ts'
import { attachment, pictures, record, startMs } from '../../integration/journal/records.ts'

/** As the journal would: the shape goes through JSON, and nothing but the shape. */
function decoded(from: InferenceRecord): StoredRecord {
  const { model, version, provider, features, scoreNames, outputKind, outputs } = from
  const shape = { model, version, provider, features, scoreNames, outputKind, outputs }
  return new StoredRecord(encodeRecord(from), JSON.parse(JSON.stringify(shape)) as Shape, startMs)
}

describe('a record', () => {
  it('of several outputs keeps every column of them, and what they are', () => {
    const outputs = [
      { name: 'kind', kind: 'multiclass' as const, names: ['ok', 'worn', 'broken'] },
      { name: 'life', kind: 'regression' as const, names: ['value'], range: { min: 0 } },
    ]
    const scoreNames = ['ok', 'worn', 'broken', 'life/value']
    const scores = [
      [0.5, 0.25],
      [0.25, 0.5],
      [0.25, 0.25],
      [120, NaN],
    ].map((s) => Float32Array.from(s))
    const stored = decoded(record([{}, {}], { outputKind: 'multiclass', scoreNames, scores, outputs }))
    expect(stored.whole()).toMatchObject({ outputs, scoreNames, scores })
    expect(stored.series('output:life/value')).toEqual(scores[3])
    expect(stored.series('output:life')).toBeUndefined()
  })

  it('names its attachments in the payload, beside the notes, each once', () => {
    const [a, b] = [attachment('a'), attachment('b', 'image/jpeg')]
    const notes = new Map([[1, { alertId: 'x' }]])
    const of = pictures([b, a, b], { notes, attachments: [b, a, b] })
    const payload = encodeRecord(of)
    expect(attachedIn(payload)).toEqual([
      [b.sha256, 'image/jpeg'],
      [a.sha256, 'image/png'],
    ])
    const whole = decoded(of).whole()
    expect(whole.notes).toEqual(notes)
    expect(whole.values.slice(1)).toEqual(of.values.slice(1))
    expect(whole.attachments).toBeUndefined()
  })

  it('without attachments has the payload that it always had', () => {
    const notes = new Map([[0, { alertId: 'x' }]])
    for (const change of [{}, { notes }, { notes, attachments: [] }]) {
      const payload = encodeRecord(record([{}], change))
      expect(attachedIn(payload)).toEqual([])
      expect(Buffer.from(payload).includes('attached')).toBe(false)
      expect(decoded(record([{}], change)).whole().notes).toEqual('notes' in change ? notes : new Map())
    }
  })

  it('of texts is told from one of numbers', () => {
    const stored = decoded(pictures([null, attachment('a')], { attachments: [attachment('a')] }))
    expect(stored.series('picture')).toBeUndefined()
    expect(stored.series('age')).toEqual(Float64Array.of(7, 7))
    const asNumbers = { ...stored.shape, features: stored.shape.features.map(({ name }) => ({ name })) }
    const other = new StoredRecord(encodeRecord(pictures([null, attachment('a')])), asNumbers, startMs)
    expect(() => other.whole()).toThrow(/column 9 does not hold/)
  })
})
