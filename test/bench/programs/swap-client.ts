import { setTimeout as sleep } from 'node:timers/promises'
import type { Turned } from '#core/contracts/deployment.ts'
import { SwapLedger } from '#support/swap-ledger.ts'
import { SwapLoad, type SwapLoadOptions, type SwapTarget } from '#support/swap-load.ts'
import { featureNames } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** The senders of readings and of commands, on one clock. */
export interface SwapOrder {
  target: SwapTarget
  load: SwapLoadOptions
}

export interface TurnOrder {
  step: 'activate' | 'rollback'
  body: object
  /** Whose answer is waited for. */
  version: string
  /** Nobody else sends readings: one after the other until that version answers. */
  probe: boolean
}

export interface TurnSample {
  /** As the runtime answered. */
  ms: number
  /** From sending the command to the first reading that was answered by the version. */
  firstMs: number
  /** From sending the command to its answer. */
  wholeMs: number
  /** The largest time between two answers meanwhile. */
  gapMs: number
}

export interface WindowSample {
  /** Of the readings sent by clients one by one, not of the stream's. */
  latencyMs: Float64Array
  gapMs: number
}

let load: SwapLoad | undefined

const current = (): SwapLoad => {
  if (!load) throw new Error('nothing was started')
  return load
}

async function start({ target, load: options }: SwapOrder): Promise<void> {
  load = new SwapLoad(target, options, new SwapLedger({ features: featureNames }))
  load.start()
}

async function turn({ step, body, version, probe }: TurnOrder): Promise<TurnSample> {
  const { ledger } = current()
  const from = ledger.atMs.length
  const startedMs = performance.now()
  const first = ledger.nextAnswer(version)
  const probing = probe ? current().probe(version) : undefined
  const { ms } = await current().command<Turned>(step, body)
  const wholeMs = performance.now() - startedMs
  await probing
  const firstMs = (await first) - startedMs
  return { ms, firstMs, wholeMs, gapMs: largestGap(ledger.atMs, from) }
}

async function window(ms: number): Promise<WindowSample> {
  const { ledger } = current()
  const [from, timed] = [ledger.atMs.length, ledger.latencyMs.length]
  await sleep(ms)
  return { latencyMs: Float64Array.from(ledger.latencyMs.slice(timed)), gapMs: largestGap(ledger.atMs, from) }
}

/** All of it must have been answered, and by a model. */
async function stop(): Promise<{ readings: number; refused: number }> {
  const { ledger } = current()
  await current().stop()
  const wrong = [...ledger.problems, ...ledger.unanswered().map((id) => `${id} was not answered`)]
  if (wrong.length > 0) throw new Error(wrong.slice(0, 20).join('\n'))
  return { readings: ledger.sent, refused: ledger.refused }
}

function largestGap(atMs: readonly number[], from: number): number {
  let largest = 0
  for (let k = Math.max(1, from); k < atMs.length; k++) largest = Math.max(largest, atMs[k]! - atMs[k - 1]!)
  return largest
}

serve({ start, turn, window, stop })
