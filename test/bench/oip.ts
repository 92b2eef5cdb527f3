import type { Child } from './kit/child.ts'
import { type BenchContext, paceOf } from './kit/context.ts'
import { type EdgeProcess, startEdge } from './kit/edge-process.ts'
import { atLeast, type Bench, figure, quantile } from './kit/figures.ts'
import { postRequests } from './kit/http.ts'
import { interleave } from './kit/interleave.ts'
import { poolValues, width } from './kit/readings.ts'
import type { LoadSample } from './programs/load.ts'

const names = {
  http: 'node:http with the session in its main thread',
  fastify: 'the same through plain Fastify',
  edge: 'the runtime, durable before each answer',
  forgetful: 'the runtime with a journal that forgets',
}

/** Figure 2 of the design: `/v2` infer with 32 keep-alive clients. */
export async function oip({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const pace = paceOf(quick, { repetitions: 4, ms: 3000, warmUpMs: 1500 })
  const server = (kind: string) => children.program('oip-server', { args: [kind, mlp.onnx, mlp.output] })
  const edgeWith = async (name: string, preload?: string): Promise<EdgeProcess> => {
    const edge = await startEdge(children, {
      dataDir: folder(name),
      ...(preload !== undefined && { preload }),
    })
    await edge.install(mlp.package)
    await edge.lanePid(mlp.id)
    return edge
  }
  const references: [string, Child][] = [
    [names.http, await server('http')],
    [names.fastify, await server('fastify')],
  ]
  const edges: [string, EdgeProcess][] = [
    [names.edge, await edgeWith('oip-edge')],
    [names.forgetful, await edgeWith('oip-forgetful', 'forgetful')],
  ]
  const load = await children.program('load')
  const bodies = poolValues(128).map((data) =>
    JSON.stringify({ inputs: [{ name: 'input', shape: [1, width], datatype: 'FP32', data }] }),
  )
  const targets = [
    ...references.map(([name, { ready }]) => ({ name, host: '127.0.0.1', port: ready as number })),
    ...edges.map(([name, { host, port, token }]) => ({ name, host, port, token })),
  ]
  const arms = targets.map(({ name, ...target }) => {
    const requests = postRequests('/v2/models/mlp/infer', target, bodies)
    const { host, port } = target
    return {
      name,
      run: (ms: number) => load.ask<LoadSample>('run', { host, port, requests, clients: 32, ms }),
    }
  })
  await sameAnswers(arms.map(({ run }) => run))
  const samples = await interleave(arms, pace)
  const rates = (name: string) => samples.get(name)!.map(({ rate }) => rate)
  const p99 = (name: string) =>
    samples.get(name)!.map(({ latenciesUs }) => quantile([...latenciesUs], 0.99) / 1000)
  const of = { name: 'node:http', samples: rates(names.http) }
  for (const [, child] of [...references, ...edges]) await child.stop()
  await load.stop()
  return {
    name: 'oip',
    title: 'Open Inference Protocol, 32 clients',
    how: [
      'POST /v2/models/mlp/infer, JSON, one row each, 32 keep-alive connections. Each server has a process of its own; one process makes the load for all of them in the same way, on the same cores. The references run the model, answer and forget.',
      'The goal is 3 × a Python server of two workers (9.4 to 11.2 thousand a second there), which is about what the node:http server reaches; at the least it is 2 ×, two thirds of node:http. The Python server is not measured here.',
      'The runtime’s process shares the cores with its lane’s and the client’s. With the forgetting journal everything else of the runtime is as ever.',
    ],
    figures: [
      figure(names.http, 'requests/s', of.samples),
      figure(names.fastify, 'requests/s', rates(names.fastify), { of }),
      figure(names.edge, 'requests/s', rates(names.edge), { of, goal: atLeast(1, 'at least 1 ×') }),
      figure('  beside node:http, the least goal', 'requests/s', rates(names.edge), {
        of,
        goal: atLeast(2 / 3, 'at least 0.67 ×'),
      }),
      figure('  beside plain Fastify', 'requests/s', rates(names.edge), {
        of: { name: 'Fastify', samples: rates(names.fastify) },
      }),
      figure(names.forgetful, 'requests/s', rates(names.forgetful), { of }),
      figure('durable beside forgetting', 'requests/s', rates(names.edge), {
        of: { name: 'forgetting', samples: rates(names.forgetful) },
        goal: atLeast(0.85, 'at least 0.85 ×'),
      }),
      ...[names.http, names.fastify, names.edge].map((name) =>
        figure(`p99 latency: ${name}`, 'ms', p99(name)),
      ),
    ],
  }
}

/** All of them must answer the same to the same row, or they are not worth comparing. */
async function sameAnswers(runs: ((ms: number) => Promise<LoadSample>)[]): Promise<void> {
  const answers: number[][] = []
  for (const run of runs) {
    const { firstAnswer } = await run(1)
    answers.push((JSON.parse(firstAnswer) as { outputs: { data: number[] }[] }).outputs[0]!.data)
  }
  for (const answer of answers)
    if (answer.length !== 2 || Math.abs(answer[0]! - answers[0]![0]!) > 1e-5)
      throw new Error(`the servers answer differently: ${JSON.stringify(answers)}`)
}
