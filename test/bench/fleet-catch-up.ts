import { setTimeout as sleep } from 'node:timers/promises'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { MadeJoinCode } from '#core/contracts/fleet.ts'
import type { EnrolmentStanding, SyncStatus } from '#core/contracts/sync.ts'
import type { BenchContext } from './kit/context.ts'
import { type BenchDatabase, benchDatabase } from './kit/database.ts'
import { type EdgeProcess, startEdge } from './kit/edge-process.ts'
import { atLeast, atMost, type Bench, figure, quantile } from './kit/figures.ts'
import { poolReadings } from './kit/readings.ts'
import type { Usage } from './programs/fleet-central.ts'
import type { Watched } from './programs/fleet-watch.ts'

const events = 400
/** The drain is looked at for so long at most. */
const mostMs = 120_000
const alertEveryMs = 2_000
/** Longer than a machine that has just started waits for a batch of readings to fill (edge/sync: 20 s, half of it at random). */
const offlineMs = 31_000

interface CentralAt {
  host: string
  port: number
  url: string
  token: string
}

/** A machine that was away for a day, from the moment at which its central is there again. */
export async function catchUp({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const dir = folder('catch-up')
  const readings = quick ? 500_000 : 10_000_000
  const database = await benchDatabase(`${dir}/db-home`)
  const startCentral = (port: number) =>
    children.program('fleet-central', { args: [`${dir}/data`, database.url, String(port)] })
  const startMachine = () => startEdge(children, { dataDir: `${dir}/edge`, preload: 'fleet-watch' })
  const acks = async (device: string) => {
    const rows = await database.query<{ stream: number; ack: string }>(
      'SELECT stream, ack FROM watermarks w JOIN devices d ON d.id = w.device_id WHERE device = $1',
      [device],
    )
    return new Map(rows.map(({ stream, ack }) => [stream, Number(ack)]))
  }
  try {
    // It joins its fleet, gets its model, and goes.
    let central = await startCentral(0)
    const at = central.ready as CentralAt
    let edge = await startMachine()
    await edge.install(mlp.package)
    await edge.lanePid(mlp.id)
    const { slots } = await edge.get<ModelDetail>(`/api/models/${mlp.id}`)
    const version = slots.running!.version
    const turn = await alertingReading(edge, mlp.id)
    const device = await join(edge, at)
    await edge.stop()
    await central.stop()

    const filler = await children.program('fleet-journal')
    const filled = await filler.ask<{ ms: number }>('fill', {
      ...{ dir: `${dir}/edge`, model: mlp.id, version, readings, events },
    })
    await filler.stop()

    edge = await startMachine()
    await edge.lanePid(mlp.id)
    await sleep(quick ? 1_000 : offlineMs)
    const waiting = await waitingOf(edge)
    const before = await acks(device)
    const heads = new Map(waiting.map((rows, stream) => [stream, rows + (before.get(stream) ?? 0)]))
    const [eventsHead, readingsHead] = [heads.get(0)!, heads.get(3)!]
    await edge.ask<Watched>('watched')
    const beganAt = performance.now()
    central = await startCentral(at.port)
    const thereAt = performance.now()
    const centralBefore = await central.ask<Usage>('usage')
    const edgeBefore = await edge.ask<Watched>('watched')
    const databaseBefore = database.cpuMs()

    // Contact: the first row of any stream that came.
    let contactMs = Number.NaN
    let eventsMs = Number.NaN
    while (Number.isNaN(eventsMs) && performance.now() - thereAt < mostMs) {
      const now = await acks(device)
      const isNews = [...now].some(([stream, ack]) => ack > (before.get(stream) ?? 0))
      if (Number.isNaN(contactMs) && isNews) contactMs = performance.now() - thereAt
      if ((now.get(0) ?? 0) >= eventsHead) eventsMs = performance.now() - thereAt
      else await sleep(5)
    }
    // The rate counts from the first batch of readings on: how long it waited to be filled is not it.
    let rows = before.get(3) ?? 0
    while (rows <= (before.get(3) ?? 0) && performance.now() - thereAt < mostMs) {
      rows = (await acks(device)).get(3) ?? 0
      await sleep(5)
    }
    const alertMs: number[] = []
    const from = { rows, at: performance.now() }
    const sizeBefore = await sizeOf(database.query)
    while (rows < readingsHead && performance.now() - thereAt < mostMs) {
      const turnAt = performance.now()
      const ackBefore = (await acks(device)).get(0) ?? 0
      await send(edge, mlp.id, turn())
      for (;;) {
        const now = await acks(device)
        rows = now.get(3) ?? 0
        if ((now.get(0) ?? 0) > ackBefore) break
        await sleep(5)
      }
      alertMs.push(performance.now() - turnAt)
      while (rows < readingsHead && performance.now() - turnAt < alertEveryMs) {
        await sleep(20)
        rows = (await acks(device)).get(3) ?? 0
      }
    }
    const drainedMs = performance.now() - from.at
    const drained = Math.min(rows, readingsHead) - from.rows
    const [edgeAfter, centralAfter] = [await edge.ask<Watched>('watched'), await central.ask<Usage>('usage')]
    const databaseMs = database.cpuMs() - databaseBefore
    const all = Math.min(rows, readingsHead) - (before.get(3) ?? 0)
    const size = await sizeOf(database.query)
    for (const child of [edge, central]) await child.stop()
    const us = (ms: number) => (1000 * ms) / all
    return {
      name: 'catch-up',
      title: 'A machine that was away for a day',
      how: [
        `${database.what}, with its settings as they are; central and the runtime in processes of their own, as ever but without a console. The journal has ${readings.toLocaleString('en')} readings of 16 numbers in blocks of 512 (written in ${Math.round(filled.ms / 1000)} s) and ${events} events one in a block; the package keeps nothing back (privacy raw). The runtime runs for ${quick ? 1 : offlineMs / 1000} s without its central, then central starts (${Math.round(thereAt - beganAt)} ms until it answers). From there on every ${alertEveryMs / 1000} s a reading raises an alert or ends it: from sending it to the runtime until central has it durably, looked at each 5 ms.`,
        `The drain is looked at for ${mostMs / 1000} s at most. Runtime, its lane, central and the database share the cores.`,
      ],
      figures: [
        figure('until the first row came, from central being there', 's', [contactMs / 1000]),
        figure('until all that people wait for came (events), from central being there', 's', [
          eventsMs / 1000,
        ]),
        figure('  from the first row', 's', [(eventsMs - contactMs) / 1000], {
          goal: atMost(5, 'under 5 s'),
        }),
        figure('until the first readings came, from central being there', 's', [(from.at - thereAt) / 1000]),
        figure('readings while draining', 'rows/s', [(1000 * drained) / drainedMs], {
          goal: atLeast(50_000, 'at least 50,000 a second'),
          note: `${drained.toLocaleString('en')} in ${(drainedMs / 1000).toFixed(1)} s`,
        }),
        figure('a new alert meanwhile, p50', 'ms', [quantile(alertMs, 0.5)], {
          note: `${alertMs.length} of them`,
        }),
        figure('a new alert meanwhile, the slowest', 'ms', [Math.max(...alertMs)]),
        figure('CPU time of the runtime', 'µs/row', [us(edgeAfter.cpuMs - edgeBefore.cpuMs)]),
        figure('CPU time of central', 'µs/row', [us(centralAfter.cpuMs - centralBefore.cpuMs)]),
        figure('CPU time of the database', 'µs/row', [us(databaseMs)]),
        figure('on central’s disk', 'bytes/row', [(size - sizeBefore) / drained]),
        figure('memory of the runtime (without its lane), before', 'MB', [edgeBefore.rssMb]),
        figure('memory of the runtime, the most meanwhile', 'MB', [edgeAfter.rssMb]),
        figure('event-loop gap of the runtime, p99', 'ms', [edgeAfter.gapMs.p99]),
        figure('event-loop gap of the runtime, longest', 'ms', [edgeAfter.gapMs.max]),
        figure('memory of central, the most', 'MB', [centralAfter.rssMb]),
        figure('event-loop gap of central, longest', 'ms', [centralAfter.gapMs.max]),
      ],
    }
  } finally {
    await children.stopAll()
    await database.close()
  }
}

/** Rows that wait in the journal, by number of the stream. */
async function waitingOf(edge: EdgeProcess): Promise<number[]> {
  const { streams } = await edge.get<SyncStatus>('/api/sync')
  return streams.map(({ waiting }) => waiting)
}

async function post<T>(
  { url, token }: { url: string; token: string },
  path: string,
  body: object,
): Promise<T> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  return JSON.parse(text) as T
}

