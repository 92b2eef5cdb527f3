import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/package/random.ts'
import { decisiveEvidence, evidence, judge, logEvidence } from '#core/statistics/champion.ts'

/** E = B(W+1, L+1) · Σ_{k ≤ W} C(n+1, k), in whole numbers: the numerator and denominator of the exact value. */
function exact(wins: number, losses: number): [bigint, bigint] {
  const n = wins + losses
  const choose = (m: number, k: number) => {
    let c = 1n
    for (let i = 1; i <= k; i++) c = (c * BigInt(m - k + i)) / BigInt(i)
    return c
  }
  let sum = 0n
  for (let k = 0; k <= wins; k++) sum += choose(n + 1, k)
  return [sum, BigInt(n + 1) * choose(n, wins)]
}

describe('the evidence of champion and challenger', () => {
  // Computed with scipy.special.betainc and, for the large ones, with exact fractions.
  it.each([
    [0, 0, 0],
    [1, 0, 0.4054651081081645],
    [5, 0, 2.351375257163477],
    [8, 0, 4.039145012867485],
    [9, 1, 2.9182620118779967],
    [14, 4, 2.189535419327269],
    [3, 9, -2.0236827081943103],
    [60, 40, 0.5788911232206004],
    [1000, 900, -0.23580742260776333],
    [2000, 0, 1379.3861059658666],
    [0, 2000, -7.601402334583733],
    [5000, 4700, 0.9671974687871625],
    [20_000, 10_000, 1694.695915028471],
  ])('is exact after %i wins and %i losses', (wins, losses, expected) => {
    expect(Math.abs(logEvidence(wins, losses) - expected)).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(expected)),
    )
  })

  it('equals the closed form in whole numbers', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(150), (wins, losses) => {
        const [a, b] = exact(wins, losses)
        const product = evidence(wins, losses)
        // 60 bits of the quotient are enough to compare at 1e-12.
        const quotient = Number((a << 200n) / b) / 2 ** 200
        expect(Math.abs(product / quotient - 1)).toBeLessThan(1e-12)
      }),
      { numRuns: 200 },
    )
  })

  it('is fair: where both are as good, the next label leaves it as it is on average', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), (wins, losses) => {
        const next = (evidence(wins + 1, losses) + evidence(wins, losses + 1)) / 2
        expect(next / evidence(wins, losses)).toBeCloseTo(1, 10)
      }),
    )
  })

  it('is never above 1 for whoever has won less', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (more, less) => {
        fc.pre(more >= less)
        expect(evidence(less, more)).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })

  it('can be written as JSON, however large', () => {
    expect(JSON.parse(JSON.stringify(evidence(50_000, 0)))).toBe(Number.MAX_VALUE)
  })
})

describe('the verdict', () => {
  const clear = { wins: 12, losses: 0, labels: 40, days: 9 }
  it('needs decisive evidence, 30 labels and 7 days, all three', () => {
    expect(judge(clear)).toMatchObject({ state: 'promote' })
    expect(judge({ ...clear, labels: 29 }).state).toBe('undecided')
    expect(judge({ ...clear, days: 6.99 }).state).toBe('undecided')
    expect(judge({ ...clear, wins: 6 })).toMatchObject({ state: 'undecided', e: expect.closeTo(18.14, 1) })
  })

  it('keeps the champion by the same measure', () => {
    const { state, e, eChampion } = judge({ ...clear, wins: 1, losses: 11 })
    expect(state).toBe('keep')
    expect(e).toBeLessThan(1)
    expect(eChampion).toBeGreaterThanOrEqual(decisiveEvidence)
  })
})

/** Looks after every label, and stops at the first that decides. `p`: chance that the challenger wins a discordant label. */
function decides(p: number, labels: number, random: () => number): boolean {
  let wins = 0
  for (let n = 1; n <= labels; n++) {
    if (random() < p) wins += 1
    // Only above half can it have become decisive; days and labels enough from the first on: the hardest case.
    if (2 * wins > n && logEvidence(wins, n - wins) >= Math.log(decisiveEvidence)) return true
  }
  return false
}

describe('looking after each of 2,000 labels', () => {
  it('promotes a challenger that is no better in at most 5 % of runs', () => {
    const random = seededRandom(20)
    const runs = 400
    let promoted = 0
    for (let run = 0; run < runs; run++) if (decides(0.5, 2000, random)) promoted += 1
    expect(promoted).toBeGreaterThan(0)
    expect(promoted / runs).toBeLessThanOrEqual(0.05)
  })

  it('finds one that wins seven of ten', () => {
    const random = seededRandom(21)
    let promoted = 0
    for (let run = 0; run < 100; run++) if (decides(0.7, 200, random)) promoted += 1
    expect(promoted).toBeGreaterThan(95)
  })
})
