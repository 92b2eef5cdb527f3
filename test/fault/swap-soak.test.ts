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
      // What waits for the garbage collector is nothing that a swap leaves behind: it is collected before each look.
      swaps = await startSwapEdge('small', 'collected')
      const { edge, holdings } = swaps
      const round = await swapRounds(swaps)
      const upTo = async (from: number, to: number) => {
        for (let done = from; done < to; done += swapsInRound) await round()
      }
      const look = async () => {
        const held = await holdings()
        await edge.ask('collect')
        const pids = [edge.pid, ...childrenOf(edge.pid).map(({ pid }) => pid)]
        return { held, runtimeMb: memoryMb([edge.pid], ''), mb: memoryMb(pids, '') }
      }
      /** A lane's memory differs by a little from process to process: the middle of some rounds. */
      const looked = async () => {
        const seen: Awaited<ReturnType<typeof look>>[] = []
        for (let k = 0; k < looks; k++) {
          seen.push(await look())
          await round()
        }
        const { held } = seen[0]!
        const mb = median(seen.map((one) => one.mb))
        const runtimeMb = median(seen.map((one) => one.runtimeMb))
        return { held, mb, runtimeMb }
      }
      await upTo(0, warmUp)
      const before = await looked()
      for (let done = warmUp; done < all; done += 150) {
        await upTo(done, Math.min(all, done + 150))
        const { mb, runtimeMb } = await look()
        figures.push(
          `after ${Math.min(all, done + 150)} swaps: ${mb.toFixed(1)} MB, the runtime ${runtimeMb.toFixed(1)}`,
        )
      }
      const after = await looked()
      figures.push(
        `runtime and lanes after ${warmUp} swaps ${before.mb.toFixed(1)} MB, after ${all} ${after.mb.toFixed(1)} MB (${((100 * after.mb) / before.mb - 100).toFixed(1)} %); the runtime alone ${before.runtimeMb.toFixed(1)} and ${after.runtimeMb.toFixed(1)} MB`,
      )
      expect(before.held).toMatchObject({ processes: 0, packages: 2, temporary: [] })
      expect(after.held).toEqual(before.held)
      expect(after.mb).toBeLessThan(1.05 * before.mb)
    },
    30 * minutesMs,
  )
})
