import { describe, expect, it } from 'vitest'
import { ratesOf, wilson } from '#central/feedback/figures.ts'

const hourMs = 3_600_000
const over = (hours: number, machines: number) => ({ fromMs: 0, toMs: hours * hourMs, machines })

describe('alarm rates', () => {
  it('are per machine and ten minutes', () => {
    const slots = [
      { device: 1, slot: 0, n: 3 },
      { device: 2, slot: 5, n: 9 },
    ]
    expect(ratesOf(slots, over(1, 2))).toEqual({
      per10Min: { mean: 1, peak: 9 },
      floods: { count: 0, timeShare: 0, longestMin: 0 },
      raising: 2,
    })
  })

  it('see a flood begin with ten and end below five', () => {
    const n = [9, 10, 5, 7, 4, 12]
    const slots = n.map((count, slot) => ({ device: 1, slot, n: count }))
    expect(ratesOf(slots, over(1, 1)).floods).toEqual({ count: 2, timeShare: 4 / 6, longestMin: 30 })
  })

  it('end a flood where nothing came, and at the next machine', () => {
    const slots = [
      { device: 1, slot: 0, n: 10 },
      { device: 1, slot: 2, n: 9 },
      { device: 1, slot: 9, n: 10 },
      { device: 2, slot: 10, n: 9 },
    ]
    expect(ratesOf(slots, over(2, 2)).floods).toEqual({ count: 2, timeShare: 2 / 24, longestMin: 10 })
  })
})

it('gives a share its interval (Wilson 1927; Newcombe 1998, table II: 81 of 263)', () => {
  const { value, low, high } = wilson(81, 263)!
  expect([value, low, high].map((x) => x.toFixed(4))).toEqual(['0.3080', '0.2553', '0.3662'])
  expect(wilson(0, 10)).toMatchObject({ value: 0, low: 0 })
  expect(wilson(0, 0)).toBeNull()
})
