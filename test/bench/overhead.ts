import { eventLoop, slowModel } from './event-loop.ts'
import type { Child } from './kit/child.ts'
import { type BenchContext, paceOf } from './kit/context.ts'
import { type EdgeProcess, startEdge } from './kit/edge-process.ts'
import { atMost, type Bench, type Figure, figure, quantile } from './kit/figures.ts'
import { postRequests } from './kit/http.ts'
import { interleave } from './kit/interleave.ts'
import { poolTexts } from './kit/readings.ts'
import type { LoadSample } from './programs/load.ts'
import type { TracedRequest } from './programs/trace.ts'

/** Figure 3 of the design: what the runtime adds to inference and fsync, and how long its event loop is held. */
export async function overhead({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const edge = await startEdge(children, { dataDir: folder('overhead-edge'), preload: 'timed' })
  await edge.install(mlp.package)
  const slow = await slowModel(children, folder('slow-model'), quick ? 2 : 5)
  await edge.install(slow.package)
  await edge.lanePid(slow.id)
  const load = await children.program('load')
  const server = await children.program('static-server')
  const figures = [
    ...(await singleReadings({ edge, load, server }, quick)),
    ...(await eventLoop({ edge, load }, quick)),
  ]
  for (const child of [edge, load, server]) await child.stop()
  return {
    name: 'overhead',
    title: 'What the runtime adds, and how long its event loop is held',
    how: [
      'One client, one reading at a time, to a runtime whose lane, journal and SQLite are wrapped to take the time. Overhead is the time from a request’s headers to its answer, less session.run (measured in the lane) and less SQLite’s COMMIT (log and fsync); waiting for the other process to be woken is part of it. “As the client sees it” adds both ends of the socket.',
      'The static server answers a fixed decision through Fastify: what node:http, Fastify and the socket take by themselves.',
      'Event loop: time between two turns of a timer due each millisecond (so 1 ms is the least), during one long inference of another model, while 4 clients send readings (each 5 ms after its last answer) and 2 read the alerts, the journal and the metrics (each 20 ms after).',
    ],
    figures,
  }
}

interface Parts {
  edge: EdgeProcess
  load: Child
  server: Child
}

async function singleReadings({ edge, load, server }: Parts, quick: boolean): Promise<Figure[]> {
  const route = '/api/models/mlp/readings'
  const bodies = poolTexts(1, 'one').slice(0, 1024)
  const here = { host: '127.0.0.1', port: server.ready as number }
  const statics = { ...here, requests: postRequests(route, here, bodies) }
  const { host, port } = edge
  const readings = { host, port, requests: postRequests(route, edge, bodies) }
  const arms = [
    {
      name: 'static',
      run: async (ms: number) => ({
        load: await load.ask<LoadSample>('run', { ...statics, clients: 1, ms }),
        traced: [] as TracedRequest[],
      }),
    },
    {
      name: 'edge',
      run: async (ms: number) => {
        const sample = await load.ask<LoadSample>('run', { ...readings, clients: 1, ms })
        return { load: sample, traced: await edge.ask<TracedRequest[]>('requests') }
      },
    },
  ]
  const samples = await interleave(arms, paceOf(quick, { repetitions: 4, ms: 2000, warmUpMs: 2000 }))
  const traced = samples.get('edge')!.map((sample) => sample.traced)
  const over = (q: number, part: (request: TracedRequest) => number) =>
    traced.map((requests) => 1000 * quantile(requests.map(part), q))
  const seen = (name: string, q: number) =>
    samples.get(name)!.map(({ load: { latenciesUs } }) => quantile([...latenciesUs], q))
  const added = ({ wallMs, runMs, commitMs }: TracedRequest) => wallMs - runMs - commitMs
  const of = { name: 'static', samples: seen('static', 0.5) }
  return [
    figure('static answer through Fastify, as the client sees it, p50', 'µs', of.samples),
    figure('one reading, as the client sees it, p50', 'µs', seen('edge', 0.5), { of }),
    figure('one reading, as the client sees it, p99', 'µs', seen('edge', 0.99)),
    figure('overhead inside the runtime, p50', 'µs', over(0.5, added), {
      goal: atMost(150, 'at most 150 µs'),
    }),
    figure('overhead inside the runtime, p99', 'µs', over(0.99, added)),
    figure(
      '  of it to the lane’s process and back, p50',
      'µs',
      over(0.5, (r) => r.laneMs - r.runMs),
    ),
    figure(
      '  of it in the journal beside the commit, p50',
      'µs',
      over(0.5, (r) => r.writeMs - r.commitMs),
    ),
    figure(
      '  of it all else: HTTP, JSON, validation, decision, p50',
      'µs',
      over(0.5, (r) => r.wallMs - r.laneMs - r.writeMs),
    ),
    figure(
      'session.run, p50',
      'µs',
      over(0.5, (r) => r.runMs),
    ),
    figure(
      'COMMIT with its fsync, p50',
      'µs',
      over(0.5, (r) => r.commitMs),
    ),
  ]
}
