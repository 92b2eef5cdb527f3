import { describe, expect, it } from 'vitest'
import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'
import { against } from '../../../renderer/central/alarms/goals.ts'
import { between } from '../../../renderer/central/audit/audit-filter.ts'
import { fromLines, toLines } from '../../../renderer/central/registry/party-lines.ts'

const figures = (more: Partial<AlarmFigures> = {}): AlarmFigures => ({
  ...{ from: '', to: '', raised: 10, byPriority: { high: 1, medium: 2, low: 7 } },
  ...{ machines: { raising: 1, all: 2 }, per10Min: { mean: 1, peak: 10 } },
  ...{ floods: { count: 0, timeShare: 0.01, longestMin: 0 }, stale: 4, chattering: 0 },
  ...{ answeredInTime: { share: 1, n: 3 }, worst: [] },
  ...more,
})
const missed = (of: AlarmFigures) => against(of).flatMap(({ goal, misses }) => (misses ? [goal] : []))

describe('alarm figures against their goals', () => {
  it('meets them at the goal itself, and misses them just beyond', () => {
    expect(missed(figures())).toEqual([])
    expect(
      missed(
        figures({
          ...{ per10Min: { mean: 1.01, peak: 11 }, stale: 5, chattering: 1 },
          floods: { count: 1, timeShare: 0.011, longestMin: 20 },
          answeredInTime: { share: 0.99, n: 100 },
        }),
      ),
    ).toEqual(['mean', 'peak', 'floodShare', 'chattering', 'stale', 'answered'])
  })

  it('says nothing of what was not measured', () => {
    const none = against(figures({ raised: 0, answeredInTime: { share: null, n: 0 } }))
    expect(none.filter(({ value }) => value === null).map(({ goal }) => goal)).toEqual([
      'worstShare',
      'answered',
    ])
  })
})

describe('parties in lines', () => {
  it('come back as they were', () => {
    const parties = [{ name: 'A. Berg', contact: 'berg@example.com' }, { name: 'Shift leads' }]
    expect(fromLines(toLines(parties))).toEqual(parties)
    expect(fromLines('\n  \n')).toEqual([])
  })

  it('are refused where a name is missing, or there are too many', () => {
    expect(fromLines('<berg@example.com>')).toBeUndefined()
    expect(fromLines('A. Berg <>')).toBeUndefined()
    expect(fromLines(Array.from({ length: 21 }, (_, i) => `P${i}`).join('\n'))).toBeUndefined()
  })
})

describe('days of the record', () => {
  it('reach from the beginning of the first to the end of the last', () => {
    const { from, to } = between({ from: '2026-11-01', to: '2026-11-01' })
    expect(Date.parse(to!) - Date.parse(from!)).toBe(86_400_000 - 1)
  })

  it('count as none where they are none', () => {
    expect(between({ from: 'yesterday', to: '' })).toEqual({})
  })
})
