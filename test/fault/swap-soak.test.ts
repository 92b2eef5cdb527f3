import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Turned } from '#core/contracts/deployment.ts'
import { childrenOf, hasProc } from '#support/processes.ts'
import { expectedOf, type SwapEdge, startSwapEdge } from '#support/swap-edge.ts'
import { swapRecord } from '#support/swap-record.ts'
import { swapRounds, swapsInRound } from '#support/swap-rounds.ts'
import { smallBase, versionsOf } from '#support/versions.ts'
import { median, quantile } from '../bench/kit/figures.ts'
import { memoryMb } from '../bench/kit/memory-of.ts'

const minutesMs = 60_000
const apart = 0.01
const [good, bad] = ['1.0.1', '1.0.2'] as const
const figures: string[] = []
let swaps: SwapEdge | undefined
afterEach(async () => {
  await swaps?.remove()
  swaps = undefined
})
afterAll(() => {
  process.stdout.write(`\n${figures.join('\n')}\n\n`)
})

const inWords = (what: string, ms: readonly number[]) =>
  `${what}: median ${median(ms).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)}, longest ${quantile(ms, 1).toFixed(1)} (${ms.length})`

describe('under 2,000 rows a second and 16 clients', () => {
  it(
    'a hundred times there, back and there again lose no reading',
    async () => {
      const cycles = 100
      const base = await smallBase()
      // Some trials end while the version still runs, others by its rollback.
      base.manifest.operation.healthWindowS = 0.5
      swaps = await startSwapEdge('small')
      for (const version of await versionsOf(base, 2, apart)) await swaps.install(version)
      const load = swaps.load(
        { clients: 16, pauseMs: 20, rowsPerS: 2000 },
        { features: ['a', 'b'], expected: expectedOf(apart) },
      )
      load.start()
      const [there, back]: [Turned[], Turned[]] = [[], []]
      for (let k = 0; k < cycles; k++) {
        there.push(await swaps.activate(bad))
        await sleep(k % 10 === 9 ? 1700 : 20 * (k % 5))
        back.push(await swaps.rollback())
        await sleep(20 * (k % 7))
      }
      await load.stop()
      const { ledger } = load
      figures.push(
        `${ledger.sent} readings over ${2 * cycles} swaps, ${ledger.refused} times a full queue`,
        inWords(
          'activated after',
          there.map(({ ms }) => ms),
        ),
        inWords(
          'rolled back after',
          back.map(({ ms }) => ms),
        ),
        inWords('a reading answered after', ledger.latencyMs),
      )
      expect(ledger.problems).toEqual([])
      expect(ledger.unanswered()).toEqual([])
      await swaps.stop()
      const record = await swapRecord(swaps.dataDir, 'small', ledger)
      expect(record).toMatchObject({ rows: ledger.sent, problems: [] })
      expect(record.turns).toBeGreaterThan(cycles)
      expect(Object.keys(record.byVersion).sort()).toEqual([good, bad])
    },
    15 * minutesMs,
  )
})

describe('a thousand swaps', () => {
  it.runIf(hasProc)(
    'leave no process, descriptor or folder behind, and the memory within 5 %',
    async () => {
      const [warmUp, all, looks] = [100, 1000, 5]
      swaps = await startSwapEdge('small', 'collected')
      const { edge, holdings } = swaps
      const round = await swapRounds(swaps)
      const fresh = memoryMb([edge.pid, ...childrenOf(edge.pid).map(({ pid }) => pid)], '')
      await fillCache(swaps)
      const upTo = async (from: number, to: number) => {
        for (let done = from; done < to; done += swapsInRound) await round()
      }
      const look = async () => {
        const held = await holdings()
        // What waits for the garbage collector is nothing that a swap leaves behind.
        const { heapUsed } = await edge.ask<{ heapUsed: number }>('collect')
        const pids = [edge.pid, ...childrenOf(edge.pid).map(({ pid }) => pid)]
        return { held, heapMb: heapUsed / 1e6, runtimeMb: memoryMb([edge.pid], ''), mb: memoryMb(pids, '') }
      }
      /** A lane's memory differs by a little from process to process: the middle of some rounds. */
      const looked = async () => {
        const seen: Awaited<ReturnType<typeof look>>[] = []
        for (let k = 0; k < looks; k++) {
          seen.push(await look())
          await round()
        }
        const middle = (of: (one: (typeof seen)[number]) => number) => median(seen.map(of))
        const found = {
          held: seen[0]!.held,
          mb: middle(({ mb }) => mb),
          runtimeMb: middle(({ runtimeMb }) => runtimeMb),
          heapMb: middle(({ heapMb }) => heapMb),
        }
        const { mb, runtimeMb, heapMb } = found
        const words = [`${mb.toFixed(1)} MB`, `${runtimeMb.toFixed(1)} MB`, `${heapMb.toFixed(1)} MB`]
        return { ...found, words: `${words[0]} in all, the runtime ${words[1]}, of it objects ${words[2]}` }
      }
      await upTo(0, warmUp)
      const before = await looked()
      figures.push(`at first ${fresh.toFixed(1)} MB; after ${warmUp} swaps: ${before.words}`)
      for (let done = warmUp; done < all; done += 300) {
        await upTo(done, done + 300)
        figures.push(`after ${done + 300} swaps: ${(await look()).mb.toFixed(1)} MB in all`)
      }
      const after = await looked()
      figures.push(
        `after ${all} swaps: ${after.words}; ${(100 * (after.mb / before.mb - 1)).toFixed(1)} % more`,
      )
      const { descriptors, ...left } = after.held
      expect(left).toEqual({ processes: 0, packages: 2, temporary: [] })
      // Connections that nobody closed yet come and go.
      expect(descriptors).toBeLessThanOrEqual(before.held.descriptors + 3)
      // Of what it held before the load: the room that the load took must hide nothing.
      expect(after.mb - before.mb).toBeLessThan(0.05 * fresh)
    },
    30 * minutesMs,
  )
})

/**
 * SQLite keeps up to 16 MB of the record's pages, and V8's young generation grows with the load: both are as large after
 * this as they will be, so that what swaps leave behind can be told from them.
 */
async function fillCache({ load, edge }: SwapEdge): Promise<void> {
  const senders = load({ clients: 4, pauseMs: 5, rowsPerS: 5000 }, { features: ['a', 'b'] })
  senders.start()
  await sleep(30_000)
  await senders.stop()
  expect(senders.ledger.problems).toEqual([])
  await edge.ask('collect')
}
