import type { BenchContext } from './kit/context.ts'
import { type BenchDatabase, benchDatabase } from './kit/database.ts'
import { atLeast, type Bench, type Figure, figure, quantile } from './kit/figures.ts'
import { type Arm, interleave } from './kit/interleave.ts'
import type { MachineIdentity } from './kit/machine-record.ts'
import type { Usage } from './programs/fleet-central.ts'
import type { MakeOrder, Sent, Table, What } from './programs/fleet-drain.ts'

const rowsOfBlock = 512

interface Sample {
  rate: number
  /** µs of CPU time a row. */
  centralUs: number
  databaseUs: number
  lineBytes: number
  diskBytes: number
  batchMs: number[]
}

const syncs: Record<What, string> = {
  readings: 'readings',
  events: 'events, ten in a block',
  'single events': 'events, one in a block',
}
const copies: Record<Table, string> = {
  blocks: 'COPY of the same blocks as bytea',
  rows: 'COPY of the same readings, row by row',
  events: 'COPY of the same events, row by row',
}

/** Rows a second that are durable at central, beside what PostgreSQL takes by COPY. */
export async function drain({ children, quick, folder }: BenchContext): Promise<Bench> {
  const dir = folder('drain')
  const database = await benchDatabase(`${dir}/db-home`)
  try {
    const central = await children.program('fleet-central', { args: [`${dir}/data`, database.url] })
    const to = central.ready as { host: string; port: number }
    const machines = await children.program('fleet-drain')
    /** Of one machine; so many that each takes a second or two. */
    const inAll: Record<What | Table, number> = {
      ...{ readings: 24, blocks: 32, rows: 8, events: 12, 'single events': 8 },
    }
    const batchesOf = (what: What | Table, count: number) => Math.ceil(inAll[what] / count / (quick ? 4 : 1))

    const sync = (what: What, count: number): Arm<Sample> => ({
      name: `${what} ${count}`,
      run: async () => {
        const order: MakeOrder = { what, machines: count, batches: batchesOf(what, count) }
        const tokens = await central.ask<string[]>(
          'enrol',
          await machines.ask<MachineIdentity[]>('make', order),
        )
        const before = await central.ask<Usage>('usage')
        const databaseMs = database.cpuMs()
        const kept = await keptBytes(database.query)
        const { rows, ms, bytes, batchMs } = await machines.ask<Sent>('send', { ...to, tokens })
        const after = await central.ask<Usage>('usage')
        return {
          rate: (1000 * rows) / ms,
          centralUs: (1000 * (after.cpuMs - before.cpuMs)) / rows,
          databaseUs: (1000 * (database.cpuMs() - databaseMs)) / rows,
          ...{ lineBytes: bytes / rows, batchMs: [...batchMs] },
          diskBytes: ((await keptBytes(database.query)) - kept) / rows,
        }
      },
    })
    const copy = (table: Table, count: number): Arm<Sample> => ({
      name: `copy ${table} ${count}`,
      run: async () => {
        const databaseMs = database.cpuMs()
        const order = { url: database.url, table, machines: count, batches: batchesOf(table, count) }
        const { rows, ms, bytes } = await machines.ask<Sent>('copy', order)
        return {
          ...{
            rate: (1000 * rows) / ms,
            centralUs: 0,
            lineBytes: bytes / rows,
            diskBytes: 0,
            batchMs: [],
          },
          databaseUs: (1000 * (database.cpuMs() - databaseMs)) / rows,
        }
      },
    })
    const samples = await interleave(
      [1, 4].flatMap((count) => [
        ...(['blocks', 'rows', 'events'] as const).map((table) => copy(table, count)),
        ...(['readings', 'events', 'single events'] as const).map((what) => sync(what, count)),
      ]),
      { repetitions: quick ? 2 : 5, ms: 0, warmUpMs: quick ? 0 : 1 },
    )
    const of = {
      sync: (what: What, count: number) => samples.get(`${what} ${count}`)!,
      copy: (table: Table, count: number) => samples.get(`copy ${table} ${count}`)!,
    }
    const sizes = await bareSizes(database.query)
    for (const child of [machines, central]) await child.stop()
    return {
      name: 'drain',
      title: 'What central takes from machines that send as fast as they can',
      how: [
        `${database.what}, with its settings as they are (fsync and synchronous_commit on). Central in a process of its own; batches are made and packed beforehand (36 blocks of 512 readings with 16 numbers of three decimals, 1,500 events), each machine has one connection and sends the next batch after the answer to the last. A row counts when it is durable. Sender, central and database share the cores.`,
        'The references put a batch’s worth into a table without any index by one COPY and one commit (pg-copy-streams), over as many connections; nothing is verified, packed or looked at there.',
      ],
      figures: [1, 4].flatMap((count) => figuresOf(count, of)).concat(sizes),
    }
  } finally {
    await children.stopAll()
    await database.close()
  }
}

