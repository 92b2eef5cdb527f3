import { setTimeout as sleep } from 'node:timers/promises'
import type { Comparison } from '#core/contracts/comparison.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Child } from './kit/child.ts'
import type { EdgeProcess } from './kit/edge-process.ts'
import { type Figure, figure, quantile } from './kit/figures.ts'
import { interleave } from './kit/interleave.ts'
import type { WindowSample } from './programs/swap-client.ts'

export const challenger = '1.1.0'
export const busy = { clients: 16, pauseMs: 20, rowsPerS: 2000 }

export interface SwapParts {
  edge: EdgeProcess
  client: Child
}

const names = { none: 'no shadow', healthy: 'a shadow in good health', crashing: 'a shadow that is aborted' }
const killEveryMs = 500

/** What production's readings notice of a shadow, and of one whose process ends again and again. */
export async function besideShadows(
  { edge, client }: SwapParts,
  model: string,
  quick: boolean,
): Promise<Figure[]> {
  const { host, port, token } = edge
  const post = async (step: string, body: object) => {
    const response = await fetch(`http://${host}:${port}/api/models/${model}/${step}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, reason: 'a benchmark' }),
    })
    if (!response.ok) throw new Error(`${step} answered ${response.status}: ${await response.text()}`)
  }
  const staged = async () => (await edge.get<ModelSummary>(`/api/models/${model}`)).slots.staged
  const window = (ms: number) => client.ask<WindowSample>('window', ms)
  const shadowed = async (ms: number, meanwhile: (endsAt: number) => Promise<void>) => {
    await post('activate', { version: challenger, mode: 'shadow' })
    await sleep(500)
    const [sample] = await Promise.all([window(ms), meanwhile(performance.now() + ms)])
    const state = (await staged())?.deployment.state
    if (state !== 'shadow') throw new Error(`the candidate is in ${state}, no longer in shadow`)
    await post('abort', {})
    await sleep(500)
    return sample
  }
  let aborted = 0
  const compared = async () => (await edge.get<Comparison>(`/api/models/${model}/comparison`)).compared
  /** Only a lane that has answered since: one that never does has failed, and its shadow ends, as it should. */
  const abortIt = async (endsAt: number) => {
    let before = await compared()
    for (; performance.now() < endsAt - killEveryMs; await sleep(killEveryMs)) {
      const [lane, now] = [(await staged())?.lane, await compared()]
      if (lane?.state !== 'ready' || now === before) continue
      process.kill(lane.pid, 'SIGABRT')
      aborted += 1
      before = now
    }
  }
  await client.ask('start', { target: { host, port, token, model }, load: busy })
  const samples = await interleave(
    [
      { name: names.none, run: window },
      { name: names.healthy, run: (ms) => shadowed(ms, () => Promise.resolve()) },
      { name: names.crashing, run: (ms) => shadowed(ms, abortIt) },
    ],
    quick ? { repetitions: 1, ms: 1500, warmUpMs: 1000 } : { repetitions: 5, ms: 4000, warmUpMs: 2000 },
  )
  await client.ask('stop')
  const of = (name: string, q: number) =>
    samples.get(name)!.map(({ latencyMs }) => quantile([...latencyMs], q))
  return [0.5, 0.99].flatMap((q) => {
    const alone = { name: 'no shadow', samples: of(names.none, q) }
    const what = `under load: a reading, p${100 * q}`
    return [
      figure(`${what}, no shadow`, 'ms', alone.samples),
      figure(`  beside ${names.healthy}`, 'ms', of(names.healthy, q), { of: alone }),
      figure(`  beside ${names.crashing}`, 'ms', of(names.crashing, q), {
        of: alone,
        note: `${aborted} times in all`,
      }),
    ]
  })
}
