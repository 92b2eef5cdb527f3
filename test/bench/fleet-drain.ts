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
  batchMs: Float64Array
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
    const batchesOf = (what: What | Table, count: number) =>
      Math.ceil(
        (what === 'readings' || what === 'blocks' || what === 'rows' ? 48 : 16) / count / (quick ? 4 : 1),
      )

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
          ...{ lineBytes: bytes / rows, batchMs },
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
            batchMs: new Float64Array(),
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

function figuresOf(count: number, of: (what: What | Table, count: number) => Sample[]): Figure[] {
  const who = count === 1 ? 'one machine' : `${count} machines`
  const rates = (what: What | Table) => of(what, count).map(({ rate }) => rate)
  const rate = (what: What, reference: Table) =>
    figure(`${who}: ${syncs[what]}`, 'rows/s', rates(what), {
      of: { name: reference === 'events' ? 'COPY' : `COPY of ${reference}`, samples: rates(reference) },
    })
  const goal = atLeast(90_000, 'at least 90,000 a second')
  const all = of('readings', count)
  const p99 = all.map(({ batchMs }) => quantile([...batchMs], 0.99))
  return [
    ...(['blocks', 'rows'] as const).map((table) =>
      figure(`${who}: ${copies[table]}`, 'rows/s', rates(table)),
    ),
    rate('readings', 'blocks'),
    figure('  beside rows', 'rows/s', rates('readings'), {
      of: { name: 'COPY of rows', samples: rates('rows') },
    }),
    { ...figure('  the goal', 'rows/s', rates('readings'), { goal }) },
    figure(
      '  CPU time of central',
      'µs/row',
      all.map(({ centralUs }) => centralUs),
    ),
    figure(
      '  CPU time of the database',
      'µs/row',
      all.map(({ databaseUs }) => databaseUs),
    ),
    figure('  a batch of 18,432 readings, p99', 'ms', p99),
    figure(`${who}: ${copies.events}`, 'rows/s', rates('events')),
    rate('events', 'events'),
    rate('single events', 'events'),
    ...(count === 1
      ? (Object.keys(syncs) as What[]).flatMap((what) => [
          figure(
            `on the line: ${syncs[what]}`,
            'bytes/row',
            of(what, 1).map(({ lineBytes }) => lineBytes),
          ),
          figure(
            `on the disk: ${syncs[what]}, with indexes`,
            'bytes/row',
            of(what, 1).map(({ diskBytes }) => diskBytes),
          ),
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