interface Samples {
  sync: (what: What, count: number) => Sample[]
  copy: (table: Table, count: number) => Sample[]
}

function figuresOf(count: number, of: Samples): Figure[] {
  const who = count === 1 ? 'one machine' : `${count} machines`
  const each = (name: string, unit: string, samples: Sample[], what: (sample: Sample) => number) =>
    figure(name, unit, samples.map(what))
  const rateOf = ({ rate }: Sample) => rate
  const bare = (table: Table) => each(`${who}: ${copies[table]}`, 'rows/s', of.copy(table, count), rateOf)
  const beside = (name: string, what: What, table: Table) =>
    figure(name, 'rows/s', of.sync(what, count).map(rateOf), {
      of: { name: `COPY of ${table}`, samples: of.copy(table, count).map(rateOf) },
    })
  const all = of.sync('readings', count)
  return [
    bare('blocks'),
    bare('rows'),
    figure(`${who}: ${syncs.readings}`, 'rows/s', all.map(rateOf), {
      goal: atLeast(90_000, 'at least 90,000 a second'),
    }),
    beside('  beside blocks', 'readings', 'blocks'),
    beside('  beside rows', 'readings', 'rows'),
    each('  CPU time of central', 'µs/row', all, ({ centralUs }) => centralUs),
    each('  CPU time of the database', 'µs/row', all, ({ databaseUs }) => databaseUs),
    each('  a batch of 18,432 readings, p99', 'ms', all, ({ batchMs }) => quantile(batchMs, 0.99)),
    bare('events'),
    ...(['events', 'single events'] as const).flatMap((what) => [
      beside(`${who}: ${syncs[what]}`, what, 'events'),
      each('  CPU time of central', 'µs/row', of.sync(what, count), ({ centralUs }) => centralUs),
    ]),
    ...(count === 1
      ? (Object.keys(syncs) as What[]).flatMap((what) => [
          each(`on the line: ${syncs[what]}`, 'bytes/row', of.sync(what, 1), ({ lineBytes }) => lineBytes),
          each(`on the disk: ${syncs[what]}`, 'bytes/row', of.sync(what, 1), ({ diskBytes }) => diskBytes),
        ])
      : []),
  ]
}

/** All that lies on the disk of what machines sent, bytes. */
async function keptBytes(query: BenchDatabase['query']): Promise<number> {
  const [row] = await query<{
    bytes: string
  }>(`SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits
    WHERE inhparent IN ('blocks'::regclass, 'events'::regclass)`)
  return Number(row!.bytes)
}

async function bareSizes(query: BenchDatabase['query']): Promise<Figure[]> {
  const [sizes] = await query<Record<Table, string>>(`SELECT
    pg_total_relation_size('bare_blocks')::float8 / (SELECT count(*) * ${rowsOfBlock} FROM bare_blocks) AS blocks,
    pg_total_relation_size('bare_rows')::float8 / (SELECT count(*) FROM bare_rows) AS rows,
    pg_total_relation_size('bare_events')::float8 / (SELECT count(*) FROM bare_events) AS events`)
  return (Object.keys(copies) as Table[]).map((table) =>
    figure(`on the disk: ${copies[table]}`, 'bytes/row', [Number(sizes![table])]),
  )
}
