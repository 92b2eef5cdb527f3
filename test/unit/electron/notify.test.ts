import { describe, expect, it } from 'vitest'
import {
  type Noticed,
  type NoticeState,
  noNotices,
  noticesPerMinute,
  onAlert,
  onBacklog,
} from '../../../electron/main/decide/notify.ts'

const alert: Noticed = {
  id: 'a/1',
  state: 'unacknowledged',
  priority: 'high',
  asset: 'pump 3',
  title: { en: 'Blocked', de: 'Verstopft' },
  cause: 'Flow too low',
}
const context = { nowMs: 0, enabled: true, watched: false, language: 'de' }

describe('a notification', () => {
  it('is shown once for an alert of high priority, in the language of the desktop', () => {
    const first = onAlert(noNotices, alert, context)
    expect(first.show).toEqual({
      title: 'High priority: Verstopft',
      body: 'pump 3. Flow too low',
      path: '/alerts/a%2F1',
    })
    expect(onAlert(first.state, alert, context).show).toBeUndefined()
  })

  it.each<[string, Partial<Noticed>]>([
    ['of lower priority', { priority: 'medium' }],
    ['that was acknowledged', { state: 'acknowledged' }],
    ['that is shelved', { state: 'shelved' }],
  ])('is not shown for an alert %s', (_name, change) => {
    expect(onAlert(noNotices, { ...alert, ...change }, context).show).toBeUndefined()
  })

  it('is not shown over a window that is watched, nor later for the same alert; nor where it is turned off', () => {
    const seen = onAlert(noNotices, alert, { ...context, watched: true })
    expect(seen.show).toBeUndefined()
    expect(onAlert(seen.state, alert, context).show).toBeUndefined()
    expect(onAlert(noNotices, alert, { ...context, enabled: false }).show).toBeUndefined()
  })

  it('says once that there is a flood, and then nothing more of it in that minute', () => {
    let state: NoticeState = noNotices
    const titles: (string | undefined)[] = []
    for (let n = 0; n < 20; n++) {
      const next = onAlert(state, { ...alert, id: `${n}` }, { ...context, nowMs: n })
      state = next.state
      titles.push(next.show?.title)
    }
    expect(titles.filter((title) => title?.startsWith('High priority'))).toHaveLength(noticesPerMinute)
    expect(titles.filter((title) => title?.startsWith('More'))).toHaveLength(1)
    expect(onAlert(state, { ...alert, id: 'later' }, { ...context, nowMs: 61_000 }).show?.title).toContain(
      'High',
    )
  })

  it('forgets what is over, so that its memory stays small', () => {
    const first = onAlert(noNotices, alert, context)
    expect(onAlert(first.state, { ...alert, state: 'normal' }, context).state.told.size).toBe(0)
  })
})

describe('what stands when the app connects', () => {
  const many = [1, 2, 3].map((n) => ({ ...alert, id: `${n}` }))

  it('is told of together, and alone where it is one', () => {
    expect(onBacklog(noNotices, many, context).show?.title).toBe('3 high-priority alerts wait')
    expect(onBacklog(noNotices, many.slice(0, 1), context).show?.title).toBe('High priority: Verstopft')
    expect(onBacklog(noNotices, [{ ...alert, priority: 'low' }], context).show).toBeUndefined()
  })

  it('is not told of twice over a broken connection', () => {
    const { state } = onBacklog(noNotices, many, context)
    expect(onBacklog(state, many, context).show).toBeUndefined()
    expect(onBacklog(state, [...many, alert], context).show?.title).toContain('High priority')
    expect(onAlert(state, many[0] as Noticed, context).show).toBeUndefined()
  })
})
