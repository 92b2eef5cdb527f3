import { type BenchContext, paceOf } from './kit/context.ts'
import { startEdge } from './kit/edge-process.ts'
import { atLeast, type Bench, type Figure, figure, median } from './kit/figures.ts'
import { postRequests } from './kit/http.ts'
import { type Arm, interleave } from './kit/interleave.ts'
import { maxBatch } from './kit/model.ts'
import { poolTexts } from './kit/readings.ts'
import type { LoadOrder, LoadSample } from './programs/load.ts'
import type { PathOrder, PathSample } from './programs/path.ts'

type Sample = Pick<PathSample, 'rate'> & Partial<PathSample>

const bare = 'session.run, row by row, in a loop'
const goal = atLeast(3, 'at least 3 ×')

const inProcess: ({ name: string } & Omit<PathOrder, 'ms'>)[] = [
  { name: 'path in process, 4 submissions of 256 at once', submissions: 4, size: 256, maxBatch, ids: false },
  {
    name: 'path in process, 4 submissions of 2,048 at once',
    submissions: 4,
    size: 2048,
    maxBatch,
    ids: false,
  },
  { name: 'path in process, 512 single readings at once', submissions: 512, size: 1, maxBatch, ids: false },
  { name: 'as the first, in batches of at most 64', submissions: 4, size: 256, maxBatch: 64, ids: false },
  { name: 'as the first, each reading with its sender’s id', submissions: 4, size: 256, maxBatch, ids: true },
]

/** Figure 1 of the design: the whole way of a reading beside a bare loop of `session.run`. */
export async function readingPath({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const pace = paceOf(quick, { repetitions: 3, ms: 2000, warmUpMs: 1500 })
  const loop = await children.program('bare-loop', { args: [mlp.onnx, mlp.output] })
  const path = await children.program('path', { args: [folder('path'), mlp.package] })
  const edge = await startEdge(children, { dataDir: folder('path-edge') })
  await edge.install(mlp.package)
  await edge.lanePid(mlp.id)
  const stream = await children.program('ndjson-load')
  const load = await children.program('load')
  const route = `/api/models/${mlp.id}/readings`
  const { host, port, token } = edge
  const clients = 4
  const texts = Array.from({ length: clients }, (_, n) => poolTexts(256, 'array', `client-${n}`))
  // Each client has assets of its own: one asset's time must not go back.
  const bodies = texts[0]!.flatMap((_, i) => texts.map((text) => text[i]!))
  const arrays = postRequests(route, edge, bodies)

  const arms: Arm<Sample>[] = [
    { name: bare, run: async (ms) => ({ rate: await loop.ask('loop', ms) }) },
    ...inProcess.map(({ name, ...order }) => ({
      name,
      run: (ms: number) => path.ask<PathSample>('run', { ...order, ms }),
    })),
    {
      name: 'over HTTP, one NDJSON stream',
      run: async (ms) => ({ rate: await stream.ask('run', { host, port, token, path: route, ms }) }),
    },
    {
      name: 'over HTTP, arrays of 256 from 4 clients',
      run: async (ms) => {
        const order: LoadOrder = { host, port, requests: arrays, clients, ms }
        return { rate: 256 * (await load.ask<LoadSample>('run', order)).rate }
      },
    },
  ]
  const samples = await interleave(arms, pace)
  const rates = new Map([...samples].map(([name, all]) => [name, all.map(({ rate }) => rate)]))
  const of = { name: 'the loop', samples: rates.get(bare)! }
  const figures: Figure[] = arms.map(({ name }, i) =>
    figure(name, 'readings/s', rates.get(name)!, i === 0 ? {} : { of, goal }),
  )
  const first = samples.get(inProcess[0]!.name)!
  figures.push(
    figure(
      'the runtime’s own CPU time in the first of these',
      'µs/reading',
      first.map(({ cpuUs }) => cpuUs!),
    ),
  )
  for (const child of [loop, path, stream, load, edge]) await child.stop()
  return {
    name: 'reading-path',
    title: 'The whole way of a reading, beside a bare loop',
    how: [
      'MLP 16 → 32 → 2 with its softmax, one thread in every session. The path validates named readings (16 numbers with three decimals, 8 assets), runs them in a lane of its own process, decides, watches one alert rule, and answers when the journal has them on the disk.',
      `Micro-batches of at most ${maxBatch}, as this model's manifest says. ${Math.round(median(first.map(({ alerts }) => alerts!)))} changes of alerts in a repetition of the first.`,
      'In process: readings are objects already. Over HTTP: the runtime is its own process, and the client that sends and reads JSON shares the same cores.',
      'A 224 × 224 CNN is not measured.',
    ],
    figures,
  }
}
