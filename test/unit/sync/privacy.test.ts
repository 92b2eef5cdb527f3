import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leaves, leavesSchema, type Privacy, strictestPrivacy } from '#core/contracts/privacy.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import { pseudonymsWith } from '#edge/sync/privacy/pseudonyms.ts'
import { projectValues, stricter } from '#edge/sync/privacy/values.ts'
import { canaries, featureNames, whatLeaves } from './canaries.ts'

const leavesOf = fc.constantFrom(...leavesSchema.options)
const privacies: fc.Arbitrary<Privacy> = fc.record({
  default: leavesOf,
  features: fc.dictionary(fc.constantFrom(...featureNames), leavesOf),
  asset: fc.constantFrom('raw', 'pseudonymised', 'never'),
  notes: fc.constantFrom('raw', 'never'),
})
const allRaw: Privacy = { default: 'raw', asset: 'raw', notes: 'raw' }
const pseudonym = pseudonymsWith(Buffer.from('key'))
const blockOf = (lines: unknown[], stream: string) =>
  lines.find(
    (line) => (line as SyncBlock).kind === 'block' && (line as SyncBlock).stream === stream,
  ) as SyncBlock

describe('what leaves the site', () => {
  it('holds no value of a feature that is not raw, no name of an asset and no note that are to stay', async () => {
    await fc.assert(
      fc.asyncProperty(privacies, async (privacy) => {
        const { seen } = await whatLeaves(privacy)
        const secret = [
          ...featureNames.filter((name) => leaves(privacy, name) !== 'raw').flatMap((name) => canaries[name]),
          ...(privacy.asset === 'raw' ? [] : canaries.asset),
          ...(privacy.notes === 'raw' ? [] : canaries.note),
        ]
        const found = secret.filter((one) => seen.includes(one))
        expect(found).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('would find each canary: where all is raw, all that can leave does', async () => {
    const { seen } = await whatLeaves(allRaw)
    // Bytes of images and series never do, nor what is too long to be a word.
    const never = new Set(['3559.662311', '2887.119353'])
    for (const name of featureNames)
      for (const canary of canaries[name]) if (!never.has(canary)) expect(seen).toContain(canary)
    for (const canary of [...canaries.asset, ...canaries.note]) expect(seen).toContain(canary)
  })

  it('is no reading at all where nothing says what may leave, and still counts the rows', async () => {
    const { lines } = await whatLeaves(strictestPrivacy)
    const { first, last, withheld, columns } = blockOf(lines, 'inference')
    expect({ first, last, withheld, columns }).toEqual({
      first: 1,
      last: 4,
      withheld: true,
      columns: undefined,
    })
  })

  it('is of a kind that nothing is said of only that it happened, and which kinds those are', async () => {
    const { lines, kept } = await whatLeaves(allRaw)
    expect(kept).toEqual(['of.the.future'])
    const rows = JSON.parse(blockOf(lines, 'events').text!) as { kind: string; body: unknown }[]
    expect(rows.at(-1)).toEqual({ kind: 'of.the.future', timeMs: expect.any(Number), by: 'ada', body: null })
    expect(blockOf(lines, 'events').projected).toBe(true)
  })

  it('keeps the model’s own word: score, verdict, rule and version', async () => {
    const { lines } = await whatLeaves({ default: 'never', asset: 'never', notes: 'never' })
    const [raised] = JSON.parse(blockOf(lines, 'events').text!) as { body: { alert: object } }[]
    expect(raised!.body.alert).toMatchObject({ score: 0.75, rule: 'failure', asset: '', contributions: [] })
  })

  it('gives one asset one pseudonym, in readings and alerts alike', async () => {
    const { lines } = await whatLeaves({ default: 'raw', asset: 'pseudonymised', notes: 'never' })
    const [raised] = JSON.parse(blockOf(lines, 'events').text!) as { body: { alert: { asset: string } } }[]
    const columns = Buffer.from(blockOf(lines, 'inference').columns!, 'base64').toString('latin1')
    expect(raised!.body.alert.asset).toMatch(/^p:[0-9a-f]{16}$/)
    expect(columns).toContain(raised!.body.alert.asset)
  })
})

describe('values of a reading', () => {
  it('leave raw, under a pseudonym that is the same each time, or by name only', () => {
    const privacy: Privacy = {
      ...{ default: 'never', asset: 'never', notes: 'never' },
      features: { a: 'raw', ward: 'pseudonymised', age: 'pseudonymised', b: 'aggregated' },
    }
    const values = { a: 1.5, ward: 'north', age: 71, b: 2, c: 'x' }
    expect(projectValues(values, privacy, pseudonym)).toEqual({
      features: { a: 1.5, ward: pseudonym('feature:ward', 'north') },
      withheld: ['age', 'b', 'c'],
      pseudonymised: ['ward'],
    })
    expect(pseudonym('feature:ward', 'north')).not.toBe(pseudonym('feature:unit', 'north'))
    expect(pseudonym('asset', 'x')).not.toBe(pseudonymsWith(Buffer.from('other'))('asset', 'x'))
  })

  it('leave as the stricter of two says', () => {
    fc.assert(
      fc.property(privacies, privacies, fc.constantFrom(...featureNames, 'other'), (a, b, name) => {
        const how = leaves(stricter(a, b), name)
        const order = ['never', 'aggregated', 'pseudonymised', 'raw']
        return order.indexOf(how) === Math.min(order.indexOf(leaves(a, name)), order.indexOf(leaves(b, name)))
      }),
    )
  })
})
