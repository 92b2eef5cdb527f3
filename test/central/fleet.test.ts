import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presenceOf, steadyAfterMs } from '#central/devices/presence.ts'
import { listDevices, presenceSql } from '#central/store/devices-list.ts'
import type { Chosen, DeviceDetail, DeviceSummary, DevicesPage, FleetSummary } from '#core/contracts/fleet.ts'
import { deviceDetailSchema, devicesPageSchema, fleetSummarySchema } from '#core/contracts/fleet.ts'
import { heartbeatAnswerSchema } from '#core/contracts/sync.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { Joiner, joinCode, joined, reportOf } from '#support/central/joining.ts'

let site: CentralSite
let nowMs = Date.parse('2026-11-21T12:00:00Z')
const now = () => nowMs
const machines: Joiner[] = []
const of = (machine: Joiner) =>
  site.ask<DeviceDetail>('GET', `/api/devices/${machine.device}`).then(({ body }) => body)
const list = async (query: string) =>
  devicesPageSchema.parse((await site.ask<DevicesPage>('GET', `/api/devices?${query}`)).body)
const names = async (query: string) => (await list(query)).items.map(({ name }) => name)

beforeAll(async () => {
  site = await centralSite({ now, publicUrl: 'https://central.example' })
  for (const [name, plant, labels] of [
    ['mill 1', 'plant-a', ['canary']],
    ['mill 2', 'plant-a', ['canary', 'line=2']],
    ['press 1', 'plant-b', []],
    ['press 2', 'plant-b', ['line=2']],
  ] as const)
    machines.push(
      await joined(site, { name, now, code: { site: plant, labels, groups: [name.split(' ')[0]] } }),
    )
})
afterAll(() => site.remove())

