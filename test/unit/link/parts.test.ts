import { describe, expect, it } from 'vitest'
import type { DeviceReport } from '#core/contracts/sync.ts'
import { nextBeatInMs } from '#edge/sync/link/cadence.ts'
import { ClockWatch } from '#edge/sync/link/clock-watch.ts'
import { groupsOf, repositoryAt } from '#edge/sync/link/join.ts'
import { readJoinCode } from '#edge/sync/link/join-code.ts'
import { newsIn } from '#edge/sync/link/report.ts'
import { publishedRoots, rootFor } from '#edge/sync/link/root-of.ts'
import { codeFor, FakeCentral } from './fake-central.ts'

describe('a join code', () => {
  const code = codeFor(new FakeCentral())

  it('is read, with what copying brought', () => {
    const broken = `  ${code.slice(0, 30)}\n ${code.slice(30)}\n`
    expect(readJoinCode(broken)).toMatchObject({ url: 'http://central.test', site: 'north', root: null })
  })

  it.each([
    ['another text', 'hello there', /does not begin/],
    ['one that was cut off', code.slice(0, 60), /not whole/],
    [
      'one that says something else',
      `ewj1.${Buffer.from('{"url":"x"}').toString('base64url')}`,
      /does not say/,
    ],
    ['an address that is none', codeWith({ url: 'file:///etc' }), /does not say/],
  ])('is refused: %s', (_, text, message) => {
    expect(() => readJoinCode(text)).toThrow(message)
  })
})

function codeWith(change: object): string {
  const json = { url: 'https://c', token: 'j'.repeat(43), site: 'north', groups: [], root: null, ...change }
  return `ewj1.${Buffer.from(JSON.stringify(json)).toString('base64url')}`
}

describe('the root that is anchored', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => ({ text, fingerprint: text.repeat(64) }))
  const roots = [a!, b!]

  it('is the one that the code names', () => {
    expect(rootFor(b!.fingerprint, roots, undefined, false)).toBe(b)
  })

  it('stays the one that this machine believes, where it is of the same chain', () => {
    expect(rootFor(b!.fingerprint, roots, a!.fingerprint, false)).toBe(a)
  })

  it('is refused where central publishes others, whatever is believed', () => {
    for (const recover of [false, true])
      expect(() => rootFor(c!.fingerprint, roots, undefined, recover)).toThrow(/other roots/)
    expect(() => rootFor(c!.fingerprint, [], undefined, false)).toThrow(/no root/)
  })

  it('is refused where this machine believes one of another chain, but for --recover', () => {
    expect(() => rootFor(b!.fingerprint, roots, c!.fingerprint, false)).toThrow(
      expect.objectContaining({ code: 'trust-exists' }),
    )
    expect(rootFor(b!.fingerprint, roots, c!.fingerprint, true)).toBe(b)
  })

  it('is looked for from the first to the newest', async () => {
    const files = new Map([
      ['1.root.json', 'one'],
      ['2.root.json', 'two'],
      ['4.root.json', 'four'],
    ])
    const metadata = async (file: string) => {
      const text = files.get(file)
      return text === undefined ? undefined : Buffer.from(text)
    }
    const source = { name: 'x', metadata, target: () => Promise.reject(new Error('not asked for')) }
    const found = await publishedRoots(source)
    expect(found.map(({ text }) => text)).toEqual(['one', 'two'])
  })
})

describe('groups', () => {
  const device = 'ab'.repeat(32)
  it('begin with the machine’s own, which central may name as well', () => {
    expect(groupsOf(device, ['presses'])).toEqual(['device-abababababababab', 'presses'])
    expect(groupsOf(device, ['presses', 'device-abababababababab'])).toEqual([
      'device-abababababababab',
      'presses',
    ])
  })
  it('find the repository under an address with and without a stroke at its end', () => {
    expect(repositoryAt('https://c.test/fleet/')).toBe('https://c.test/fleet/repository/')
    expect(repositoryAt('https://c.test')).toBe('https://c.test/repository/')
  })
})

describe('the next heartbeat', () => {
  it.each([
    ['answered', 0, 54_000, 66_000],
    ['waiting', 0, 9_000, 11_000],
    ['refused', 0, 270_000, 330_000],
    ['unreachable', 1, 1_000, 4_000],
    ['unreachable', 4, 1_000, 32_000],
    ['unreachable', 50, 1_000, 60_000],
  ] as const)('comes after %s (%i failures) between %i and %i ms', (outcome, failures, low, high) => {
    expect(nextBeatInMs(outcome, failures, () => 0)).toBe(low)
    expect(nextBeatInMs(outcome, failures, () => 1)).toBeCloseTo(high)
  })
})

describe('the clock', () => {
  it('is told of once when it differs, and once when it agrees again', async () => {
    const told: unknown[] = []
    const watch = new ClockWatch(async (kind, _, body) => told.push([kind, body]))
    expect(watch.offsetMs).toBeNull()
    for (const offsetMs of [100, -59_000, -61_000, -40_000, -61_000, -1_000]) await watch.saw(offsetMs)
    expect(told).toEqual([
      ['clock.differs', { offsetMs: -61_000 }],
      ['clock.agrees', { offsetMs: -1_000 }],
    ])
    expect(watch.offsetMs).toBe(-1_000)
  })
})

describe('news in a report', () => {
  const report = {
    machine: 'Press 3',
    models: [{ id: 'm', slots: { running: { memoryMb: 10, version: '1.0.0' } } }],
    updates: {
      lastCheck: { at: 'a', ok: true, from: 'x' },
      clock: { systemMs: 1, floorMs: 1, behind: false },
    },
    alerts: { high: 0, medium: 0, low: 0, shelved: 0 },
    waiting: {},
    newestReadingAtMs: 5,
    diskFreeBytes: 1,
  } as unknown as DeviceReport
  const changed = (change: object) => newsIn({ ...report, ...change }) !== newsIn(report)

  it('are not what changes by itself', () => {
    expect(
      changed({ newestReadingAtMs: 9, diskFreeBytes: 2, waiting: { events: { rows: 1, oldestMs: 1 } } }),
    ).toBe(false)
    expect(changed({ models: [{ id: 'm', slots: { running: { memoryMb: 11, version: '1.0.0' } } }] })).toBe(
      false,
    )
    expect(
      changed({ updates: { ...report.updates, clock: { systemMs: 2, floorMs: 2, behind: false } } }),
    ).toBe(false)
  })
  it('are another version, an alert, a clock that fell behind', () => {
    expect(changed({ models: [{ id: 'm', slots: { running: { memoryMb: 10, version: '1.0.1' } } }] })).toBe(
      true,
    )
    expect(changed({ alerts: { high: 1, medium: 0, low: 0, shelved: 0 } })).toBe(true)
    expect(
      changed({ updates: { ...report.updates, clock: { systemMs: 1, floorMs: 1, behind: true } } }),
    ).toBe(true)
  })
})
