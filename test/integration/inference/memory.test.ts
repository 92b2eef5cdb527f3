import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultMemoryMb, seesOthers, watchMemory } from '#edge/inference/memory-limit.ts'
import type { LaneOptions } from '#edge/inference/open-lane.ts'
import { bloating, logistic } from '#support/models.ts'
import { openTestLane, reasonOf, type TestLane } from './fixture.ts'

const half = logistic({ weights: [1, 0], bias: 0 })
const bloated = bloating({ inputs: 2, megabytes: 2000, above: 100 })
const lanes: TestLane[] = []
afterEach(() => Promise.all(lanes.splice(0).map((lane) => lane.remove())))
async function open(model: Buffer, options: LaneOptions): Promise<TestLane> {
  const lane = await openTestLane(model, { backoffMs: () => 1, ...options })
  lanes.push(lane)
  return lane
}
const watches = (['outside', 'inside'] as const).filter((watch) => watch === 'inside' || seesOthers)

describe.each(watches)('a lane whose memory is watched from %s', (memoryWatch) => {
  it('that takes more than it may while loading is refused at once, in words', async () => {
    const lane = await open(half, { memoryMb: 20, memoryWatch })
    await expect(lane.ready).rejects.toMatchObject({
      code: 'model-refused',
      message: 'the model cannot be loaded: it took more than 20 MB of memory',
    })
    expect(lane.heard.map(({ state }) => state)).toEqual(['failed'])
  })

  it('that takes more than it may for a reading is started anew, and the reading is given up after two', async () => {
    const lane = await open(bloated, { memoryMb: 900, memoryWatch })
    expect(await lane.ask(0)).toBe(0.5)
    await expect(lane.ask(101, 50_000)).rejects.toMatchObject({
      code: 'inference-failed',
      message: 'the model crashed twice on this input: it took more than 900 MB of memory',
    })
    expect(reasonOf(lane.heard[1])).toBe('it took more than 900 MB of memory')
    expect(await lane.ask(0)).toBe(0.5)
  })
})

describe('the watch', () => {
  it('is over when the process is, and calls nobody', async () => {
    const child = spawn('sleep', ['0'])
    const stop = watchMemory(child.pid!, 1000, () => expect.unreachable())
    await once(child, 'exit')
    stop()
    stop()
    watchMemory(2 ** 30, 1000, () => expect.unreachable())()
  })
  it('has a limit by default that leaves something to the machine', () => {
    expect(defaultMemoryMb()).toBeGreaterThan(0)
    expect(defaultMemoryMb() * 2 ** 20).toBeLessThan(process.constrainedMemory() || Number.POSITIVE_INFINITY)
  })
})
