import { describe, expect, it } from 'vitest'
import { alertStateSchema } from '#core/contracts/alert.ts'
import { type AlarmEvent, next } from '#edge/alerts/lifecycle.ts'

describe('the alarm lifecycle', () => {
  it.each<[string, AlarmEvent[], string]>([
    ['acknowledged, then cleared, is normal', ['raised', 'acknowledged', 'cleared'], 'normal'],
    ['cleared before anybody saw it waits to be seen', ['raised', 'cleared'], 'returned-unacknowledged'],
    ['and is normal once seen', ['raised', 'cleared', 'acknowledged'], 'normal'],
    ['coming back, it must be seen again', ['raised', 'cleared', 'raised'], 'unacknowledged'],
    [
      'a shelf ends with the condition still there',
      ['raised', 'shelved', 'unshelved-active'],
      'unacknowledged',
    ],
    [
      'a shelf ends with the condition gone',
      ['raised', 'acknowledged', 'shelved', 'cleared', 'unshelved-clear'],
      'normal',
    ],
    [
      'and nobody had seen it',
      ['raised', 'shelved', 'cleared', 'unshelved-unseen'],
      'returned-unacknowledged',
    ],
  ])('%s', (_, events, end) => {
    expect(
      events.reduce(
        (state, event) => next(state, event)!,
        'normal' as ReturnType<typeof alertStateSchema.parse>,
      ),
    ).toBe(end)
  })
  it('refuses what makes no sense', () => {
    expect(next('acknowledged', 'acknowledged')).toBeUndefined()
    expect(next('normal', 'shelved')).toBeUndefined()
  })
  it('never shows normal while nobody has acknowledged', () => {
    for (const state of alertStateSchema.options)
      if (state !== 'acknowledged') expect(next(state, 'cleared')).not.toBe('normal')
  })
})
