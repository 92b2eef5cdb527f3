import { describe, expect, it } from 'vitest'
import type { PerformanceLine } from '#core/contracts/performance.ts'
import { hoursPicture } from '../../../renderer/central/performance/hours-picture.ts'
import { shareWords } from '../../../renderer/central/performance/share-words.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'

const hourMs = 3_600_000
const fromMs = Date.parse('2026-11-24T00:00:00Z')
const line = (hour: number, readings: number, alert: number): PerformanceLine => ({
  ...{
    key: new Date(fromMs + hour * hourMs).toISOString(),
    machines: 1,
    readings,
    alert,
    normal: readings - alert,
  },
  ...{ abstain: 0, rejected: 0, byRules: 0, marked: 0, alertsRaised: 0, answers: {}, newest: '' },
  ...{ real: { share: null, n: 0 }, latency: { p50: null, p95: null, p99: null } },
})
const format = makeFormat('en', 'UTC')
const picture = (lines: PerformanceLine[], measure: 'alerts' | 'p95' = 'alerts') =>
  hoursPicture({
    lines,
    measure,
    fromMs,
    toMs: fromMs + 24 * hourMs,
    format,
    t: ((key: string) => key) as never,
  })

describe('figures by hour', () => {
  it('breaks the line where hours are missing, and an hour without readings is no zero', () => {
    const { line: values, gaps } = picture([
      line(0, 100, 1),
      line(1, 100, 3),
      line(2, 0, 0),
      line(5, 100, 2),
      line(23, 50, 1),
    ])
    expect(values).toEqual([1, 3, null, 2, null, 2])
    expect(gaps.map(({ from, to }) => (to - from) / hourMs)).toEqual([4, 18])
  })

  it('draws nothing of a latency that nobody measured', () => {
    expect(picture([line(0, 10, 0)], 'p95').x).toEqual([])
  })
})

describe('shares', () => {
  it('are never 0 % of something, nor 100 % of less than all', () => {
    expect(shareWords(0, format.number)).toBe('0\u00a0%')
    expect(shareWords(1e-6, format.number)).toBe('<\u00a00.01\u00a0%')
    expect(shareWords(0.0004, format.number)).toBe('0.04\u00a0%')
    expect(shareWords(0.999, format.number)).toBe('99.9\u00a0%')
    expect(shareWords(0.999999, format.number)).toBe('>\u00a099.99\u00a0%')
    expect(shareWords(1, format.number)).toBe('100\u00a0%')
  })
})
