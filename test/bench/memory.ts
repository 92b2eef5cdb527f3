import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchContext } from './kit/context.ts'
import { type EdgeProcess, entryOf, startEdge } from './kit/edge-process.ts'
import { atMost, type Bench, type Figure, figure } from './kit/figures.ts'
import { postRequests } from './kit/http.ts'
import { memoryMb } from './kit/memory-of.ts'
import { poolTexts } from './kit/readings.ts'
import type { LoadSample } from './programs/load.ts'

/** Figure 5 of the design, second half: what one loaded model takes of memory and, idle, of the processor. */
export async function memory(context: BenchContext): Promise<Bench> {
  const how = [
    'PSS of the runtime and its lane together (/proc/PID/smaps), the MLP loaded: what the two share counts once. They run on a copy of the node binary that nothing else maps, and libraries that others map too count in full, so that no other program carries a part of them.',
    'The references run the same way: a Fastify server with an open node:sqlite database, and a process with a bare onnxruntime session.',
    'Under load: 4 clients with arrays of 256 readings, as fast as they are answered.',
  ]
  const title = 'Memory and idle CPU with one model loaded'
  if (!existsSync('/proc/self/smaps'))
    return {
      name: 'memory',
      title,
      how: [...how, 'Not measured: this system has no /proc/PID/smaps.'],
      figures: [],
    }
  const node = join(context.folder('memory'), 'node')
  mkdirSync(context.folder('memory'), { recursive: true })
  copyFileSync(process.execPath, node)
  const figures = [
    ...(await references(context, node)),
    ...(await runtime(context, node, existsSync(entryOf.bundle) ? 'bundle' : 'sources')),
  ]
  return { name: 'memory', title, how, figures }
}

async function references({ children, mlp, folder }: BenchContext, node: string): Promise<Figure[]> {
  const store = await children.program('bare-store', { node, args: [join(folder('memory'), 'bare.db')] })
  const session = await children.program('bare-loop', { node, args: [mlp.onnx, mlp.output] })
  await sleep(1000)
  const mb = [store, session].map(({ pid }) => memoryMb([pid], node))
  const both = memoryMb([store.pid, session.pid], node)
  for (const child of [store, session]) await child.stop()
  return [
    figure('bare Fastify and node:sqlite', 'MB', [mb[0]!]),
    figure('bare onnxruntime with the session', 'MB', [mb[1]!]),
    figure('both of these at once', 'MB', [both]),
  ]
}

async function runtime(
  { children, quick, mlp, folder }: BenchContext,
  node: string,
  from: 'sources' | 'bundle',
): Promise<Figure[]> {
  const dataDir = folder('memory-edge')
  const before = await startEdge(children, { dataDir, from, node })
  await before.install(mlp.package)
  await before.lanePid(mlp.id)
  await before.stop()
  // As after a start: what installing took is gone.
  const edge = await startEdge(children, { dataDir, from, node })
  const pids = [edge.pid, await edge.lanePid(mlp.id)]
  const cpuMs = () => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0)
  const mb = () => ({ both: memoryMb(pids, node), lane: memoryMb([pids[1]!], node) })

  const idleMs = quick ? 2000 : 10_000
  await sleep(idleMs)
  const idle = mb()
  const cpuBefore = cpuMs()
  await sleep(idleMs)
  const cpuPercent = (100 * (cpuMs() - cpuBefore)) / idleMs
  const loaded = await underLoad({ children, quick }, edge, () => mb().both)
  await sleep(idleMs)
  const after = mb()
  await edge.stop()
  return [
    figure(`runtime (${from}) and lane, idle for ${idleMs / 1000} s`, 'MB', [idle.both], {
      goal: atMost(150, 'at most 150 MB'),
      note: `the lane alone: ${idle.lane.toFixed(0)}`,
    }),
    figure('CPU, idle', '% of a core', [cpuPercent], { goal: atMost(1, 'at most 1 %') }),
    figure('both under load', 'MB', loaded),
    figure(`both idle again for ${idleMs / 1000} s`, 'MB', [after.both], {
      note: `the lane alone: ${after.lane.toFixed(0)}`,
    }),
  ]
}

async function underLoad(
  { children, quick }: Pick<BenchContext, 'children' | 'quick'>,
  edge: EdgeProcess,
  now: () => number,
): Promise<number[]> {
  const load = await children.program('load')
  const clients = 4
  const texts = Array.from({ length: clients }, (_, n) => poolTexts(256, 'array', `client-${n}`))
  const bodies = texts[0]!.flatMap((_, i) => texts.map((text) => text[i]!))
  const requests = postRequests('/api/models/mlp/readings', edge, bodies)
  const { host, port } = edge
  const seconds = quick ? 3 : 8
  const loading = load.ask<LoadSample>('run', { host, port, requests, clients, ms: 1000 * seconds })
  const samples: number[] = []
  for (let i = 1; i < seconds; i++) {
    await sleep(1000)
    samples.push(now())
  }
  await loading
  await load.stop()
  return samples
}

/** User and system time of one process so far, ms (proc(5): fields 14 and 15, in ticks of 10 ms). */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
