import { describe, expect, it } from 'vitest'
import { briefOf } from '#central/devices/brief.ts'
import { cleanJson } from '#central/devices/clean.ts'
import { together } from '#central/devices/group-commit.ts'
import { makeNonce, nonceEnd } from '#central/devices/nonce.ts'
import { reportOf } from '#support/central/joining.ts'

const kinds = (report: Parameters<typeof briefOf>[0], atMs = 0) =>
  briefOf(report, atMs).problems.map(({ kind }) => kind)

describe('what a list needs of a report', () => {
  it('is what runs, what is held and why, and the items that people wait for', () => {
    const { models, waitingItems, updating } = briefOf(
      reportOf('1.4.2', { held: { version: '1.5.0', reason: 'too many false alarms' } }),
      0,
    )
    expect([waitingItems, updating]).toEqual([3, false])
    expect(models).toEqual([
      expect.objectContaining({
        ...{ id: 'press-wear', running: '1.4.2', state: 'running', staged: '1.5.0' },
        held: expect.objectContaining({ version: '1.5.0', by: 'M. Sato', reason: 'too many false alarms' }),
      }),
    ])
  })

  it('says nothing of a machine that is well', () => {
    expect(kinds(reportOf('1.4.2'))).toEqual([])
  })

  it('says in words what somebody should look at', () => {
    const well = reportOf('1.4.2')
    const updates = (more: object) => ({ updates: { ...well.updates, ...more } as typeof well.updates })
    expect(kinds(reportOf('1.4.2', { held: { version: '1.5.0', reason: 'x' } }))).toEqual(['held'])
    expect(kinds({ ...well, ...updates({ trust: 'expired' }) })).toEqual(['trust'])
    expect(kinds({ ...well, ...updates({ lastCheck: { at: '', ok: false, from: '' } }) })).toEqual([
      'unreachable-updates',
    ])
    expect(kinds({ ...well, diskFreeBytes: 2 ** 29 })).toEqual(['disk'])
    expect(kinds({ ...well, allowUnsigned: true })).toEqual(['unsigned'])
    expect(kinds({ ...well, waiting: { events: { rows: 1, oldestMs: 0 } } }, 3_600_001)).toEqual(['backlog'])
    const failed = { model: 'press-wear', version: '2.0.0', state: 'failed', reason: 'golden vectors differ' }
    expect(briefOf({ ...well, ...updates({ progress: [failed] }) }, 0).problems).toEqual([
      {
        kind: 'update-failed',
        model: 'press-wear',
        text: 'press-wear 2.0.0 was not brought in: golden vectors differ',
      },
    ])
  })

  it('is updating while something is fetched or installed, not while a technician is waited for', () => {
    const well = reportOf('1.4.2')
    const doing = (state: string) =>
      briefOf(
        { ...well, updates: { ...well.updates, progress: [{ model: 'press-wear', state }] } } as typeof well,
        0,
      ).updating
    expect(['waiting', 'downloading', 'installing', 'activating', 'done', 'held'].map(doing)).toEqual([
      ...[false, true, true, true, false, false],
    ])
  })
})

it('keeps what PostgreSQL cannot keep from refusing the rest', () => {
  expect(JSON.parse(cleanJson({ 'a\0': ['\0', '\ud800x', 1, null, { b: true }] }))).toEqual({
    'a\ufffd': ['\ufffd', '\ufffdx', 1, null, { b: true }],
  })
})

it('holds a nonce to its machine, its server and its minute', () => {
  const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const nonce = makeNonce(secret, 'a', 1000)
  expect(nonceEnd(secret, 'a', nonce, 1000)).toBe(61_000)
  expect(nonceEnd(secret, 'a', nonce, 61_000)).toBeUndefined()
  expect(nonceEnd(secret, 'b', nonce, 1000)).toBeUndefined()
  expect(nonceEnd(other, 'a', nonce, 1000)).toBeUndefined()
  expect(nonceEnd(secret, 'a', nonce.replace('61000', '99000'), 1000)).toBeUndefined()
  expect(nonceEnd(secret, 'a', `${nonce}.x`, 1000)).toBeUndefined()
})

describe('work that is done together', () => {
  it('is one round at a time over all that came meanwhile, each with its own result', async () => {
    const rounds: number[][] = []
    const gates: (() => void)[] = []
    const work = together(async (items: readonly number[]) => {
      rounds.push([...items])
      await new Promise<void>((open) => gates.push(open))
      return items.map((item) => item * 2)
    }, 3)
    const all = Promise.all([1, 2, 3, 4, 5].map(work))
    expect(rounds).toEqual([[1]])
    for (let n = 0; n < 3; n += 1) {
      await Promise.resolve().then(() => gates[n]?.())
      await new Promise((done) => setImmediate(done))
    }
    expect(await all).toEqual([2, 4, 6, 8, 10])
    expect(rounds).toEqual([[1], [2, 3, 4], [5]])
  })

  it('fails for those of its round only', async () => {
    const work = together(async (items: readonly number[]) => {
      if (items.includes(2)) throw new Error('no')
      return items
    }, 1)
    const results = await Promise.allSettled([work(1), work(2), work(3)])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await work(4)).toBe(4)
  })
})
