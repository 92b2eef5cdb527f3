import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogHistogram, relativeError } from '#core/statistics/log-histogram.ts'

const counted = (xs: readonly number[]): LogHistogram => {
  const histogram = new LogHistogram()
  for (const x of xs) histogram.add(x)
  return histogram
}
const value = fc.double({ min: 0.001, max: 1e9, noNaN: true })
const values = fc.array(value, { minLength: 1, maxLength: 200 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe('a log histogram', () => {
  it('is within 1 % of the number at that rank', () => {
    fc.assert(
      fc.property(values, share, (xs, q) => {
        const exact = xs.toSorted((a, b) => a - b)[Math.floor(q * (xs.length - 1))]!
        const said = counted(xs).quantile(q)!
        expect(Math.abs(said - exact)).toBeLessThanOrEqual(exact * relativeError * (1 + 1e-9))
      }),
    )
  })

  it('does not round a rank up', () => {
    expect(counted([1, 100]).quantile(1 - 2 ** -53)).toBeCloseTo(1, 1)
  })

  it('merged is what counting both would be, and subtracting takes exactly that away', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const both = counted([...b, ...a])
        const merged = counted(a)
        merged.merge(counted(b))
        expect(merged.toJSON()).toEqual(both.toJSON())
        merged.subtract(counted(b))
        expect(merged.toJSON()).toEqual(counted(a).toJSON())
        expect(merged.n).toBe(a.length)
      }),
    )
  })

  it('goes through JSON unchanged', () => {
    const made = counted([0.4, 3, 3, 250])
    const back = LogHistogram.of(JSON.parse(JSON.stringify(made)))
    expect(back.toJSON()).toEqual(made.toJSON())
    expect([back.n, back.quantile(0.5)]).toEqual([4, made.quantile(0.5)])
    expect(LogHistogram.of(new LogHistogram().toJSON()).n).toBe(0)
  })

  it('says nothing of nothing, and stays within its bins whatever it is given', () => {
    expect(new LogHistogram().quantile(0.95)).toBeNull()
    const odd = counted([Number.NaN, -3, 0, Number.POSITIVE_INFINITY])
    expect(odd.n).toBe(3)
    expect(odd.quantile(0)).toBeCloseTo(0.001, 4)
    expect(odd.quantile(1)! / 1e9).toBeCloseTo(1, 1)
    expect(odd.toJSON().counts.length).toBeLessThan(1400)
  })

  it('counts a number so many times', () => {
    const made = new LogHistogram()
    made.add(10, 94)
    made.add(200, 6)
    expect(made.n).toBe(100)
    expect(made.quantile(0.95)! / 200).toBeCloseTo(1, 1)
    made.clear()
    expect([made.n, made.quantile(0.5)]).toEqual([0, null])
  })
})
