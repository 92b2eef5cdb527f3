import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SyncBlock } from '#core/contracts/sync.ts'
import { tamper } from '../journal/fixture.ts'
import { event, record } from '../journal/records.ts'
import type { Fault } from './fake-central.ts'
import { drained, type Site, syncSite } from './site.ts'

const write = (site: Site, from: number, to: number) =>
  Promise.all(
    Array.from({ length: to - from }, (_, i) =>
      site.journal.write((tx) => {
        tx.events('events', [event('runtime.started', { n: from + i })])
        tx.record(record([{ id: `r${from + i}` }, {}]))
        tx.events('rollout', [event('deployment.running', { n: from + i })])
      }),
    ),
  )
/** The numbers that arrived, in the order in which they stand at central. */
const numbers = (blocks: SyncBlock[]) =>
  blocks.flatMap(({ text }) => (JSON.parse(text!) as { body: { n: number } }[]).map(({ body }) => body.n))
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('what waits', () => {
  it('arrives once, in order, byte for byte, and is counted at any time', async () => {
    const site = await syncSite()
    await write(site, 0, 30)
    expect(site.sync.status()).toMatchObject({ waiting: 60, state: 'connected' })
    expect(site.sync.waiting().inference).toEqual({ rows: 60, oldestMs: site.clock.ms })
    site.sync.start()
    await drained(site)
    expect(numbers(site.central.blocks('events'))).toEqual(upTo(30))
    expect(site.central.blocks('events').every(({ projected }) => projected === undefined)).toBe(true)
    expect(site.central.rows('inference')).toBe(60)
    expect(site.central.blocks('inference').every(({ columns }) => columns !== undefined)).toBe(true)
    await write(site, 30, 31)
    await drained(site)
    expect(numbers(site.central.blocks('rollout'))).toEqual(upTo(31))
    expect(site.failures).toEqual([])
  })

  it('is told again by central after a start, and nothing is sent twice', async () => {
    const site = await syncSite()
    await write(site, 0, 5)
    site.sync.start()
    await drained(site)
    await site.restart()
    expect(site.sync.status().waiting).toBe(0)
    site.sync.start()
    await write(site, 5, 7)
    await drained(site)
    expect(numbers(site.central.blocks('events'))).toEqual(upTo(7))
    expect(site.central.dup).toBe(0)
  })

  it('goes on from where central stands, also where what this machine remembers is lost', async () => {
    const site = await syncSite()
    await write(site, 0, 5)
    site.sync.start()
    await drained(site)
    await site.sync.close()
    await site.journal.write((tx) => tx.putState('sync:acks', undefined))
    await site.restart()
    expect(site.sync.status().waiting).toBe(10)
    site.sync.start()
    await drained(site)
    expect(site.central.dup).toBe(0)
  })

  it('is sent again from where a central that was restored from a copy stands', async () => {
    const site = await syncSite()
    await write(site, 0, 5)
    site.sync.start()
    await drained(site)
    const restore = site.central.backup()
    await write(site, 5, 12)
    await drained(site)
    restore()
    await write(site, 12, 13)
    await drained(site)
    await expect.poll(() => site.central.rows('events')).toBe(13)
    expect(numbers(site.central.blocks('events'))).toEqual(upTo(13))
    expect(numbers(site.central.blocks('rollout'))).toEqual(upTo(13))
  })

  it('crosses the lives of a journal in their order', async () => {
    const site = await syncSite()
    await write(site, 0, 4)
    await site.sync.close()
    await site.journal.close()
    // As after a restored copy: the marker no longer fits.
    rmSync(join(site.dir, 'journal.epoch'))
    await site.restart()
    await write(site, 4, 6)
    expect(site.sync.waiting().rollout.rows).toBe(6)
    site.sync.start()
    await drained(site)
    expect(site.central.epochs).toHaveLength(2)
    const events = site.central.blocks('events').filter(({ of }) => of === 'runtime.started')
    expect(numbers(events)).toEqual(upTo(6))
  })

  it('is counted, and told as lost, where retention took it before it could be sent', async () => {
    const site = await syncSite()
    await write(site, 0, 2)
    site.clock.ms += 10_000
    await site.journal.retain('machine-failure', 5_000, site.clock.ms)
    await write(site, 2, 3)
    expect(site.sync.waiting().inference.rows).toBe(6)
    site.sync.start()
    await drained(site)
    const blocks = site.central.blocks('inference')
    expect(blocks.map(({ dropped, columns }) => [dropped, columns !== undefined])).toEqual([
      [true, false],
      [true, false],
      [undefined, true],
    ])
    const told = site.central.blocks('events').find(({ of }) => of === 'gap')
    expect(JSON.parse(told!.text!)[0].body).toMatchObject({ stream: 'inference', rows: 4, why: 'retention' })
  })

  it('does not stop at a block that is not what was written', async () => {
    const site = await syncSite()
    await write(site, 0, 3)
    await site.sync.close()
    await site.journal.close()
    tamper(site.dir, "UPDATE blocks SET payload = x'5b5d' WHERE first = 2 AND stream = 0")
    await site.restart()
    site.sync.start()
    await drained(site)
    expect(site.central.blocks('events').map(({ dropped }) => dropped)).toEqual([undefined, true, undefined])
  })
})