const urlOf = ({ host, port, token }: EdgeProcess) => ({ url: `http://${host}:${port}`, token })

const send = (edge: EdgeProcess, model: string, readings: object[]) =>
  post<Decision[]>(urlOf(edge), `/api/models/${model}/readings`, readings)

/** By a join code, as people do it; answers the device. */
async function join(edge: EdgeProcess, central: CentralAt): Promise<string> {
  const { code } = await post<MadeJoinCode>(central, '/api/join-codes', { site: 'plant-a' })
  const { device } = await post<EnrolmentStanding>(urlOf(edge), '/api/enrol', { code })
  await post(central, `/api/devices/${device}/confirm`, { fingerprint: device!.slice(0, 16) })
  await post(urlOf(edge), '/api/enrol', { code })
  while ((await edge.get<SyncStatus>('/api/sync')).waiting > 0) await sleep(100)
  return device!
}

/** Finds the reading of the pool that raises an alert, and gives it and another of its asset in turn. */
async function alertingReading(edge: EdgeProcess, model: string): Promise<() => object[]> {
  const pool = poolReadings()
  for (let at = 0; at < pool.length; at += 512) {
    const some = pool.slice(at, at + 512)
    const decisions = await send(edge, model, some)
    const found = decisions.findIndex(({ verdict }) => verdict === 'alert')
    if (found < 0) continue
    const raises = some[found]!
    const clears = some.find(({ asset }, i) => asset === raises.asset && decisions[i]!.verdict === 'normal')!
    let isNext = true
    await send(edge, model, [{ ...clears, time: new Date().toISOString() }])
    return () => {
      isNext = !isNext
      return [{ ...(isNext ? clears : raises), time: new Date().toISOString() }]
    }
  }
  throw new Error('no reading of the pool raises an alert')
}

async function sizeOf(query: BenchDatabase['query']): Promise<number> {
  const [row] = await query<{
    bytes: string
  }>(`SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits
    WHERE inhparent = 'blocks'::regclass`)
  return Number(row!.bytes)
}
