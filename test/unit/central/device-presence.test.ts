import { describe, expect, it } from 'vitest'
import { isInShare, placeOf } from '#central/devices/choose.ts'
import { presenceOf } from '#central/devices/presence.ts'

const min = 60_000
const nowMs = 1.8e12
const calm = { nowMs, heardUntilMs: -1, outageMs: 0 }
const seen = (agoMs: number | null, more: { returned?: number; updating?: boolean } = {}) => ({
  lastSeenMs: agoMs === null ? null : nowMs - agoMs,
  returnedMs: more.returned === undefined ? null : nowMs - more.returned,
  updating: more.updating ?? false,
})

describe('presence', () => {
  it.each([
    ['never heard of', seen(null), 'never'],
    ['just now', seen(0), 'online'],
    ['five minutes ago', seen(5 * min), 'online'],
    ['longer ago', seen(5 * min + 1), 'late'],
    ['an hour ago', seen(60 * min), 'late'],
    ['longer ago than that', seen(60 * min + 1), 'offline'],
    ['something is being brought in', seen(0, { updating: true }), 'updating'],
    ['something was, when it was last heard of', seen(6 * min, { updating: true }), 'late'],
    ['back with its first heartbeat', seen(0, { returned: 0 }), 'late'],
    ['back, and silent again', seen(min, { returned: min }), 'late'],
    ['back for a while', seen(0, { returned: 45_000 }), 'online'],
    ['back for a while, updating', seen(0, { returned: 50_000, updating: true }), 'updating'],
  ] as const)('%s: %s is %s', (_what, one, presence) => {
    expect(presenceOf(one, calm)).toBe(presence)
  })

  it('takes no silence of the server for one of its machines, and makes nothing green that was not', () => {
    // The server was away for three hours and came back two minutes ago.
    const back = { nowMs, heardUntilMs: nowMs - 2 * min, outageMs: 180 * min }
    expect(presenceOf(seen(183 * min), back)).toBe('online')
    expect(presenceOf(seen(188 * min), back)).toBe('late')
    expect(presenceOf(seen(243 * min), back)).toBe('offline')
    expect(presenceOf(seen(61 * min), { ...back, heardUntilMs: nowMs - 62 * min })).toBe('offline')
  })
})

describe('shares', () => {
  const machines = Array.from({ length: 5_000 }, (_, n) => n.toString(16).padStart(64, '0'))
  const share = (percent: number, salt: string) => machines.filter((one) => isInShare(one, percent, salt))

  it('are as large as they say, within chance', () => {
    // 5,000 draws: three standard deviations of 25 % are 92 machines.
    expect(Math.abs(share(25, 'a').length - 1250)).toBeLessThan(92)
    expect(share(100, 'a')).toHaveLength(5_000)
  })

  it('hold those of a smaller share, and other machines under another salt', () => {
    const small = share(5, 'a')
    const large = new Set(share(20, 'a'))
    expect(small.length).toBeGreaterThan(0)
    expect(small.every((one) => large.has(one))).toBe(true)
    expect(share(5, 'b')).not.toEqual(small)
    expect(placeOf(machines[7]!, 'a')).toBe(placeOf(machines[7]!, 'a'))
  })
})
