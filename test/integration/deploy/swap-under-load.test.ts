import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { expectedOf, type SwapEdge, startSwapEdge } from '#support/swap-edge.ts'
import { swapRecord } from '#support/swap-record.ts'
import { smallBase, versionsOf } from '#support/versions.ts'

const apart = 0.01
const [good, bad] = ['1.0.1', '1.0.2'] as const
let swaps: SwapEdge | undefined
afterEach(async () => {
  await swaps?.remove()
  swaps = undefined
})

describe('swapping under 2,000 rows a second and 16 clients', () => {
  it('activates, rolls back and activates again ten times; every reading is answered once, rightly, in order', async () => {
    const cycles = 10
    const base = await smallBase()
    base.manifest.operation.healthWindowS = 0
    swaps = await startSwapEdge('small')
    for (const version of await versionsOf(base, 2, apart)) await swaps.install(version)
    const load = swaps.load(
      { clients: 16, pauseMs: 20, rowsPerS: 2000 },
      { features: ['a', 'b'], expected: expectedOf(apart) },
    )
    load.start()
    for (let k = 0; k < cycles; k++) {
      expect(await swaps.activate(bad)).toMatchObject({ from: good, to: bad })
      await sleep(100)
      expect(await swaps.rollback()).toMatchObject({ from: bad, to: good })
      await sleep(100)
    }
    await load.stop()
    const { ledger } = load
    expect(ledger.problems).toEqual([])
    expect(ledger.unanswered()).toEqual([])

    const { slots } = await swaps.summary()
    expect(slots).toMatchObject({
      running: { version: good, deployment: { state: 'running' } },
      previous: null,
      staged: { version: bad, deployment: { state: 'rolled-back' } },
    })
    await swaps.stop()
    const record = await swapRecord(swaps.dataDir, 'small', ledger)
    expect(record).toMatchObject({ rows: ledger.sent, problems: [], turns: 2 * cycles })
    expect(record.byVersion[good]).toBeGreaterThan(0)
    expect(record.byVersion[bad]).toBeGreaterThan(0)
  })
})
