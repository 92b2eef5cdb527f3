import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bandsAround,
  gapAfterMs,
  type TrendPoint,
  toLine,
  upTo,
  withTail,
  yRange,
} from '../../../renderer/ui/trend/segments.ts'
import { roundTicks } from '../../../renderer/ui/trend/ticks.ts'
import { barGeometry } from '../../../renderer/ui/value-bar.ts'

const every = (stepMs: number, count: number): TrendPoint[] =>
  Array.from({ length: count }, (_, i) => [i * stepMs, i, i])

describe('gaps', () => {
  it('break the line and are never bridged', () => {
    const { x, y, gaps } = toLine([...every(1000, 3), [44_000, 9, 9]], 10_000)
    expect(gaps).toEqual([{ from: 2000, to: 44_000 }])
    expect(x).toEqual([0, 1000, 2000, 23_000, 44_000])
    expect(y).toEqual([0, 1, 2, null, 9])
  })

  it('reach up to now where the newest value is old', () => {
    expect(toLine(every(1000, 3), 10_000, 44_000).gaps).toEqual([{ from: 2000, to: 44_000 }])
    expect(toLine(every(1000, 3), 10_000, 12_000).gaps).toEqual([])
  })

  it('are longer than the data’s own steps, the buckets and the machine’s limit', () => {
    expect(gapAfterMs(every(1000, 50), 4000, 10_000)).toBe(10_000)
    expect(gapAfterMs(every(1000, 50), 96_000, 10_000)).toBe(144_000)
    expect(gapAfterMs(every(3_600_000, 10), 4000, 10_000)).toBe(10_800_000)
    expect(gapAfterMs([], 4000, 10_000)).toBe(10_000)
  })

  it('hold for any data: no two joined points are further apart than a gap', () => {
    const points = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: -5, max: 5 }), fc.nat(5)), {
        maxLength: 60,
      })
      .map((raw) => raw.sort((a, b) => a[0] - b[0]).map(([t, low, more]): TrendPoint => [t, low, low + more]))
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 100_000 }), (data, gapMs) => {
        const { x, y } = toLine(data, gapMs)
        for (let i = 1; i < x.length; i++)
          if (y[i] !== null && y[i - 1] !== null) expect(x[i]! - x[i - 1]!).toBeLessThanOrEqual(gapMs)
        for (const [t, low, high] of data) {
          const here = y.filter((_, i) => x[i] === t)
          expect(here).toContain(low)
          expect(here).toContain(high)
        }
      }),
    )
  })
})

describe('a bucket', () => {
  it('shows its low and its high, in the order of the shorter way', () => {
    expect(
      toLine(
        [
          [0, 10, 10],
          [1000, 2, 9],
          [2000, 1, 8],
        ],
        5000,
      ).y,
    ).toEqual([10, 9, 2, 1, 8])
  })
})

describe('the live tail', () => {
  it('adds only what is newer', () => {
    const points = every(1000, 3)
    expect(
      withTail(points, [
        [1500, 7, 7],
        [2000, 7, 7],
        [2500, 7, 7],
      ]),
    ).toEqual([...points, [2500, 7, 7]])
    expect(withTail(points, [])).toBe(points)
  })
})

describe('the newest value', () => {
  it('ends the line, also within a bucket and among several of one time', () => {
    const bucket: TrendPoint[] = [[1000, 2, 9]]
    expect(toLine(upTo(bucket, [1000, 2, 2]), 5000).y.at(-1)).toBe(2)
    expect(toLine(upTo(bucket, [1000, 9, 9]), 5000).y.at(-1)).toBe(9)
    expect(toLine(upTo(bucket, [1400, 5, 5]), 5000)).toMatchObject({ x: [1000, 1000, 1400], y: [2, 9, 5] })
    expect(upTo([], [5, 1, 1])).toEqual([[5, 1, 1]])
  })
  it('is not one that is older than the line', () => {
    const points = every(1000, 3)
    expect(upTo(points, [1999, 7, 7])).toBe(points)
    expect(upTo(points, undefined)).toBe(points)
  })
})

describe('the range of a trend', () => {
  it('holds the usual range with a margin, every value and every level', () => {
    expect(yRange([[0, 30, 40]], { min: 24, max: 56 })).toEqual({ min: 12, max: 68 })
    expect(yRange([[0, 30, 100]], { min: 24, max: 56 })).toEqual({ min: 12, max: 100 })
    expect(yRange([[0, 3, 4]], undefined, [10])).toEqual({ min: 3, max: 10 })
    expect(yRange([])).toEqual({ min: 0, max: 1 })
    expect(yRange([[0, 5, 5]])).toEqual({ min: 4, max: 6 })
  })
})

describe('a band around values', () => {
  const around = (v: number) => ({ low: Math.max(0, v - 10), high: v + 5 })
  it('holds the whole bucket, is cut where nothing is possible, and breaks where the line does', () => {
    const points: TrendPoint[] = [
      [0, 20, 22],
      [1000, 4, 4],
      [44_000, 9, 9],
    ]
    expect(bandsAround(points, 10_000, around)).toEqual([
      { x: [0, 1000], low: [10, 0], high: [27, 9] },
      { x: [44_000], low: [0], high: [14] },
    ])
    expect(bandsAround(points, 10_000, () => undefined)).toEqual([])
  })
})

describe('round ticks', () => {
  it.each([
    [0, 145, [0, 50, 100, 150]],
    [3, 109, [0, 50, 100, 150]],
    [-0.3, 0.9, [-0.5, 0, 0.5, 1]],
    [0, 80, [0, 20, 40, 60, 80]],
    [7, 7, [7]],
  ])('from %d to %d', (min, max, ticks) => {
    expect(roundTicks(min, max)).toEqual(ticks)
  })
  it('are few and cover both ends, whatever the range', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(value, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (min, width) => {
        const ticks = roundTicks(min, min + width)
        const slack = 1e-6 * (Math.abs(min) + width)
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(5)
        expect(ticks[0]).toBeLessThanOrEqual(min + slack)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(min + width - slack)
      }),
    )
  })
})

describe('a value bar', () => {
  it.each([
    [24, { mark: 25, dev: null, off: null }],
    [40, { mark: 50, dev: null, off: null }],
    [56, { mark: 75, dev: null, off: null }],
    [64, { mark: 87.5, dev: { left: 75, width: 12.5 }, off: null }],
    [72, { mark: 100, dev: { left: 75, width: 25 }, off: null }],
    [73, { mark: 100, dev: { left: 75, width: 25 }, off: 'high' }],
    [16, { mark: 12.5, dev: { left: 12.5, width: 12.5 }, off: null }],
    [-100, { mark: 0, dev: { left: 0, width: 25 }, off: 'low' }],
  ])('puts %d of 24–56 in its place', (value, geometry) => {
    expect(barGeometry(value, { min: 24, max: 56 })).toEqual(geometry)
  })

  it('copes with a range without width', () => {
    expect(barGeometry(5, { min: 5, max: 5 })).toEqual({ mark: 50, dev: null, off: null })
    expect(barGeometry(6, { min: 5, max: 5 })).toEqual({
      mark: 100,
      dev: { left: 75, width: 25 },
      off: 'high',
    })
  })
})
