import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockDigest } from '#core/chain/chain.ts'
import { type MetricsWindow, metricsWindowKind, metricsWindowSchema } from '#core/contracts/metrics-window.ts'
import { decodeBatch } from '#core/sync/batch.ts'
import { mergeWindows, spanOfAge } from '#core/sync/merge-windows.ts'
import type { ChainBlock } from '#edge/journal/chain-reader.ts'
import { Builder } from '#edge/sync/builder.ts'
import { BlockReader } from '#edge/sync/outbox.ts'
import { limits, sender, sha256 } from './blocks.ts'

const minuteMs = 60_000
const startMs = Date.parse('2026-11-02T00:00:00Z')
const window = (minute: number, change: Partial<MetricsWindow> = {}): MetricsWindow => ({
  ...{ model: 'm', version: '1.0.0', digest: 'd'.repeat(64) },
  ...{ fromMs: startMs + minute * minuteMs, toMs: startMs + (minute + 1) * minuteMs },
  ...{ readings: 10, alert: 1, normal: 7, abstain: 1, rejected: 1, byRules: 2, marked: 3, alertsRaised: 1 },
  ...{ answers: { false: 1 }, latency: { '3': 4, '5': 6 } },
  ...change,
})

const sum = (windows: readonly MetricsWindow[], of: (one: MetricsWindow) => number) =>
  windows.reduce((n, one) => n + of(one), 0)

describe('windows', () => {
  it('add up, in whatever order and however they are grouped', () => {
    const some = fc.array(
      fc.record({
        readings: fc.nat(1000),
        latency: fc.dictionary(fc.constantFrom('1', '2', '9'), fc.nat(50)),
      }),
      { minLength: 2, maxLength: 8 },
    )
    fc.assert(
      fc.property(some, fc.nat(7), (changes, cut) => {
        const all = changes.map((change, i) => window(i, change))
        const at = 1 + (cut % (all.length - 1))
        const whole = mergeWindows(all)
        expect(whole.readings).toBe(sum(all, ({ readings }) => readings))
        expect(whole.merged).toBe(all.length)
        expect(mergeWindows([mergeWindows(all.slice(at)), mergeWindows(all.slice(0, at))])).toEqual(whole)
      }),
    )
  })

  it('are told as they are for a day, by the quarter of an hour for a week, then by the day', () => {
    expect([1, 25, 24 * 7 + 1].map((hours) => spanOfAge(hours * 60 * minuteMs))).toEqual([
      undefined,
      15 * minuteMs,
      24 * 60 * minuteMs,
    ])
  })
})

describe('a batch of old windows', () => {
  async function sent(windows: MetricsWindow[][], ageDays: number) {
    const blocks = chain(windows)
    const builder = new Builder({
      projection: { privacyOf: fail, versionOf: fail, pseudonym: fail, keptBack: fail },
      ...{ shape: fail, sender: () => sender, damaged: fail },
      now: () => startMs + ageDays * 24 * 60 * minuteMs,
    })
    const reader = new BlockReader(each(blocks), { epoch: 'e', seq: 0 })
    const built = await builder.build(reader, 'metrics', { bytes: 1e6, rows: 1e6 })
    const { lines } = decodeBatch(built!.bytes, limits, sha256)
    return lines.filter((line) => line.kind === 'block')
  }
  const bodies = (text: string | undefined) =>
    (JSON.parse(text!) as { body: unknown }[]).map(({ body }) => metricsWindowSchema.parse(body))

  it('is told in quarters of an hour, and loses no count', async () => {
    const windows = Array.from({ length: 40 }, (_, i) => [
      window(i),
      window(i, { version: '2.0.0', readings: 3 }),
    ])
    const blocks = await sent(windows, 2)
    expect(blocks.map(({ first, last, thinned }) => [first, last, thinned])).toEqual([
      [1, 30, 15],
      [31, 60, 15],
      [61, 80, 10],
    ])
    const told = blocks.flatMap(({ text }) => bodies(text))
    expect(told.map(({ version, merged }) => [version, merged])[0]).toEqual(['1.0.0', 15])
    for (const count of ['readings', 'alertsRaised', 'marked'] as const)
      expect(sum(told, (one) => one[count])).toBe(sum(windows.flat(), (one) => one[count]))
  })

  it('is told as it is where it is young, and where something else stands among the windows', async () => {
    const young = await sent([[window(0)], [window(1)]], 0.5)
    expect(young.map(({ thinned, projected }) => [thinned, projected])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    const blocks = chain([[window(0)], [window(1)], [window(2)]])
    expect(blocks).toHaveLength(3)
    const spread = await sent([[window(0), window(20)], [window(21)], [window(22)]], 2)
    expect(spread.map(({ thinned }) => thinned)).toEqual([undefined, 2])
  })
})

function chain(windows: MetricsWindow[][]): ChainBlock[] {
  let prev: Uint8Array = new Uint8Array(32)
  let seq = 0
  return windows.map((some) => {
    const rows = some.map((body) => ({ kind: metricsWindowKind, timeMs: body.toMs, by: 'runtime', body }))
    const payload = new Uint8Array(Buffer.from(JSON.stringify(rows)))
    const fields = {
      ...{ stream: 2, epoch: 'e', first: seq + 1, last: seq + some.length, atMs: some.at(-1)!.toMs },
      ...{ kind: metricsWindowKind, shape: '', payloadSha256: sha256(payload), prev },
    }
    prev = blockDigest(fields, sha256)
    seq += some.length
    return { ...fields, digest: prev, payload }
  })
}

async function* each(blocks: ChainBlock[]): AsyncGenerator<ChainBlock, void, void> {
  yield* blocks
}

function fail(): never {
  throw new Error('nobody asks for that')
}
