import { afterEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { hasProc } from '#support/processes.ts'
import { type SwapEdge, startSwapEdge } from '#support/swap-edge.ts'
import { swapRounds } from '#support/swap-rounds.ts'
import { smallBase, versionsOf } from '#support/versions.ts'

let swaps: SwapEdge | undefined
afterEach(async () => {
  await swaps?.remove()
  swaps = undefined
})

describe('many swaps', () => {
  it.runIf(hasProc)('leave no process, descriptor or folder behind', async () => {
    swaps = await startSwapEdge('small')
    const round = await swapRounds(swaps)
    for (let k = 0; k < 2; k++) await round()
    const before = await swaps.holdings()
    expect(before).toMatchObject({ processes: 0, packages: 2, temporary: [] })
    for (let k = 0; k < 8; k++) await round()
    const { descriptors, ...left } = await swaps.holdings()
    expect(left).toEqual({ processes: 0, packages: 2, temporary: [] })
    // Connections that nobody closed yet come and go.
    expect(descriptors).toBeLessThanOrEqual(before.descriptors + 3)
  })

  it.runIf(hasProc)(
    'within one long inference leave its reading to the version that it went to',
    async () => {
      const base = await smallBase()
      base.manifest.operation.deadlineMs = 60_000
      const [first, second, third] = await versionsOf(base, 3)
      swaps = await startSwapEdge('small')
      const { activate, install, ask, summary } = swaps
      await install(first!)
      const { lane } = (await summary()).slots.running!
      if (lane?.state !== 'ready') throw new Error('1.0.1 is not loaded')
      // However long the swaps take: an inference in a process that stands still outlasts them.
      process.kill(lane.pid, 'SIGSTOP')
      let isOver = false
      const told = ask<Decision>({ asset: 'x', time: new Date().toISOString(), values: { a: 3, b: 0 } }).then(
        (decision) => {
          isOver = true
          return decision
        },
      )
      for (const version of [second!, third!]) {
        await install(version)
        await activate(version.manifest.version)
      }
      expect(isOver).toBe(false)
      process.kill(lane.pid, 'SIGCONT')
      expect(await told).toMatchObject({
        verdict: 'alert',
        by: 'model',
        quality: [],
        model: { version: '1.0.1' },
      })
      expect(await swaps.summary()).toMatchObject({
        slots: { running: { version: '1.0.3' }, previous: { version: '1.0.2' }, staged: null },
      })
      expect(await swaps.holdings()).toMatchObject({ processes: 0, packages: 2 })
    },
  )
})
