import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inCanary } from '#edge/deploy/canary.ts'

const mills = (n: number) => Array.from({ length: n }, (_, k) => `Mill ${k}`)
const chosen = (version: string, percent: number, assets: string[]) =>
  assets.filter((asset) => inCanary('failure', version, asset, percent))

describe('the share of a canary', () => {
  it('is told by a hash that does not change from one release of Edgewright to the next', () => {
    // printf '["failure","1.1.0","Mill N"]' | sha256sum, whose first 13 digits are compared with 0.3 · 16^13.
    expect(chosen('1.1.0', 30, mills(12))).toEqual(['Mill 1', 'Mill 4', 'Mill 7'])
  })

  it('takes no asset at 0 %, every asset at 100 %', () => {
    expect(chosen('1.1.0', 0, mills(500))).toEqual([])
    expect(chosen('1.1.0', 100, mills(500))).toHaveLength(500)
  })

  it('only gains assets as it grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (version, asset, a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)]
          if (inCanary('m', version, asset, less)) expect(inCanary('m', version, asset, more)).toBe(true)
        },
      ),
    )
  })

  it.each([1, 5, 25, 50, 90])('takes about %i %% of assets with names that differ by a digit', (percent) => {
    const n = 20_000
    const share = chosen('2.0.0', percent, mills(n)).length / n
    const p = percent / 100
    // Five standard deviations of a binomial share.
    expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n))
  })

  it('draws other assets for another version, independently', () => {
    const n = 20_000
    const first = new Set(chosen('1.1.0', 50, mills(n)))
    const both = chosen('1.2.0', 50, mills(n)).filter((asset) => first.has(asset)).length
    expect(Math.abs(both / n - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / n))
  })

  it('does not confuse where a name ends', () => {
    const split = Array.from({ length: 64 }, (_, k) => [
      inCanary('ab', `${k}`, 'c', 50),
      inCanary('a', `b${k}`, 'c', 50),
    ])
    expect(split.some(([a, b]) => a !== b)).toBe(true)
  })
})