describe('a line that is bad', () => {
  it.each<[string, Fault]>([
    ['an answer is lost', 'answer-lost'],
    ['a connection is torn', 'torn'],
    ['a batch comes twice', 'twice'],
    ['an answer drips and never ends', 'drip'],
    [
      'central has enough to do',
      { status: 429, body: { error: { code: 'queue-full', message: 'enough' }, retryMs: 3 } },
    ],
    ['central is starting', { status: 503, body: {} }],
    ['somebody else answers', { status: 200, body: { hello: 'there' } }],
    ['a proxy answers', { status: 502, body: {} }],
    ['a batch cannot be taken', { status: 400, body: { error: { code: 'sync-damaged', message: 'no' } } }],
    ['central has forgotten', { status: 409, body: { epoch: 'other', expected: null } }],
  ])('loses nothing, doubles nothing and keeps the order where %s', async (_, fault) => {
    const site = await syncSite()
    for (let i = 0; i < (fault === 'drip' ? 2 : 5); i++) site.central.faults.push(fault)
    await write(site, 0, 10)
    site.sync.start()
    await write(site, 10, 15)
    await drained(site)
    expect(numbers(site.central.blocks('events'))).toEqual(upTo(15))
    expect(numbers(site.central.blocks('rollout'))).toEqual(upTo(15))
    expect(site.central.rows('inference')).toBe(30)
    expect(site.failures).toEqual([])
  })

  it('keeps what waits while central is gone, says so, and sends it when it is back', async () => {
    const site = await syncSite()
    site.sync.start()
    await drained(site)
    await site.central.stop()
    site.standing.isConnected = false
    await write(site, 0, 10)
    await expect.poll(() => site.sync.status().problem).toMatch(/does not answer/)
    expect(site.sync.central()).toEqual({ state: 'not-connected', waiting: 20 })
    await site.central.listen()
    await drained(site)
    expect(numbers(site.central.blocks('events'))).toEqual(upTo(10))
  })

  it('sends an alert while a large batch of readings is on its way', async () => {
    const site = await syncSite()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    site.central.hold = (stream) => (stream === 'inference' ? held : Promise.resolve())
    await site.journal.write((tx) => tx.record(record([{}])))
    site.sync.start()
    await expect.poll(() => site.central.told).toBe(1)
    await site.journal.write((tx) => tx.events('events', [event('runtime.started', { n: 0 })]))
    await expect.poll(() => site.central.rows('events')).toBe(1)
    expect(site.central.rows('inference')).toBe(0)
    release()
    await drained(site)
  })
})

describe('what central decides', () => {
  it('says why it refuses this machine, and keeps what waits', async () => {
    const site = await syncSite()
    const quarantined = { error: { code: 'device-quarantined', message: 'a copy of it was seen' } }
    for (let i = 0; i < 20; i++) site.central.faults.push({ status: 403, body: quarantined })
    await write(site, 0, 2)
    site.sync.start()
    await expect
      .poll(() => site.sync.status())
      .toMatchObject({ state: 'refused', problem: 'a copy of it was seen' })
    expect(site.sync.status().waiting).toBe(4)
    site.central.faults.length = 0
    site.standing.isConnected = false
    site.changed()
    site.standing.isConnected = true
    site.changed()
    await drained(site)
  })

  it('tells people where a stream does not go on', async () => {
    const site = await syncSite()
    await write(site, 0, 2)
    site.sync.start()
    await drained(site)
    site.central.instead = (stream) =>
      stream === 'events' ? [400, { error: { code: 'sync-damaged', message: 'never' } }] : undefined
    await site.journal.write((tx) => tx.events('events', [event('runtime.started', { n: 2 })]))
    await expect
      .poll(() => site.sync.status().streams[0])
      .toMatchObject({ stream: 'events', blocked: 'never' })
    await write(site, 2, 3)
    await expect.poll(() => site.central.rows('rollout')).toBe(3)
    site.central.instead = undefined
    await drained(site)
    expect(site.sync.status().streams[0]!.blocked).toBeNull()
    expect(site.notSent).toEqual([null, 'never', null])
  })

  it('sends batches of no more rows than are granted', async () => {
    const site = await syncSite()
    site.central.grant = { bytesPerS: null, maxBatch: 4 }
    await write(site, 0, 20)
    site.sync.start()
    await drained(site)
    const rows = site.central.came.slice(4).map(({ lines }) => {
      const blocks = lines.filter((line) => line.kind === 'block')
      return blocks.at(-1)!.last - blocks[0]!.first + 1
    })
    expect(Math.max(...rows)).toBeLessThanOrEqual(4)
  })

  it('sends nothing before this machine is enrolled, and does then, and what is written later, without looking now and then', async () => {
    const site = await syncSite({ paces: { poll: 1e9 } })
    site.standing.state = 'waiting'
    await write(site, 0, 2)
    site.sync.start()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(site.central.told).toBe(0)
    site.standing.state = 'enrolled'
    site.changed()
    await drained(site)
    await write(site, 2, 4)
    await drained(site)
  })
})

describe('what the line is to bear', () => {
  it('lets readings wait for their time of day, and nothing that people wait for', async () => {
    const site = await syncSite()
    const minute = new Date(site.clock.ms).getHours() * 60 + new Date(site.clock.ms).getMinutes()
    const clock = (m: number) =>
      `${String(Math.floor(((m + 1440) % 1440) / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
    const window = { from: clock(minute + 60), to: clock(minute + 120) }
    const told = await site.sync.setLimits({ bytesPerS: null, window }, 'ada')
    expect(told.limits.window).toBe(`${window.from}–${window.to}`)
    await write(site, 0, 5)
    site.sync.start()
    await expect.poll(() => site.central.rows('events')).toBe(6)
    expect(site.central.rows('inference')).toBe(0)
    site.clock.ms += 90 * 60_000
    await drained(site)
    const kept = JSON.parse(readFileSync(join(site.dir, 'settings.json'), 'utf8')) as { sync: object }
    expect(kept.sync).toEqual({ bytesPerS: null, window })
  })
})
