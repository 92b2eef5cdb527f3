import { describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import { flood, heat, overstrain, sceneStartMs, wear } from '#support/fake-scene.ts'
import { byUrgency, colourOf, steadyList } from '../../../renderer/edge/alert/order.ts'
import { reason } from '../../../renderer/edge/alert/reason.ts'
import { ofTen } from '../../../renderer/edge/alert/track.ts'
import {
  ChangesDuring,
  isActive,
  newestEnded,
  withChanges,
} from '../../../renderer/edge/client/alert-feed.ts'
import { words } from '../../../renderer/edge/i18n.ts'
import { floodGroups, isFlood } from '../../../renderer/edge/now/flood.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'
import { makeI18n } from '../../../renderer/ui/languages.ts'

const ids = (alerts: readonly Alert[]) => alerts.map(({ id }) => id)

describe('order', () => {
  it('is by priority, then the oldest first', () => {
    const young: Alert = { ...heat(), id: 'young', raisedAt: '2026-11-24T14:30:00Z' }
    expect(ids([wear(), young, heat(), overstrain()].sort(byUrgency))).toEqual([
      'a-overstrain',
      'a-heat',
      'young',
      'a-wear',
    ])
  })

  it('puts what still holds before what is over', () => {
    const over: Alert = {
      ...overstrain(),
      id: 'over',
      state: 'returned-unacknowledged',
      raisedAt: '2026-11-24T08:00:00Z',
      clearedAt: '2026-11-24T08:30:00Z',
    }
    expect(ids([over, wear(), overstrain()].sort(byUrgency))).toEqual(['a-overstrain', 'over', 'a-wear'])
  })

  it('does not change when somebody acknowledges', () => {
    const before = steadyList([], [wear(), heat(), overstrain()], false)
    const after = steadyList(
      before,
      before.map((alert) => ({ ...alert, state: 'acknowledged' as const })),
      false,
    )
    expect(ids(after)).toEqual(ids(before))
  })

  it('stands still while a finger is down, with its cards’ present content', () => {
    const shown = steadyList([], [wear(), heat()], false)
    const latest: Alert[] = [overstrain(), { ...heat(), state: 'acknowledged' }]
    const held = steadyList(shown, latest, true)
    expect(ids(held)).toEqual(['a-heat', 'a-wear'])
    expect(held[0]?.state).toBe('acknowledged')
    expect(ids(steadyList(held, latest, false))).toEqual(['a-overstrain', 'a-heat'])
  })

  it('leaves colour to active alarms', () => {
    expect([overstrain(), { ...overstrain(), state: 'shelved' as const }].map(colourOf)).toEqual([1, 0])
  })
})

describe('the track record', () => {
  it('is counted in tenths, and not measured below ten answers', () => {
    expect(ofTen({ real: 29, answered: 41 })).toBe(7)
    expect(ofTen({ real: 0, answered: 10 })).toBe(0)
    expect(ofTen({ real: 9, answered: 9 })).toBeNull()
    expect(ofTen({ real: 0, answered: 0 })).toBeNull()
  })
})

describe('the reason', () => {
  const say = (language: 'en' | 'de', contributions = overstrain().contributions) =>
    reason(contributions, makeFormat(language, 'UTC'), makeI18n(language, words).t)

  it('names the strongest input with its value and place, and the others', () => {
    expect(say('en')).toBe(
      'Tool wear is 216\u00a0min, higher than 97\u00a0% of normal (usual 9–206). Also unusual: Torque 60.7\u00a0Nm and Rotational speed 1,282\u00a0rpm.',
    )
    expect(say('de')).toBe(
      'Werkzeugverschleiß: 216\u00a0min, höher als 97\u00a0% der normalen Werte (üblich 9–206). Auch ungewöhnlich: Drehmoment 60,7\u00a0Nm und Drehzahl 1.282\u00a0rpm.',
    )
  })

  it('never rounds up, and says so where nothing is beyond', () => {
    const [first] = overstrain().contributions
    expect(say('en', [{ ...first!, beyondPercent: 99.96 }])).toContain('higher than 99\u00a0% of normal')
    expect(say('en', [{ ...first!, beyondPercent: 100, side: 'lower' }])).toContain(
      'lower than all of normal',
    )
    expect(say('en', [])).toBe('No single input stands out.')
  })

  it('never says that something caused it', () => {
    for (const language of ['en', 'de'] as const) expect(say(language)).not.toMatch(/caus|verursach/i)
  })
})

describe('changes', () => {
  it('come into a list, change it and leave it', () => {
    const list = [overstrain(), heat()]
    const acked: Alert = { ...heat(), state: 'acknowledged' }
    const over: Alert = { ...overstrain(), state: 'normal' }
    expect(withChanges(list, [acked, over, wear()], isActive)).toEqual([acked, wear()])
    expect(withChanges(list, [], isActive)).toBe(list)
  })

  it('that arrive during a fetch are put on top of what was fetched', async () => {
    const changes = new ChangesDuring()
    let answer: (alerts: Alert[]) => void = () => undefined
    const fetched = changes.fetch(
      () =>
        new Promise((done) => {
          answer = done
        }),
      isActive,
    )
    changes.saw([{ ...heat(), state: 'acknowledged' }])
    answer([heat()])
    expect((await fetched)[0]?.state).toBe('acknowledged')
    expect((await changes.fetch(async () => [heat()], isActive))[0]?.state).toBe('unacknowledged')
  })
})

describe('what has ended', () => {
  it('is shown from the newest to the fiftieth', () => {
    const at = (i: number) => new Date(sceneStartMs + i * 1000).toISOString()
    const many = Array.from({ length: 60 }, (_, i): Alert => ({ ...heat(), id: `e${i}`, raisedAt: at(i) }))
    const shown = ids(newestEnded(many))
    expect([shown.length, shown[0], shown.at(-1)]).toEqual([50, 'e59', 'e10'])
  })
})

describe('a flood', () => {
  it('is ten alerts in ten minutes', () => {
    expect(isFlood(flood(9), sceneStartMs)).toBe(true)
    expect(isFlood(flood(8), sceneStartMs)).toBe(false)
    expect(isFlood(flood(100), sceneStartMs + 600_001)).toBe(false)
  })

  it('is grouped by cause without losing any; high priority stays on its own', () => {
    const alerts = [...flood(100), { ...overstrain(), id: 'second' }]
    const groups = floodGroups(alerts, sceneStartMs)
    expect(groups.map((group) => group.alerts.length)).toEqual([1, 1, 13, 87])
    expect(groups.flatMap((group) => ids(group.alerts)).sort()).toEqual(ids(alerts).sort())
    expect(groups[3]?.perMinute.reduce((a, b) => a + b, 0)).toBe(87)
  })
})
