import { describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import { overstrain, sceneStartMs } from '#support/fake-scene.ts'
import { riskPicture } from '../../../renderer/edge/alert/risk-picture.ts'
import { makeI18n } from '../../../renderer/edge/i18n.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'

const at = sceneStartMs - 1000
const staleAfterMs = 10_000

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
    format: makeFormat('en', 'UTC'),
    t: makeI18n('en').t,
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
