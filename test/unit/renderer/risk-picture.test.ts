import { describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import { engineLife, shopVisit } from '#support/fake-engine.ts'
import { milling, overstrain, sceneStartMs } from '#support/fake-scene.ts'
import { riskPicture } from '../../../renderer/edge/alert/risk-picture.ts'
import { words } from '../../../renderer/edge/i18n.ts'
import { valueWords } from '../../../renderer/edge/said/value-words.ts'
import { watchedBy } from '../../../renderer/edge/said/watched.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'
import { makeI18n } from '../../../renderer/ui/languages.ts'

const at = sceneStartMs - 1000
const staleAfterMs = 10_000
const format = makeFormat('en', 'UTC')
const { t } = makeI18n('en', words)

/** The words beside the newest value, where several readings have one time and the last of them said 0.1. */
function newest(alert: Alert, nowMs: number): string | undefined {
  const trend = { asset: alert.asset, series: 'output:OSF', bucketMs: 4000, points: [[at, 0.1, 1]] }
  return riskPicture({
    alert,
    trend: trend as Parameters<typeof riskPicture>[0]['trend'],
    tail: [],
    newest: [at, 0.1, 0.1],
    nowMs,
    staleAfterMs,
    watched: watchedBy(alert, milling().manifest),
    words: valueWords({ unit: undefined, width: undefined }, format, t),
    format,
    t,
  }).newest?.label
}

describe('what the risk chart calls now', () => {
  it('is the last reading in order', () => {
    expect(newest(overstrain(), sceneStartMs)).toBe('10 now')
  })
  it('is not what has become old: that has its time', () => {
    expect(newest(overstrain(), at + staleAfterMs)).toBe('10 now')
    expect(newest(overstrain(), at + staleAfterMs + 1)).toBe('10 at 14:32:06')
  })
  it('is nothing once the alert has ended, or its window', () => {
    expect(newest({ ...overstrain(), state: 'normal' }, sceneStartMs)).toBeUndefined()
    expect(newest(overstrain(), sceneStartMs + 600_000)).toBeUndefined()
  })
})

describe('the chart of a value', () => {
  const picture = riskPicture({
    alert: shopVisit(),
    trend: { asset: 'Engine 7', series: 'output:value', bucketMs: 4000, points: [[at, 8.2, 8.2]] },
    tail: [],
    newest: undefined,
    nowMs: sceneStartMs,
    staleAfterMs,
    watched: watchedBy(shopVisit(), engineLife().manifest),
    words: valueWords({ unit: '{cycle}', width: 39.1 }, format, t),
    format,
    t,
  })
  it('says the newest in its unit, with its interval, never in percent of a risk', () => {
    expect(picture.newest).toMatchObject({ label: '8\u00a0cycles now', more: '90\u00a0%: 0 to 27' })
    expect(picture.levels.map(({ label }) => label)).toEqual(['alerts below 15', 'clears above 20'])
  })
  it('has room for the interval, and cuts it to what is possible', () => {
    expect(picture.bands?.[0]).toMatchObject({ low: [0] })
    expect(picture.bands?.[0]?.high[0]).toBeCloseTo(26.9)
    expect(picture.y).toEqual({ min: 0, max: 30 })
  })
})
