import type { Child } from './kit/child.ts'
import type { BenchContext } from './kit/context.ts'
import type { EdgeProcess } from './kit/edge-process.ts'
import { type Figure, figure, quantile } from './kit/figures.ts'
import { getRequest, postRequests } from './kit/http.ts'
import { type BenchModel, makeSlow, slowAbove } from './kit/model.ts'
import { featureNames, poolTexts } from './kit/readings.ts'
import type { LoadSample } from './programs/load.ts'

interface Gaps {
  p50: number
  p99: number
  max: number
}

/** How long the runtime's event loop is held while another model's inference takes seconds. `edge` runs `timed`. */
export async function eventLoop(
  { edge, load }: { edge: EdgeProcess; load: Child },
  quick: boolean,
): Promise<Figure[]> {
  const { host, port } = edge
  const busy = async (ms: number) => {
    // Each client has assets of its own: one asset's time must not go back.
    const lines = Array.from({ length: 4 }, (_, n) => poolTexts(1, 'one', `client-${n}`).slice(0, 256))
    const posts = postRequests(
      '/api/models/mlp/readings',
      edge,
      lines[0]!.flatMap((_, i) => lines.map((l) => l[i]!)),
    )
    const gets = ['/api/alerts?limit=50', '/api/models/mlp/readings?limit=100', '/api/models', '/metrics']
    const requests = gets.map((path) => getRequest(path, edge))
    const [sent, read] = await Promise.all([
      load.ask<LoadSample>('run', { host, port, requests: posts, clients: 4, ms, pauseMs: 5 }),
      load.ask<LoadSample>('run', { host, port, requests, clients: 2, ms, pauseMs: 20 }),
    ])
    await edge.ask('requests')
    return { sent, read }
  }
  await busy(quick ? 300 : 1000)

  await edge.ask('watchGaps')
  await busy(quick ? 1000 : 3000)
  const without = await edge.ask<Gaps>('gaps')

  await edge.ask('watchGaps')
  const started = performance.now()
  const inference = slowReading(edge).then(() => performance.now() - started)
  const loads: Awaited<ReturnType<typeof busy>>[] = []
  let tookMs: number | undefined
  inference.then(
    (ms) => {
      tookMs = ms
    },
    () => undefined,
  )
  while (tookMs === undefined && performance.now() - started < 60_000) loads.push(await busy(500))
  const during = await edge.ask<Gaps>('gaps')
  const seconds = (await inference) / 1000
  const latencies = (kind: 'sent' | 'read') => loads.flatMap((l) => [...l[kind].latenciesUs])
  const answered = `${latencies('sent').length} readings, ${latencies('read').length} GETs`
  return [
    figure('longest inference meanwhile', 's', [seconds], { note: answered }),
    figure('event-loop gap without it, p99', 'ms', [without.p99]),
    figure('event-loop gap during it, p99', 'ms', [during.p99], {
      of: { name: 'without', samples: [without.p99] },
      goal: { text: 'under 10 ms', reached: () => during.p99 < 10 },
    }),
    figure('event-loop gap during it, longest of all', 'ms', [during.max]),
    figure('a reading of the other model during it, p99', 'ms', [quantile(latencies('sent'), 0.99) / 1000]),
    figure('a GET during it, p99', 'ms', [quantile(latencies('read'), 0.99) / 1000]),
  ]
}

async function slowReading({ host, port, token }: EdgeProcess): Promise<void> {
  const values = Object.fromEntries(featureNames.map((name) => [name, slowAbove + 1]))
  const response = await fetch(`http://${host}:${port}/api/models/slow/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ asset: 'slow', time: new Date().toISOString(), values }),
  })
  const text = await response.text()
  if (!text.includes('"normal"')) throw new Error(`the long inference was answered: ${text}`)
}

/** A model that takes about `seconds` for one row on this machine as it is now. */
export async function slowModel(
  children: BenchContext['children'],
  dir: string,
  seconds: number,
): Promise<BenchModel> {
  const trial = 40
  const tried = await makeSlow(`${dir}-trial`, trial)
  const once = await children.program('slow-row', { args: [tried.onnx, tried.output] })
  await once.ask('time')
  const ms = await once.ask<number>('time')
  await once.stop()
  return makeSlow(dir, Math.ceil((trial * seconds * 1000) / ms))
}
