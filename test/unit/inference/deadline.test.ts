import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from '#edge/inference/deadline.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function start(ms: number) {
  const due = vi.fn()
  return { due, cancel: startDeadline(ms, due) }
}

describe('a deadline', () => {
  it('is due once, after its time and not before', () => {
    const { due } = start(100)
    vi.advanceTimersByTime(99)
    expect(due).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10)
    expect(due).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1000)
    expect(due).toHaveBeenCalledTimes(1)
  })
  it('that is cancelled is never due', () => {
    const { due, cancel } = start(100)
    vi.advanceTimersByTime(99)
    cancel()
    vi.advanceTimersByTime(1000)
    expect(due).not.toHaveBeenCalled()
  })
  it('can be cancelled by what is read after its timer', () => {
    const { due, cancel } = start(100)
    vi.advanceTimersToNextTimer() // its time
    vi.advanceTimersToNextTimer() // what it was late: nothing
    vi.advanceTimersToNextTimer() // one poll
    cancel()
    vi.advanceTimersByTime(1000)
    expect(due).not.toHaveBeenCalled()
  })
  it.each([
    { lateMs: 40, againMs: 40 },
    { lateMs: 5000, againMs: 100 },
  ])('whose timer comes $lateMs ms late waits $againMs ms more', ({ lateMs, againMs }) => {
    const { due } = start(100)
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 100 + lateMs)
    vi.advanceTimersByTime(100)
    clock.mockRestore()
    vi.advanceTimersByTime(againMs - 1)
    expect(due).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10)
    expect(due).toHaveBeenCalledTimes(1)
  })
})