describe('a heartbeat', () => {
  it('asks for a report until there is one, keeps it, and tells where the machine belongs', async () => {
    const [one] = machines as [Joiner]
    const first = await one.beat({ wallMs: nowMs - 90_000 })
    expect(heartbeatAnswerSchema.parse(first.body)).toMatchObject({
      ...{ serverMs: nowMs, wantReport: true, countersignature: null, checkUpdates: false, site: 'plant-a' },
      groups: [`device-${one.device.slice(0, 16)}`, 'mill'],
    })
    const report = reportOf('1.4.2', {
      held: { version: '1.5.0', reason: 'too many false alarms' },
      alerts: { high: 0, medium: 2, low: 1, shelved: 0 },
    })
    expect((await one.beat({ report })).body.wantReport).toBe(false)
    expect((await one.beat()).body.wantReport).toBe(false)
    const detail = deviceDetailSchema.parse(await of(one))
    expect(detail.report).toEqual(report)
    expect(detail).toMatchObject({
      ...{ presence: 'online', clockOffsetMs: 0, waiting: 3, version: '0.1.0', epoch: one.epoch },
      alerts: { high: 0, medium: 2, low: 1 },
      models: [{ id: 'press-wear', running: '1.4.2', held: { version: '1.5.0', by: 'M. Sato' } }],
      problems: [{ kind: 'held', model: 'press-wear' }],
    })
    nowMs += 3_600_001
    await one.signIn()
    expect((await one.beat()).body.wantReport).toBe(true) // an hour old: perhaps this server was restored
  })

  it('tells once to look for updates, and of another place from then on', async () => {
    const [one] = machines as [Joiner]
    const before = await of(one)
    const place = { site: 'plant-c', groups: ['lathe'], reason: 'moved hall' }
    const moved = await site.ask<DeviceSummary>('PUT', `/api/devices/${one.device}/place`, place)
    expect(moved.body).toMatchObject({ site: 'plant-c', groups: ['lathe'] })
    expect((await one.beat()).body).toMatchObject({
      ...{ checkUpdates: true, site: 'plant-c' },
      groups: [before.ownGroup, 'lathe'],
    })
    expect((await one.beat()).body.checkUpdates).toBe(false)
    await site.ask('PUT', `/api/devices/${one.device}/place`, { ...place, site: 'plant-a', groups: ['mill'] })
    expect((await of(one)).log[0]).toMatchObject({
      ...{ kind: 'device.moved', by: 'admin' },
      body: { site: 'plant-c', to: 'plant-a', reason: 'moved hall' },
    })
  })

  it('takes many at once, the later of two by one machine, and what PostgreSQL could not keep', async () => {
    for (const machine of machines) await machine.signIn()
    const answers = await Promise.all(
      [...machines, ...machines].map((machine, n) =>
        machine.beat({ wallMs: nowMs + n, report: reportOf('1.4.2', { machine: `a\0b\ud800 ${n}` }) }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect((await of(machines[1]!)).report?.machine).toMatch(/^a\ufffdb\ufffd/)
  })

  it('waits for no machine but its own while a batch of one is being stored', async () => {
    const [held, free] = machines as [Joiner, Joiner]
    let let_go: () => void = () => undefined
    const holding = new Promise<void>((done) => {
      let_go = done
    })
    let locked: () => void = () => undefined
    const isLocked = new Promise<void>((done) => {
      locked = done
    })
    const transaction = site.base.db.transaction().execute(async (tx) => {
      await tx.selectFrom('devices').select('id').where('device', '=', held.device).forUpdate().execute()
      locked()
      await holding
    })
    await isLocked
    const order: string[] = []
    const waiting = held.beat().then(({ status }) => order.push(`held ${status}`))
    for (let n = 0; n < 3; n += 1) order.push(`free ${(await free.beat()).status}`)
    let_go()
    await Promise.all([transaction, waiting])
    expect(order).toEqual(['free 200', 'free 200', 'free 200', 'held 200'])
  })

  it('takes a count beyond all reason without breaking the sums of the others', async () => {
    const [, two] = machines as [Joiner, Joiner]
    const alerts = { high: 2 ** 52, medium: -5, low: 0, shelved: 0 }
    expect((await two.beat({ report: reportOf('1.4.2', { alerts }) })).status).toBe(200)
    expect((await site.ask<FleetSummary>('GET', '/api/fleet')).body.alerts).toMatchObject({
      high: 1e7,
      medium: 0,
    })
    await two.beat({ report: reportOf('1.4.2') })
  })

  it('refuses what is no heartbeat', async () => {
    const [one] = machines as [Joiner]
    for (const more of [{ wallMs: 'noon' }, { report: {} }, { more: 1 }, { epoch: undefined }])
      expect((await one.beat(more)).status).toBe(400)
  })
})

describe('the fleet', () => {
  it('is counted by presence, site and alert', async () => {
    const [, two, three] = machines as [Joiner, Joiner, Joiner]
    await two.beat({ report: reportOf('1.4.2', { alerts: { high: 1, medium: 0, low: 2, shelved: 1 } }) })
    nowMs += 6 * 60_000
    await three.beat({
      report: reportOf('1.5.0', { updates: { ...reportOf('1').updates, busy: true }, machine: 'press 1' }),
    })
    const { body } = await site.ask<FleetSummary>('GET', '/api/fleet')
    const fleet = fleetSummarySchema.parse(body)
    expect(fleet).toMatchObject({
      ...{ machines: 4, waiting: 0, quarantined: 0, alerts: { high: 1, low: 2 } },
      presence: { online: 0, updating: 0, late: 4, offline: 0, never: 0 },
    })
    nowMs += steadyAfterMs // the third has come back, and stays
    await three.beat()
    const again = (await site.ask<FleetSummary>('GET', '/api/fleet?squares=2')).body
    expect(again.presence).toMatchObject({ updating: 1, late: 3 })
    expect(again.sites.map(({ site: name, machines: n }) => [name, n])).toEqual([
      ['plant-a', 2],
      ['plant-b', 2],
    ])
    expect(again.sites[0]?.squares).toEqual([
      { device: machines[0]?.device, name: 'mill 1', state: 'enrolled', presence: 'late', alert: null },
      { device: two.device, name: 'mill 2', state: 'enrolled', presence: 'late', alert: 'high' },
    ])
    expect((await site.ask<FleetSummary>('GET', '/api/fleet?squares=1')).body.sites[0]?.squares).toBeNull()
  })

  it('is listed by page and by what machines are', async () => {
    expect(await names('')).toEqual(['mill 1', 'mill 2', 'press 1', 'press 2'])
    const first = await list('limit=3')
    expect([first.items.length, first.total]).toEqual([3, 4])
    expect(await names(`limit=3&cursor=${first.next}`)).toEqual(['press 2'])
    expect((await list(`limit=3&cursor=${first.next}`)).next).toBeNull()
    expect(await names('site=plant-a')).toEqual(['mill 1', 'mill 2'])
    expect(await names('group=press')).toEqual(['press 1', 'press 2'])
    expect(await names('label=line%3D2')).toEqual(['mill 2', 'press 2'])
    expect(await names('model=press-wear&version=1.5.0')).toEqual(['press 1'])
    expect(await names('model=nothing')).toEqual([])
    expect(await names('presence=updating')).toEqual(['press 1'])
    expect(await names('search=LL%201')).toEqual(['mill 1'])
    expect(await names(`search=${machines[3]?.device.slice(0, 12)}`)).toEqual(['press 2'])
    expect(await names('state=revoked')).toEqual([])
    for (const wrong of ['limit=0', 'limit=501', 'presence=here', 'cursor=x', 'cursor=W10'])
      expect((await site.ask('GET', `/api/devices?${wrong}`)).status).toBe(400)
  })

  it('says which machines somebody should look at', async () => {
    const [one, , , four] = machines as [Joiner, Joiner, Joiner, Joiner]
    await one.signIn()
    await one.beat({ report: reportOf('1.4.2'), wallMs: nowMs + 7_200_000 })
    await four.beat({ report: reportOf('1.4.2', { allowUnsigned: true }) })
    expect(await names('problem=true')).toEqual(['mill 1', 'press 2'])
    expect(await names('problem=false')).toEqual(['mill 2', 'press 1'])
    expect((await of(one)).problems).toEqual([
      { kind: 'clock', model: null, text: 'Its clock is 2 h ahead.' },
    ])
    await one.beat()
  })

  it('counts alerts per ten minutes and machine, out of what machines sent', async () => {
    const { db } = site.base
    const [, , three] = machines as [Joiner, Joiner, Joiner]
    await three.signIn()
    await three.beat()
    const { id } = await db
      .selectFrom('devices')
      .select('id')
      .where('device', '=', three.device)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('events')
      .values(
        [1, 30, 59, 61].map((minutes, seq) => ({
          ...{ device_id: id, stream: 0, epoch: three.epoch, seq, kind: 'alert.raised', by: 'm', body: '{}' },
          ...{ at: new Date(nowMs - minutes * 60_000), received: new Date(nowMs - minutes * 60_000) },
        })),
      )
      .execute()
    const { sites } = (await site.ask<FleetSummary>('GET', '/api/fleet?site=plant-b')).body
    expect(sites.map(({ site: name, alertsPer10Min }) => [name, alertsPer10Min])).toEqual([
      ['plant-b', 3 / 6],
    ])
  })

  it('takes no words that cannot be shown or kept', async () => {
    const [one] = machines as [Joiner]
    const path = `/api/devices/${one.device}`
    for (const words of ['a\0b', 'a\u202eb', '\ud800', ' ', 'a\u001b[2J']) {
      expect((await site.ask('PUT', `${path}/name`, { name: words })).status).toBe(400)
      expect((await site.ask('POST', `${path}/revoke`, { reason: words })).status).toBe(400)
    }
    expect((await site.ask('GET', '/api/devices?search=%00')).status).toBe(400)
    const odd = new Joiner(site, now)
    odd.name = ' \u001b[2J\0 '
    await odd.enrol(await joinCode(site, { site: 'odd' }))
    expect(await names('site=odd')).toEqual(['\ufffd[2J\ufffd'])
    await site.ask('POST', `/api/devices/${odd.device}/revoke`, { reason: 'odd' })
  })

  it('changes labels and names, and says who did', async () => {
    const [one] = machines as [Joiner]
    const path = `/api/devices/${one.device}`
    const labelled = await site.ask<DeviceSummary>('PUT', `${path}/labels`, { labels: ['b', 'a', 'b'] })
    expect(labelled.body.labels).toEqual(['a', 'b'])
    expect((await site.ask('PUT', `${path}/labels`, { labels: ['no good'] })).status).toBe(400)
    await site.ask('PUT', `${path}/name`, { name: 'mill 1, hall 2' })
    expect(await of(one)).toMatchObject({
      name: 'mill 1, hall 2',
      log: expect.arrayContaining([expect.objectContaining({ kind: 'device.renamed', by: 'admin' })]),
    })
    await site.ask('PUT', `${path}/name`, { name: 'mill 1' })
    await site.ask('PUT', `${path}/labels`, { labels: ['canary'] })
    expect((await site.ask('GET', `/api/devices/${'0'.repeat(64)}`)).status).toBe(404)
    expect((await site.ask('POST', `/api/devices/${'0'.repeat(64)}/revoke`, { reason: 'x' })).status).toBe(
      404,
    )
  })

  it('is chosen from by site, label, share and name', async () => {
    const choose = async (chooser: object, salt = '') =>
      (await site.ask<Chosen>('POST', '/api/devices/choose', { choose: chooser, salt })).body
    expect((await choose({})).machines).toBe(4)
    expect(await choose({ sites: ['plant-b'], labels: ['line=2'] })).toMatchObject({
      ...{ machines: 1, sites: [{ site: 'plant-b', machines: 1 }] },
    })
    expect((await choose({ labels: ['canary', 'line=2'] })).machines).toBe(1)
    expect((await choose({ devices: [machines[0]!.device] })).machines).toBe(1)
    expect((await choose({ groups: ['mill', 'press'] })).machines).toBe(4)
    const share = await choose({ percent: 50 }, 'x')
    expect(await choose({ percent: 50 }, 'x')).toEqual(share)
    expect((await site.ask('POST', '/api/devices/choose', { choose: { percent: 0 } })).status).toBe(400)
  })
})

describe('presence in the database', () => {
  it('is what the function says, whatever stands there', async () => {
    const times = { nowMs, heardUntilMs: nowMs - 400_000, outageMs: 2_000_000 }
    const hours = [
      0, 1e3, 44e3, 46e3, 299e3, 301e3, 399e3, 401e3, 2.29e6, 2.31e6, 3.59e6, 3.61e6, 5.59e6, 5.61e6,
    ]
    const rows = hours.flatMap((ago) =>
      [null, 0, 30e3, 60e3, 1e6].flatMap((returned) =>
        [false, true].map((updating) => ({
          last_seen: new Date(nowMs - ago),
          returned_at: returned === null ? null : new Date(nowMs - ago - returned),
          updating,
        })),
      ),
    )
    const { db } = site.base
    await db
      .insertInto('devices')
      .values(
        [...rows, { last_seen: null, returned_at: null, updating: true }].map((row, n) => ({
          ...row,
          ...{ device: `f${n.toString().padStart(63, '0')}`, public_key: '', name: `${n}`, site: 'presence' },
          ...{ groups: [], state: 'enrolled' as const, enrolled_at: new Date(nowMs) },
        })),
      )
      .execute()
    const sqlTimes = { ...times, steadyAfterMs, clockLimitMs: 60_000 }
    const got = await db
      .selectFrom('devices')
      .select(['last_seen', 'returned_at', 'updating', presenceSql(sqlTimes).as('presence')])
      .where('site', '=', 'presence')
      .execute()
    expect(got).toHaveLength(rows.length + 1)
    expect(new Set(got.map(({ presence }) => presence)).size).toBe(5)
    for (const { last_seen, returned_at, updating, presence } of got)
      expect([
        last_seen,
        returned_at,
        updating,
        presenceOf(
          {
            lastSeenMs: last_seen?.getTime() ?? null,
            returnedMs: returned_at?.getTime() ?? null,
            updating,
          },
          times,
        ),
      ]).toEqual([last_seen, returned_at, updating, presence])
    const offline = await listDevices(db, { site: 'presence', presence: 'offline' }, sqlTimes, 500, undefined)
    expect(offline).toHaveLength(got.filter(({ presence }) => presence === 'offline').length)
    await db.deleteFrom('devices').where('site', '=', 'presence').execute()
  })

  it('takes no absence of the server for silence of its machines', async () => {
    const [, two] = machines as [Joiner, Joiner]
    await two.signIn()
    await two.beat()
    nowMs += 60_000
    await two.beat()
    await site.restart() // says that it is there
    nowMs += 8 * 3_600_000
    await site.restart()
    expect((await of(two)).presence).toBe('online')
    nowMs += 5 * 60_000 + 1
    expect((await of(two)).presence).toBe('late')
    two.bootId = randomUUID()
    await two.signIn()
    await two.beat()
    expect((await of(two)).presence).toBe('late') // back, and not yet for long
  })
})
