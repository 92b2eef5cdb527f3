import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type News, Rest } from '#edge/sync/rest.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What ended a rest, or 'rests'. */
async function rests(rest: Rest, what: number | News, ...told: (News | number)[]): Promise<string> {
  let how = 'rests'
  void rest.until(what).then(() => {
    how = 'over'
  })
  for (const one of told) {
    if (typeof one === 'number') await vi.advanceTimersByTimeAsync(one)
    else rest.tell(one)
  }
  await vi.advanceTimersByTimeAsync(0)
  return how
}

describe('a lane that rests', () => {
  it('for news has no timer, and does not end by itself', async () => {
    expect(await rests(new Rest(), 'change', 'rows', 1e9)).toBe('rests')
    expect(await rests(new Rest(), 'rows', 1e9)).toBe('rests')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[number | News, (News | number)[], string]>([
    ['rows', ['rows'], 'over'],
    ['rows', ['change'], 'over'],
    ['change', ['change'], 'over'],
    [500, ['change'], 'over'],
    [500, ['rows', 499], 'rests'],
    [500, [500], 'over'],
  ])('until %s, told %j: %s', async (what, told, how) => {
    expect(await rests(new Rest(), what, ...told)).toBe(how)
    expect(vi.getTimerCount()).toBe(how === 'over' ? 0 : 1)
  })

  it('misses nothing that is told while it looks, and does not hear it twice', async () => {
    const rest = new Rest()
    rest.look()
    rest.tell('rows')
    expect(await rests(rest, 'rows')).toBe('over')
    rest.look()
    expect(await rests(rest, 'rows')).toBe('rests')
    rest.look()
    rest.tell('change')
    expect(await rests(rest, 'change')).toBe('over')
  })
})
