import { describe, expect, it, vi } from 'vitest'
import type { LaneStatus, ModelSummary } from '#core/contracts/deployment.ts'
import { milling, statusAt } from '#support/fake-scene.ts'
import { assetKey, withReadings } from '../../../renderer/edge/client/live.ts'
import { judging, restartGraceMs, trackRestarts } from '../../../renderer/edge/frame/stopped.ts'
import { Api } from '../../../renderer/ui/client/api.ts'
import { signIn, takeCode } from '../../../renderer/ui/client/session.ts'
import { asTheme, remember, remembered } from '../../../renderer/ui/preferences.ts'

function model(lane: LaneStatus | null, staged: ModelSummary['slots']['staged'] = null): ModelSummary {
  const { slots, ...rest } = milling()
  return { ...rest, slots: { running: lane && { ...slots.running!, lane }, previous: null, staged } }
}

describe('whether a model judges', () => {
  const none = new Map<string, number>()
  it.each([
    [model({ state: 'ready', pid: 1 }), { judges: true }],
    [model({ state: 'starting' }), { judges: true }],
    [model({ state: 'failed', reason: 'r' }), { judges: false, why: 'lane', version: '1.0.4', reason: 'r' }],
    [model({ state: 'closed' }), { judges: false, why: 'closed', version: '1.0.4' }],
    [model(null), { judges: false, why: 'none' }],
    [
      model(null, { ...milling().slots.running!, deployment: { state: 'refused', since: '', reason: 'r' } }),
      { judges: false, why: 'refused', version: '1.0.4', reason: 'r' },
    ],
    [
      model(null, {
        ...milling().slots.running!,
        deployment: { state: 'qualifying', since: '', mode: 'replace' },
      }),
      { judges: false, why: 'preparing', version: '1.0.4' },
    ],
  ])('%#', (summary, says) => {
    expect(judging(summary, none, 1000)).toEqual(says)
  })

  it('rules judge where the model does not; withdrawn without rules is stopped, with the reason', () => {
    const lane = { state: 'failed', reason: 'r' } as const
    expect(judging({ ...model(lane), answeredBy: 'rules' }, none, 1000)).toEqual({ judges: true })
    const withdrawn = model({ state: 'ready', pid: 1 })
    withdrawn.slots.running!.deployment = { state: 'withdrawn', since: '', by: 'T. Okafor', reason: 'r' }
    expect(judging({ ...withdrawn, answeredBy: 'nobody' }, none, 1000)).toEqual({
      judges: false,
      why: 'withdrawn',
      version: '1.0.4',
      reason: 'r',
    })
  })

  it('gives a lane that starts again five seconds', () => {
    const status = {
      ...statusAt(1000, [], []),
      models: [model({ state: 'restarting', reason: 'r', crashes: 1 })],
    }
    const restarts = trackRestarts(none, status)
    expect(trackRestarts(restarts, { ...status, serverTimeMs: 4000 })).toBe(restarts)
    const at = (ms: number) => judging(status.models[0]!, restarts, ms).judges
    expect([at(1000 + restartGraceMs), at(1001 + restartGraceMs)]).toEqual([true, false])
    const back = { ...status, models: [model({ state: 'ready', pid: 2 })] }
    expect(trackRestarts(restarts, back).size).toBe(0)
  })
})

describe('live readings', () => {
  const reading = (timeMs: number) => ({
    model: 'm',
    asset: 'a',
    timeMs,
    values: {},
    verdict: 'normal' as const,
    quality: [],
  })
  it('keep the newest, and no more than fits', () => {
    let assets = withReadings(new Map(), [reading(10), reading(5)])
    expect(assets.get(assetKey('m', 'a'))?.newest.timeMs).toBe(10)
    for (let i = 11; i < 1000; i++) assets = withReadings(assets, [reading(i)])
    expect(assets.get(assetKey('m', 'a'))?.tail).toHaveLength(240)
    expect(assets.get(assetKey('m', 'a'))?.tail.at(-1)?.timeMs).toBe(999)
  })
})

describe('of several readings with one time', () => {
  const of = (value: number) => ({
    model: 'm',
    asset: 'a',
    timeMs: 10,
    values: { x: value },
    verdict: 'normal' as const,
    quality: [],
  })
  it('the last that came is the newest, and the tail has them all', () => {
    const known = withReadings(withReadings(new Map(), [of(1), of(9)]), [of(4)]).get(assetKey('m', 'a'))
    expect(known?.newest.values['x']).toBe(4)
    expect(known?.tail.map(({ values }) => values['x'])).toEqual([1, 9, 4])
  })
})

describe('signing in', () => {
  it('takes the code out of the address at once', () => {
    const replaceState = vi.fn()
    expect(takeCode({ hash: '#code=abc', pathname: '/alerts/1', search: '?x=1' }, { replaceState })).toBe(
      'abc',
    )
    expect(replaceState).toHaveBeenCalledWith(null, '', '/alerts/1?x=1')
  })

  it('leaves an address without one alone', () => {
    const replaceState = vi.fn()
    expect(takeCode({ hash: '#feedback', pathname: '/', search: '' }, { replaceState })).toBeNull()
    expect(replaceState).not.toHaveBeenCalled()
  })

  it('says whether the code was good', async () => {
    const answering = (status: number) =>
      new Api({
        fetch: async () => new Response(null, { status }),
        mayI: async () => false,
        done: () => undefined,
      })
    expect(await signIn(answering(204), 'x')).toBe('done')
    expect(await signIn(answering(401), 'x')).toBe('spent')
    expect(await signIn(answering(500), 'x')).toBe('failed')
    expect(await signIn(answering(204), null)).toBe('none')
  })
})

describe('what is remembered', () => {
  it('comes back, and a browser that forbids it changes nothing', () => {
    const kept = new Map<string, string>()
    const store = () => ({
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    })
    remember(store, 'theme', 'dark')
    expect(asTheme(remembered(store, 'theme'))).toBe('dark')
    expect(asTheme('purple')).toBe('system')
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    const forbidden = () => {
      throw new Error('denied')
    }
    expect(remembered(forbidden, 'theme')).toBeNull()
    remember(forbidden, 'theme', 'dark')
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})
