import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Stream } from '#core/chain/streams.ts'
import { backoffMs } from '#edge/sync/backoff.ts'
import { Budget, nextOf } from '#edge/sync/budget.ts'
import { Contact } from '#edge/sync/contact.ts'
import { inWords, isOpen } from '#edge/sync/schedule.ts'

describe('waiting after a failure', () => {
  it('lies anywhere between nothing and a bound that doubles, up to the longest', () => {
    const paces = { firstMs: 1_000, mostMs: 60_000 }
    expect([1, 2, 3, 7, 50].map((n) => backoffMs(n, () => 1, paces))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000,
    ])
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (n, r) => {
        const ms = backoffMs(n, () => r, paces)
        return ms >= 0 && ms <= 60_000 && ms === Math.round(r * backoffMs(n, () => 1, paces))
      }),
    )
  })

  it('ends at once where something speaks for another try, and is over with the first answer', () => {
    let ms = 0
    const contact = new Contact({
      elapsed: () => ms,
      random: () => 1,
      reaching: { firstMs: 100, mostMs: 1_000 },
    })
    expect(contact.waitMs).toBe(0)
    contact.lost('no network')
    contact.lost('no network')
    expect([contact.state, contact.waitMs, contact.problem]).toEqual(['lost', 200, 'no network'])
    ms = 150
    expect(contact.waitMs).toBe(50)
    contact.nudge()
    expect(contact.waitMs).toBe(0)
    contact.made()
    contact.lost('again')
    expect(contact.waitMs).toBe(100)
    contact.refused('revoked')
    expect(contact.waitMs).toBe(300_000)
  })
})

describe('a window of the day', () => {
  const at = (day: number, time: string) => ({
    day,
    minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3)),
  })
  it.each([
    [{ from: '08:00', to: '17:00' }, at(1, '08:00'), true],
    [{ from: '08:00', to: '17:00' }, at(1, '17:00'), false],
    [{ from: '22:00', to: '05:00' }, at(1, '23:59'), true],
    [{ from: '22:00', to: '05:00' }, at(1, '04:59'), true],
    [{ from: '22:00', to: '05:00' }, at(1, '12:00'), false],
    [{ from: '00:00', to: '00:00' }, at(1, '12:00'), true],
    [{ from: '08:00', to: '17:00', days: [1] }, at(2, '09:00'), false],
    // The night belongs to the day on which it began.
    [{ from: '22:00', to: '05:00', days: [6] }, at(0, '03:00'), true],
    [{ from: '22:00', to: '05:00', days: [6] }, at(0, '23:00'), false],
    [null, at(3, '03:00'), true],
  ])('%j, at %j: %s', (window, time, open) => {
    expect(isOpen(window, time)).toBe(open)
  })

  it('is told in words', () => {
    expect(inWords({ from: '22:00', to: '05:00', days: [0, 6] })).toBe('22:00–05:00, Sun, Sat')
    expect(inWords(null)).toBeNull()
  })
})

describe('a budget of bytes', () => {
  /** A clock that stands still until somebody waits for it. */
  function bench(rate: number | null) {
    let nowMs = 0
    const due: { atMs: number; call: () => void }[] = []
    const budget = new Budget({
      rate: () => rate,
      elapsed: () => nowMs,
      after: (ms, call) => {
        const one = { atMs: nowMs + ms, call }
        due.push(one)
        return () => void due.splice(due.indexOf(one), due.includes(one) ? 1 : 0)
      },
    })
    const sent: { stream: Stream; bytes: number; atMs: number }[] = []
    const { signal } = new AbortController()
    const send = (stream: Stream, bytes: number) =>
      budget.take(stream, bytes, signal).then(() => void sent.push({ stream, bytes, atMs: nowMs }))
    const settle = () => new Promise((resolve) => setImmediate(resolve))
    /** Runs until so much time has passed. */
    const run = async (ms: number) => {
      const endMs = nowMs + ms
      for (;;) {
        await settle()
        const next = due.toSorted((a, b) => a.atMs - b.atMs)[0]
        if (!next || next.atMs > endMs) break
        due.splice(due.indexOf(next), 1)
        nowMs = next.atMs
        next.call()
      }
      nowMs = endMs
    }
    return { send, run, sent, budget, settle }
  }
  /** A stream that always has something more to send. */
  const keep = (site: ReturnType<typeof bench>, stream: Stream, bytes: number): Promise<void> =>
    site.send(stream, bytes).then(() => keep(site, stream, bytes))

  it('lets everything through where there is no limit', async () => {
    const site = bench(null)
    await Promise.all([site.send('inference', 1e9), site.send('metrics', 1e9)])
    expect(site.sent).toHaveLength(2)
  })

  it('is kept over time, whatever the sizes', async () => {
    const site = bench(1_000)
    void keep(site, 'inference', 300)
    await site.run(60_000)
    const bytes = site.sent.reduce((sum, one) => sum + one.bytes, 0)
    expect(bytes).toBeGreaterThan(58_000)
    expect(bytes).toBeLessThanOrEqual(61_300)
  })

  it('goes to the more important ones, but for a twentieth that the lowest keeps', async () => {
    const site = bench(1_000)
    void keep(site, 'metrics', 200)
    void keep(site, 'inference', 200)
    await site.run(200_000)
    const lowest = site.sent
      .filter(({ stream }) => stream === 'inference')
      .reduce((n, { bytes }) => n + bytes, 0)
    const all = site.sent.reduce((n, { bytes }) => n + bytes, 0)
    expect(lowest / all).toBeGreaterThan(0.04)
    expect(lowest / all).toBeLessThan(0.07)
  })

  it('lets an alert go at once, also behind a batch that has overdrawn it', async () => {
    const site = bench(1_000)
    await site.send('inference', 1_800)
    void site.send('metrics', 100)
    void site.send('events', 100)
    await site.settle()
    expect(site.sent.map(({ stream }) => stream)).toEqual(['inference', 'events'])
    await site.run(2_000)
    expect(site.sent.at(-1)!.stream).toBe('metrics')
  })

  it('lets go of who gives up', async () => {
    const site = bench(10)
    await site.send('inference', 100)
    const gaveUp = new AbortController()
    const waiting = site.budget.take('metrics', 10, gaveUp.signal)
    gaveUp.abort(new Error('closed'))
    await expect(waiting).rejects.toThrow('closed')
  })

  it('chooses the most important one, until the lowest has earned its turn', () => {
    const waiting = [
      { stream: 'inference', bytes: 100 },
      { stream: 'events', bytes: 10 },
    ] as const
    expect(nextOf(waiting, 99)).toBe(1)
    expect(nextOf(waiting, 100)).toBe(0)
  })
})
