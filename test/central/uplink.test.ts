import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { openSettings } from '#edge/journal/settings.ts'
import type { CentralClient } from '#edge/sync/client.ts'
import { createSync, type Sync } from '#edge/sync/create-sync.ts'
import type { LinkStanding } from '#edge/sync/link/link-port.ts'
import { privacyKey } from '#edge/sync/privacy/values.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { type Joiner, joined } from '#support/central/joining.ts'
import { draws } from '#support/draws.ts'
import { event, record } from '../integration/journal/records.ts'

/** What a machine sends, taken in by a whole central on PostgreSQL, over a line on which everything goes wrong. */
let central: CentralSite
let machine: Joiner
const dir = mkdtempSync(join(tmpdir(), 'edgewright-uplink-'))
beforeAll(async () => {
  central = await centralSite()
  machine = await joined(central)
})
afterAll(async () => {
  await central.remove()
  rmSync(dir, { recursive: true, force: true })
})

type Trouble = 'none' | 'not-sent' | 'answer-lost' | 'twice' | 'gone'
let trouble: () => Trouble = () => 'none'
const away = () => new EdgewrightError('central-unreachable', 'central does not answer')

const client: CentralClient = {
  post: async (path, body, { method = 'POST', contentType = 'application/json', encoding, signal }) => {
    const now = trouble()
    if (now === 'not-sent' || now === 'gone') throw away()
    const send = async () => {
      const response = await fetch(`${central.url}${path}`, {
        ...{ method, signal },
        headers: {
          ...{ 'content-type': contentType, authorization: `Bearer ${machine.token}` },
          ...(encoding && { 'content-encoding': encoding }),
        },
        body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
    }
    const answers = now === 'twice' ? await Promise.all([send(), send()]) : [await send()]
    if (now === 'answer-lost') throw away()
    return answers.at(-1)!
  },
}

async function start(): Promise<{ journal: Journal; sync: Sync; failures: unknown[] }> {
  const journal = openJournal(dir, { now: Date.now, randomUUID })
  const failures: unknown[] = []
  const standing: LinkStanding = {
    ...{ state: 'enrolled', central: central.url, device: machine.device, site: 'plant-a', groups: [] },
    ...{ problem: null, lastContactMs: null, isConnected: true, clockOffsetMs: null },
  }
  const sync = createSync({
    ...{ dataDir: dir, journal, settings: await openSettings(dir, { hostname: 'test' }), now: Date.now },
    ...{ random: Math.random, boot: { id: randomUUID(), elapsedMs: () => performance.now() } },
    link: {
      client: client as never,
      membership: () => ({ state: 'enrolled', central: central.url, device: machine.device }),
      standing: () => standing,
      onChange: () => () => undefined,
    },
    audit: async () => undefined,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    failed: (error) => failures.push(error),
    notSent: () => undefined,
    paces: {
      ...{ poll: 5, linger: [0, 0, 0, 0, 0], deadline: 10_000, nudge: 1 },
      ...{ again: { firstMs: 2, mostMs: 20 }, reaching: { firstMs: 2, mostMs: 20 } },
    },
  })
  sync.start()
  return { journal, sync, failures }
}

describe('a machine on a bad line', () => {
  it('has everything at central once, in order, after 30 rounds of whatever can happen', async () => {
    const drawn = draws(7, 4_000)
    let at = 0
    const draw = () => drawn[at++ % drawn.length]!
    let { journal, sync, failures } = await start()
    await journal.write((tx) =>
      tx.putState(privacyKey('machine-failure', '1.2.0'), { default: 'raw', asset: 'raw', notes: 'raw' }),
    )
    let n = 0
    const troubles: Trouble[] = ['none', 'none', 'not-sent', 'answer-lost', 'answer-lost', 'twice']
    for (let round = 0; round < 30; round++) {
      trouble = () => (draw() < 0.5 ? 'none' : troubles[Math.floor(draw() * troubles.length)]!)
      for (let i = 0; i < 5; i++) {
        await journal.write((tx) => {
          tx.events('events', [event('test.step', null), event('runtime.started', { n })])
          if (n % 2 === 0)
            tx.events('rollout', [event('deployment.running', { n, id: 'm', version: '1.0.0' })])
          tx.record(record([{ id: `r${n}` }, {}, {}]))
        })
        n += 1
      }
      const what = draw()
      if (what < 0.25) {
        // The runtime ends; what it remembers of central may be older than what central has, or lost.
        await sync.close()
        if (draw() < 0.5) await journal.write((tx) => tx.putState('sync:acks', undefined))
        await journal.close()
        // As after a restored copy: another life of the journal begins.
        if (draw() < 0.3) rmSync(join(dir, 'journal.epoch'))
        expect(failures).toEqual([])
        ;({ journal, sync, failures } = await start())
      } else if (what < 0.35) {
        trouble = () => 'gone'
        await central.restart()
        await machine.signIn()
      }
    }
    trouble = () => 'none'
    const left = () => Object.values(sync.waiting()).reduce((sum, { rows }) => sum + rows, 0)
    await expect.poll(left, { timeout: 60_000, interval: 20 }).toBe(0)

    const { db } = central.base
    const { id } = await db
      .selectFrom('devices')
      .select('id')
      .where('device', '=', machine.device)
      .executeTakeFirstOrThrow()
    const journals = journal.chain.epochs().map(({ epoch }) => epoch)
    const events = await db
      .selectFrom('events')
      .select(['epoch', 'seq', 'stream', 'kind', 'body'])
      .where('device_id', '=', id)
      .execute()
    const inOrder = events.sort(
      (a, b) => journals.indexOf(a.epoch) - journals.indexOf(b.epoch) || Number(a.seq) - Number(b.seq),
    )
    const numbers = (kind: string) =>
      inOrder.filter((one) => one.kind === kind).map(({ body }) => (body as { n: number }).n)
    expect(numbers('runtime.started')).toEqual(Array.from({ length: n }, (_, i) => i))
    expect(numbers('deployment.running')).toEqual(Array.from({ length: n / 2 }, (_, i) => 2 * i))
    const rows = await db
      .selectFrom('blocks')
      .select(({ fn, eb }) => fn.sum<string>(eb('last', '-', eb.ref('first'))).as('span'))
      .select(({ fn }) => fn.countAll<string>().as('blocks'))
      .where('device_id', '=', id)
      .where('stream', '=', 3)
      .executeTakeFirstOrThrow()
    expect(Number(rows.span) + Number(rows.blocks)).toBe(3 * n)
    // What nothing says of that it may leave did not: only that it happened.
    expect(new Set(events.filter(({ kind }) => kind === 'test.step').map(({ body }) => body))).toEqual(
      new Set([null]),
    )
    expect(sync.status().keptBack).toEqual(['test.step'])
    expect(failures).toEqual([])
    await sync.close()
    await journal.close()
  })
})
