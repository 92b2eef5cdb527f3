import { type BenchContext, paceOf } from './kit/context.ts'
import { type Bench, figure } from './kit/figures.ts'
import { type Arm, interleave } from './kit/interleave.ts'

const kinds = [
  { name: 'one row at a time', rows: 1, writers: 1 },
  { name: 'one row each, 32 writers', rows: 1, writers: 32 },
  { name: 'one row each, 256 writers', rows: 1, writers: 256 },
  { name: 'blocks of 128 rows', rows: 128, writers: 1 },
  { name: 'blocks of 512 rows', rows: 512, writers: 1 },
]

/** What the durable record takes, beside a loop that only inserts and commits the same bytes. */
export async function journal({ children, quick, folder }: BenchContext): Promise<Bench> {
  const program = await children.program('journal', { args: [folder('journal')] })
  const arms: Arm<number>[] = kinds.flatMap(({ name, ...order }) => [
    { name: `raw: ${name}`, run: (ms: number) => program.ask<number>('raw', { ...order, ms }) },
    { name, run: (ms: number) => program.ask<number>('write', { ...order, ms }) },
  ])
  const samples = await interleave(arms, paceOf(quick, { repetitions: 4, ms: 800, warmUpMs: 400 }))
  const figures = kinds.flatMap(({ name }) => {
    const of = { name: 'node:sqlite', samples: samples.get(`raw: ${name}`)! }
    return [
      figure(`node:sqlite: ${name}`, 'rows/s', of.samples),
      figure(`journal: ${name}`, 'rows/s', samples.get(name)!, { of }),
    ]
  })
  for (const rows of [1, 128, 512]) {
    const { columns, file } = await program.ask<{ columns: number; file: number }>('bytes', rows)
    figures.push(
      figure(`on the disk, blocks of ${rows}`, 'bytes/row', [file], {
        note: `${columns.toFixed(0)} of them the columns`,
      }),
    )
  }
  await program.stop()
  return {
    name: 'journal',
    title: 'The durable record, beside a bare loop of inserts and commits',
    how: [
      'Records of the MLP’s readings (16 values with three decimals, two scores). Every row counts when it is on the disk. The reference puts the same bytes, encoded beforehand, into one table of node:sqlite with the same settings (WAL, synchronous FULL), as many to a commit as there are writers; the journal encodes, numbers, hashes, chains and indexes them.',
      'One writer of blocks waits for each commit before the next; in the runtime several are under way.',
    ],
    figures,
  }
}
