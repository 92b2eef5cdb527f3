import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '#core/package/random.ts'
import { type Connection, openConnection, Refused } from '../kit/connection.ts'
import { type Content, eventsContent, MachineRecord } from '../kit/machine-record.ts'
import { serve } from '../kit/serve.ts'

/** Machines that each send a heartbeat and a window of metrics a minute, on time whether or not there was an answer. */
export interface DevicesOrder {
  host: string
  port: number
  seconds: number
  /** Keep-alive connections that all share; 'each': one that is opened for each request and closed after it. */
  connections: number | 'each'
  /** `bare`: the same requests a second to the reference, and nothing else. */
  bare?: true
}

export interface DevicesSample {
  requests: number
  errors: number
  /** Central had enough to do, and got the same again a little later, as machines do. */
  again: number
  firstError: string
  /** From the moment at which it was due until its answer. */
  beatMs: Float64Array
  metricsMs: Float64Array
  cpuMs: number
}

const minuteMs = 60_000
/** As central asks for, and a machine's own pause (edge/sync/backoff.ts). */
const busyMs = 3_000
const random = seededRandom(31)
const machines: MachineRecord[] = []
let tokens: string[] = []

function make(count: number) {
  while (machines.length < count) machines.push(new MachineRecord())
  return machines.map(({ identity }) => identity)
}

/** A minute of 600 readings. */
function windowOf(nowMs: number): Content {
  const fromMs = Math.floor(nowMs / minuteMs) * minuteMs
  const latency: Record<string, number> = {}
  for (let bin = -60; bin < -40; bin++) latency[bin] = Math.floor(60 * random())
  const counts = { alert: 1, normal: 598, abstain: 1, rejected: 0, byRules: 0, marked: 2, alertsRaised: 0 }
  const body = {
    ...{ model: 'press-wear', version: '1.4.2', digest: 'ab'.repeat(32), fromMs, toMs: fromMs + minuteMs },
    ...{ readings: 600, ...counts, latency },
  }
  return eventsContent([{ kind: 'metrics.window', timeMs: fromMs + minuteMs, by: 'runtime', body }])
}

function request(path: string, headers: string[], body: Uint8Array): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: central', ...headers, `Content-Length: ${body.length}`]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

const json = 'Content-Type: application/json'

function beatOf(n: number): Buffer {
  const { device, epochs } = machines[n]!
  const { epoch } = epochs[0]!
  const beat = JSON.stringify({ epoch, bootId: device, monoMs: 1, wallMs: Date.now() })
  return request(
    `/sync/v1/${device}/heartbeat`,
    [`Authorization: Bearer ${tokens[n]}`, json],
    Buffer.from(beat),
  )
}

function metricsOf(n: number): Buffer {
  const machine = machines[n]!
  const headers = [
    `Authorization: Bearer ${tokens[n]}`,
    'Content-Type: application/x-ndjson',
    'Content-Encoding: zstd',
  ]
  return request(
    `/sync/v1/${machine.device}/metrics`,
    headers,
    machine.batch('metrics', [windowOf(Date.now())]),
  )
}

const bareOf = (n: number): Buffer =>
  request(
    '/beat',
    [json],
    Buffer.from(JSON.stringify({ id: n + 1, epoch: machines[n]!.epochs[0]!.epoch, wallMs: Date.now() })),
  )

/** Requests are made beforehand and sent when they are due: half a minute lies between the two of a machine. */
async function run({ host, port, seconds, connections, bare }: DevicesOrder): Promise<DevicesSample> {
  const gapMs = minuteMs / 2 / machines.length
  const due = Array.from({ length: Math.ceil((1000 * seconds) / gapMs) }, (_, i) => {
    const n = Math.floor(i / 2) % machines.length
    const isBeat = i % 2 === 0
    return {
      isBeat,
      bytes: bare
        ? bareOf(n)
        : isBeat
          ? beatOf(n)
          : metricsOf((n + (machines.length >> 1)) % machines.length),
    }
  })
  const idle: Connection[] = []
  if (connections !== 'each')
    for (let i = 0; i < connections; i++) idle.push(await openConnection(host, port))
  const waiting: ((connection: Connection) => void)[] = []
  const take = async (): Promise<Connection> => {
    if (connections === 'each') return openConnection(host, port)
    return idle.pop() ?? new Promise((resolve) => waiting.push(resolve))
  }
  const give = (connection: Connection) => {
    if (connections === 'each') return connection.close()
    const next = waiting.shift()
    if (next) next(connection)
    else idle.push(connection)
  }
  const [beatMs, metricsMs]: [number[], number[]] = [[], []]
  let [errors, again] = [0, 0]
  let firstError = ''
  const { user, system } = process.cpuUsage()
  const started = performance.now()
  const one = async (dueAt: number, { isBeat, bytes }: (typeof due)[number]) => {
    for (;;) {
      const connection = await take()
      try {
        await connection.exchange(bytes)
        give(connection)
        ;(isBeat ? beatMs : metricsMs).push(performance.now() - dueAt)
        return
      } catch (error) {
        connection.close()
        if (connections !== 'each') give(await openConnection(host, port))
        if (!(error instanceof Refused && error.status === 429)) {
          errors += 1
          firstError ||= (error as Error).message
          return
        }
        again += 1
        await sleep(busyMs)
      }
    }
  }
  const under: Promise<void>[] = []
  await new Promise<void>((resolve) => {
    let at = 0
    const timer = setInterval(() => {
      while (at < due.length && performance.now() - started >= at * gapMs) {
        under.push(one(started + at * gapMs, due[at]!))
        at += 1
      }
      if (at < due.length) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(under)
  for (const connection of idle) connection.close()
  const now = process.cpuUsage({ user, system })
  return {
    ...{ requests: due.length, errors, again, firstError, cpuMs: (now.user + now.system) / 1000 },
    ...{ beatMs: Float64Array.from(beatMs), metricsMs: Float64Array.from(metricsMs) },
  }
}

serve({
  make: (count: never) => make(count),
  take: (given: never) => {
    tokens = given
  },
  run,
})
