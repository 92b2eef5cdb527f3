import type { Random } from '#core/package/random.ts'
import { sensorNames } from './engine.ts'

/** When the first engine's life should be seen to end, in ms after the start, and what is then about left, in cycles. */
const firstAlert = { afterMs: 70_000, left: 25 }
/** An engine's window is full before it is asked for. */
const leastAge = 40

/**
 * Engines on the stand at the start: how long they live and how many cycles they have left. The third is the one to
 * watch, whatever the pace; the others follow one after the other. What the model says of them is not arranged.
 */
export function opening(stepMs: number): { lifeCycles: number; left: number }[] {
  const near = Math.round(firstAlert.left + firstAlert.afterMs / stepMs)
  return [
    { lifeCycles: 221, left: 118 },
    { lifeCycles: 232, left: 172 },
    { lifeCycles: 287, left: Math.min(near, 287 - leastAge) },
    { lifeCycles: 268, left: 225 },
    { lifeCycles: 321, left: 278 },
  ]
}

/** Cycles for which an engine is away between two lives; long enough for its window to start anew. */
export const overhaulCycles = (random: Random, stepMs: number): number =>
  Math.max(90 + Math.floor(40 * random()), Math.ceil(30_000 / stepMs))

/** One sensor of one engine that gives nothing for a while, in cycles of the stand. */
export interface Dropout {
  engine: number
  sensor: string
  from: number
  to: number
}

/** Long enough that the model has too little to go on, early enough to be seen. */
export const openingDropout: Dropout = { engine: 3, sensor: 'hpc_outlet_pressure', from: 20, to: 65 }

/** Every three to five hundred cycles; the shorter ones the model bridges, through the longer it gives no answer. */
export function nextDropout(after: number, engines: number, random: Random): Dropout {
  const from = after + 300 + Math.floor(200 * random())
  return {
    engine: Math.floor(engines * random()),
    sensor: sensorNames[Math.floor(sensorNames.length * random())]!,
    from,
    to: from + 4 + Math.floor(40 * random()),
  }
}
