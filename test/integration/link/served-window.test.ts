import { describe, expect, it } from 'vitest'
import { servedWindowSchema } from '#core/contracts/example.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Leaves } from '#core/contracts/privacy.ts'
import { keepPrivacy } from '#edge/deploy/privacy-of.ts'
import { type Checked, fitness } from '#edge/ingest/checked.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { servedWindow } from '#edge/monitor/served-window.ts'
import { manifestOf } from '#support/manifest.ts'
import { openIn, record, startMs, temporaryFolder } from '../journal/fixture.ts'

const features: Feature[] = [
  { name: 'a', title: 'a', kind: 'number', nullable: false, physical: { min: -1000, max: 1e6 } },
  { name: 'b', title: 'b', kind: 'number', nullable: true, fill: -1 },
]
const modelWith = (steps: number, more: Partial<Manifest> = {}): Manifest => ({
  ...manifestOf({
    id: 'machine-failure',
    features,
    tensors: [
      ...[{ name: 'x', kind: 'window' as const, dtype: 'float32' as const, features: ['a', 'b'], steps }].map(
        (tensor) => ({ ...tensor, layout: 'time-feature' as const }),
      ),
    ],
  }),
  ...more,
})
const raw = (rest: Record<string, Leaves> = {}) =>
  ({ default: 'raw', features: rest, asset: 'raw', notes: 'raw' }) as const

async function machine(manifest: Manifest, privacy = raw()) {
  const journal = openIn(temporaryFolder())
  const { version } = manifest
  const install = (one: Manifest, how = privacy) =>
    keepPrivacy(journal, { manifest: { ...one, privacy: how }, digest: 'd' })
  await install(manifest)
  return { journal, install, version }
}
/** As the pipeline keeps it: every row of the batch, whatever became of it. */
const keep = (journal: Journal, version: string, checked: Checked) =>
  journal.write((tx) =>
    tx.record(
      record(
        checked.assets.map((asset, row) => ({
          asset,
          ...(checked.ids[row] !== null && { id: checked.ids[row] }),
          timeMs: checked.timesMs[row]!,
          verdict: checked.fit[row] === fitness.rejected ? 3 : checked.fit[row] === fitness.fit ? 1 : 2,
        })),
        {
          ...{ version, features: features.map(({ name }) => ({ name })), values: checked.values },
          notes: new Map(
            [...checked.marks].map(([row, quality]) => [
              row,
              { quality, ...(checked.sent.has(row) && { sent: checked.sent.get(row)! }) },
            ]),
          ),
        },
      ),
    ),
  )
const pseudonym = (_: string, word: string) => `p:${word}`
const at = (id: number, asset: string, s: number, a: unknown, b: unknown = a) => ({
  ...{ id: `r-${id}`, asset, time: new Date(startMs + 1000 * s).toISOString(), values: { a, b } },
})

describe('the window of an example', () => {
  it('is what the model was given, reading by reading, out of the journal', async () => {
    const { journal, version } = await machine(modelWith(3))
    const validator = createValidator(modelWith(3))
    const batches = [
      [at(1, 'mill', 1, 1), at(2, 'saw', 1, 100), at(3, 'mill', 2, 0.1 + 0.2), at(4, 'mill', 2, -5e-324)],
      [at(5, 'mill', 3, 'x'), at(6, 'mill', 4, 4, null), at(7, 'saw', 9, 101), at(8, 'mill', 4, 5)],
      // Refused, with time behind; and one in which everything is missing.
      [at(9, 'mill', 1, 6), at(10, 'saw', 10, null, null), at(11, 'saw', 11, 102), at(12, 'mill', 12, 7)],
    ]
    let served = 0
    for (const batch of batches) {
      const checked = validator.check(batch, startMs + 100_000)
      await keep(journal, version, checked)
      for (let row = 0; row < checked.rows; row++) {
        const reading = journal.reading(checked.ids[row]!, 'machine-failure')!
        const window = await servedWindow(reading, { journal, pseudonym })
        if (checked.fit[row] !== fitness.fit) continue
        served += 1
        expect(servedWindowSchema.parse(window)).toEqual(window)
        const given = [...checked.windows.get('x')!.subarray(row * 6, row * 6 + 6)]
        const { a, b } = window!.features as { a: number[]; b: (number | null)[] }
        expect(a.flatMap((value, i) => [value, b[i] ?? -1])).toEqual(given)
        expect(window).toMatchObject({ steps: 3, withheld: [] })
        expect(window!.timesMs.at(-1)).toBe(Date.parse(reading.time))
        expect(window).not.toHaveProperty('missing')
      }
    }
    expect(served).toBe(5)
    // The model was not asked while a window was filling.
    expect(
      await servedWindow(journal.reading('r-1', 'machine-failure')!, { journal, pseudonym }),
    ).toBeUndefined()
  })

  it('holds of each reading what its own version lets leave, and nothing where nothing may', async () => {
    const { journal, install, version } = await machine(modelWith(2), raw({ b: 'aggregated' }))
    const validator = createValidator(modelWith(2))
    await install(modelWith(2, { version: '1.1.0' }), raw())
    await install(modelWith(2, { version: '1.2.0' }), { ...raw(), default: 'never' } as never)
    const check = (...rows: object[]) => validator.check(rows, startMs + 100_000)
    await keep(journal, version, check(at(1, 'mill', 1, 1)))
    await keep(journal, '1.1.0', check(at(2, 'mill', 2, 2), at(3, 'mill', 3, 3)))
    await keep(journal, '1.2.0', check(at(4, 'mill', 4, 4)))
    const of = (id: string) => servedWindow(journal.reading(id, 'machine-failure')!, { journal, pseudonym })
    expect(await of('r-2')).toMatchObject({ features: { a: [1, 2] }, withheld: ['b'] })
    expect(await of('r-3')).toMatchObject({ features: { a: [2, 3], b: [2, 3] }, withheld: [] })
    expect(await of('r-4')).toEqual({ steps: 2, timesMs: [], features: {}, withheld: ['a', 'b'] })
  })

  it('is cut where it is too long for an example, or older readings are gone, and says so', async () => {
    const { journal, version } = await machine(modelWith(10_000))
    const count = 9000
    const rows = Array.from({ length: count }, (_, i) => ({ id: `r-${i}`, timeMs: startMs + 1000 * i }))
    const values = [0, 1].map(() => Float64Array.from(rows, (_, i) => i / 7))
    const names = features.map(({ name }) => ({ name }))
    await journal.write((tx) => tx.record(record(rows, { version, features: names, values })))
    const of = (id: string) => servedWindow(journal.reading(id, 'machine-failure')!, { journal, pseudonym })
    const long = (await of(`r-${count - 1}`))!
    expect(long).toMatchObject({ steps: 10_000, missing: 'size' })
    expect(JSON.stringify(long).length).toBeLessThan(129 * 1024)
    expect(long.timesMs.length).toBeGreaterThan(2000)
    expect(long.features['a']!.at(-1)).toBe((count - 1) / 7)
    const short = (await of('r-99'))!
    expect(short).toMatchObject({ missing: 'retention' })
    expect(short.features['b']).toEqual(rows.slice(0, 100).map((_, i) => i / 7))
  })
})
