import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ServerClock } from '../../../renderer/ui/client/clock.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

it('shows one time from tick to tick, so that a slow page sees no other in the middle of being drawn', () => {
  const clock = new ServerClock(() => Date.now())
  clock.sync(5_000_000)
  expect(clock.shown()).toBe(5_000_000)
  const ticked = vi.fn()
  const end = clock.subscribe(ticked)
  vi.setSystemTime(1_000_900)
  expect([clock.now(), clock.shown()]).toEqual([5_000_900, 5_000_000])
  vi.advanceTimersByTime(250)
  expect([clock.shown(), ticked.mock.calls.length]).toEqual([clock.now(), 1])
  end()
  vi.advanceTimersByTime(1000)
  expect(ticked).toHaveBeenCalledTimes(1)
})
