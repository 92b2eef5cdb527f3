import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child, Children, StartOptions } from './kit/child.ts'
import type { BenchContext } from './kit/context.ts'
import { entryOf, startEdge } from './kit/edge-process.ts'
import { atMost, type Bench, figure } from './kit/figures.ts'
import { type Arm, interleave } from './kit/interleave.ts'
import { poolReadings } from './kit/readings.ts'
import { programPath } from './kit/root.ts'

/** Figure 5 of the design, first half: from the start of the process to the first decision. */
export async function start({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const dataDir = folder('start')
  const before = await startEdge(children, { dataDir })
  await before.install(mlp.package)
  await before.lanePid(mlp.id)
  await before.stop()
  const first = (from: 'sources' | 'bundle') => () => firstDecision(children, from, dataDir, before)

  const arms: Arm<number>[] = [
    { name: 'node', run: () => runs(children, 'empty') },
    { name: 'bare', run: () => runs(children, 'bare-session-once', { args: [mlp.onnx, mlp.output] }) },
    { name: 'sources', run: first('sources') },
    ...(existsSync(entryOf.bundle) ? [{ name: 'bundle', run: first('bundle') }] : []),
  ]
  const samples = await interleave(arms, { repetitions: quick ? 2 : 7, ms: 0, warmUpMs: quick ? 0 : 1 })
  const of = { name: 'bare', samples: samples.get('bare')! }
  const goal = atMost(1500, 'at most 1,500 ms')
  const reached = { text: goal.text, reached: goal.reached }
  const edges = (['sources', 'bundle'] as const).map((from) => {
    const taken = samples.get(from)
    const name = `edgewright edge from the ${from}, first decision`
    return taken
      ? beside(name, taken, of, reached)
      : figure(name, 'ms', [Number.NaN], { note: 'there is no bundle in dist/node' })
  })
  return {
    name: 'start',
    title: 'From the start of the process to the first decision',
    how: [
      'A data folder with the MLP installed; the files are in the page cache, as after an earlier start. From the spawn to the first reading that is answered with a decision over HTTP, asked for every 4 ms. Bare: a script that loads onnxruntime, creates the session, runs it once and ends.',
    ],
    figures: [
      figure('node, an empty script', 'ms', samples.get('node')!),
      figure('bare onnxruntime, session, one run', 'ms', of.samples),
      ...edges,
    ],
  }
}

type Samples = { name: string; samples: readonly number[] }

/** The goal is on the time itself, not on the ratio that is shown beside it. */
function beside(name: string, taken: number[], of: Samples, goal: ReturnType<typeof atMost>) {
  const alone = figure(name, 'ms', taken, { goal })
  const { ratio } = figure(name, 'ms', taken, { of })
  return { ...alone, ...(ratio && { ratio }) }
}

async function runs(children: Children, program: string, options: StartOptions = {}): Promise<number> {
  const started = performance.now()
  const child = children.spawn(programPath(program), { ...options, ipc: false })
  child.stdout!.resume()
  const [code] = await new Promise<[number | null]>((resolve) =>
    child.once('exit', (status) => resolve([status])),
  )
  if (code !== 0) throw new Error(`${program} ended with status ${code}`)
  return performance.now() - started
}

async function firstDecision(
  children: Children,
  from: 'sources' | 'bundle',
  dataDir: string,
  { token }: { token: string },
): Promise<number> {
  const port = await freePort()
  const started = performance.now()
  const process_ = children.spawn(entryOf[from], {
    args: ['edge', '--data', dataDir, '--port', String(port)],
    ipc: false,
  })
  process_.stdout!.resume()
  const child: Pick<Child, 'stop'> = { stop: () => children.stop(process_) }
  try {
    while (!(await isDecided(port, token))) {
      if (performance.now() - started > 20_000) throw new Error('no decision within 20 s of the start')
      await sleep(4)
    }
    return performance.now() - started
  } finally {
    await child.stop()
  }
}

function isDecided(port: number, token: string): Promise<boolean> {
  const reading = { ...poolReadings()[0]!, time: new Date().toISOString() }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve) => {
    const asking = request(
      { host: '127.0.0.1', port, path: '/api/models/mlp/readings', method: 'POST', headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve(response.statusCode === 200 && text.includes('"verdict":"normal"')))
      },
    )
    asking.on('error', () => resolve(false))
    asking.end(JSON.stringify(reading))
  })
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
