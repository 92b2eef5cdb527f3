import { afterEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { slow } from '#support/bad-versions.ts'
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

  it('within one long inference leave its reading to the version that it went to', async () => {
    const base = await smallBase()
    base.manifest.operation.deadlineMs = 60_000
    const [, second, third] = await versionsOf(base, 3)
    swaps = await startSwapEdge('small')
    const { activate, install, ask } = swaps
    await install(await slow(base, { feature: 'a', above: 2, times: 1500 }))
    let isOver = false
    const long = ask<Decision>({ asset: 'x', time: new Date().toISOString(), values: { a: 3, b: 0 } })
    const told = long.then((decision) => {
      isOver = true
      return decision
    })
    for (const version of [second!, third!]) {
      await install(version)
      await activate(version.manifest.version)
    }
    // Else this test would show nothing: its inference has to outlast both.
    expect(isOver).toBe(false)
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
  })
})
