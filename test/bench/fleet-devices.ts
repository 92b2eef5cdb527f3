import type { BenchContext } from './kit/context.ts'
import { benchDatabase } from './kit/database.ts'
import { atMost, type Bench, type Figure, figure, quantile } from './kit/figures.ts'
import type { MachineIdentity } from './kit/machine-record.ts'
import type { Usage } from './programs/fleet-central.ts'
import type { DevicesOrder, DevicesSample } from './programs/fleet-devices.ts'

const keptAlive = 64

interface Round {
  machines: number
  sample: DevicesSample
  central: { cores: number; rssMb: number; gapMs: number }
  databaseCores: number
  generatorCores: number
}

/** What a fleet takes of central while nothing happens: a heartbeat and a window of metrics a minute and machine. */
export async function fleet({ children, quick, folder }: BenchContext): Promise<Bench> {
  const dir = folder('fleet')
  const seconds = quick ? 8 : 60
  const sizes = quick ? [200, 1_000] : [1_000, 3_000, 10_000]
  const database = await benchDatabase(`${dir}/db-home`)
  try {
    const most = sizes.at(-1)!
    const central = await children.program('fleet-central', { args: [`${dir}/data`, database.url] })
    const to = central.ready as { host: string; port: number }
    const devices = await children.program('fleet-devices')
    const rounds: Round[] = []
    const round = async (machines: number, connections: number | 'each'): Promise<Round> => {
      const all = await devices.ask<MachineIdentity[]>('make', machines)
      // Of those that are there already the tokens may have ended.
      await devices.ask('take', [...(await central.ask<string[]>('enrol', all))])
      const order: DevicesOrder = { ...to, seconds, connections }
      await devices.ask('run', { ...order, seconds: seconds / 12 })
      const before = await central.ask<Usage>('usage')
      const databaseMs = database.cpuMs()
      const startedAt = performance.now()
      const sample = await devices.ask<DevicesSample>('run', order)
      const ms = performance.now() - startedAt
      const after = await central.ask<Usage>('usage')
      return {
        ...{ machines, sample, generatorCores: sample.cpuMs / ms },
        central: { cores: (after.cpuMs - before.cpuMs) / ms, rssMb: after.rssMb, gapMs: after.gapMs.max },
        databaseCores: (database.cpuMs() - databaseMs) / ms,
      }
    }
    for (const machines of sizes) rounds.push(await round(machines, keptAlive))
    const each = await round(most, 'each')
    await central.stop()

    const bare = await children.program('bare-update', { args: [database.url, String(most)] })
    const databaseMs = database.cpuMs()
    const startedAt = performance.now()
    const { cpuMs } = await bare.ask<{ cpuMs: number }>('usage')
    const order: DevicesOrder = {
      host: '127.0.0.1',
      port: bare.ready as number,
      seconds,
      connections: keptAlive,
      bare: true,
    }
    const reference = await devices.ask<DevicesSample>('run', order)
    const ms = performance.now() - startedAt
    const { cpuMs: bareMs } = await bare.ask<{ cpuMs: number }>('usage')
    const bareRound = { cores: (bareMs - cpuMs) / ms, databaseCores: (database.cpuMs() - databaseMs) / ms }
    for (const child of [devices, bare]) await child.stop()
    const last = rounds.at(-1)!
    return {
      name: 'fleet',
      title: 'A fleet of which nothing is to be told but that it is there',
      how: [
        `${database.what}, with its settings as they are. Each machine sends a heartbeat and, half a minute later, a batch with one window of metrics, each once a minute and spread evenly; ${seconds} s at the real rate. A request counts from the moment at which it is due. Tokens are central’s own; ${keptAlive} keep-alive connections carry them all, as behind a proxy, or each request has a connection of its own, as runtimes do that say something once a minute. No TLS. Generator (made beforehand), central and database share the cores.`,
        'The reference takes as many requests a second in plain Fastify, each with one UPDATE of one row by pg, and every commit waits for the disk. A heartbeat’s commit does not, a batch’s does.',
      ],
      figures: [
        figure(`bare Fastify and UPDATE, ${reference.requests} requests: CPU`, '% of a core', [
          100 * bareRound.cores,
        ]),
        figure('  CPU of the database', '% of a core', [100 * bareRound.databaseCores]),
        figure('  an answer, p50', 'ms', [quantile([...reference.beatMs, ...reference.metricsMs], 0.5)]),
        figure('  an answer, p99', 'ms', [quantile([...reference.beatMs, ...reference.metricsMs], 0.99)]),
        ...rounds.flatMap((one) => figuresOf(one, `${one.machines.toLocaleString('en')} machines`)),
        ...figuresOf(each, `${each.machines.toLocaleString('en')} machines, a connection for each request`),
        figure('central beside bare Fastify, CPU', '×', [last.central.cores / bareRound.cores]),
        figure(
          `CPU of a machine at ${most.toLocaleString('en')}, beside ${sizes[0]!.toLocaleString('en')}`,
          '×',
          [perMachine(last) / perMachine(rounds[0]!)],
        ),
      ],
    }
  } finally {
    await children.stopAll()
    await database.close()
  }
}

const perMachine = ({ machines, central, databaseCores }: Round) => (central.cores + databaseCores) / machines

function figuresOf(
  { sample, central, databaseCores, generatorCores, machines }: Round,
  who: string,
): Figure[] {
  const both = [...sample.beatMs, ...sample.metricsMs]
  const perMinute = 60_000 * (central.cores + databaseCores)
  return [
    figure(`${who}: CPU of central`, '% of a core', [100 * central.cores], {
      note: `${sample.requests} requests`,
    }),
    figure('  CPU of the database', '% of a core', [100 * databaseCores]),
    figure('  CPU of both for a machine and minute', 'ms', [perMinute / machines]),
    figure('  memory of central', 'MB', [central.rssMb]),
    figure('  an answer, p50', 'ms', [quantile(both, 0.5)]),
    figure('  a heartbeat, p99', 'ms', [quantile([...sample.beatMs], 0.99)]),
    figure('  a window, p99', 'ms', [quantile([...sample.metricsMs], 0.99)]),
    figure('  event-loop gap of central, longest', 'ms', [central.gapMs]),
    figure('  CPU of the generator', '% of a core', [100 * generatorCores]),
    figure('  asked to come again (429), and did', 'requests', [sample.again]),
    figure('  not answered or refused', 'requests', [sample.errors], {
      goal: atMost(0, 'none'),
      ...(sample.firstError && { note: sample.firstError.slice(0, 80) }),
    }),
  ]
}
