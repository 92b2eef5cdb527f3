import type { Reading, Value } from '#core/contracts/reading.ts'
import type { Random } from '#core/package/random.ts'
import { stream } from '../machine-failure/chance.ts'
import { type Build, buildEngine, sense } from './engine.ts'
import { type Dropout, nextDropout, opening, openingDropout, overhaulCycles } from './scenario.ts'

/** Slower than this, the package's `maxGapS` would start the windows anew with every reading. */
const slowestStepMs = 10_000

export interface StandOptions {
  seed: number
  /** Time of the first cycle. */
  startMs: number
  /** One cycle of every running engine: time is compressed, in service a cycle is a flight. */
  stepMs: number
}

/** A reading and what is true of it. */
export interface Simulated {
  reading: Reading
  /** Cycles left after this one; 0: this was the last. */
  left: number
  lifeCycles: number
  /** Lives of this engine before this one. */
  overhauls: number
}

/**
 * Five engines on a test stand, run to their end, overhauled and run again (engine.ts, scenario.ts): per cycle the
 * readings of those that run. It never ends; the same options give the same readings.
 */
export function* simulateStand(options: StandOptions): Generator<Reading[], void> {
  for (const step of simulateWithTruth(options)) yield step.map(({ reading }) => reading)
}

export function* simulateWithTruth(options: StandOptions): Generator<Simulated[], void> {
  for (const { cycle, step } of run(options)) if (cycle >= 0) yield step
}

/**
 * All cycles before the start of `simulateStand` with the same seed and pace, from when the oldest engine was put on
 * the stand; the last readings are of `endMs`. No engine is near its end yet.
 */
export function* history({
  seed,
  endMs,
  stepMs,
}: Omit<StandOptions, 'startMs'> & { endMs: number }): Generator<Reading[], void> {
  for (const { cycle, step } of run({ seed, startMs: endMs + stepMs, stepMs })) {
    if (cycle >= 0) return
    yield step.map(({ reading }) => reading)
  }
}

function* run(options: StandOptions): Generator<{ cycle: number; step: Simulated[] }, never> {
  const { seed, startMs, stepMs } = options
  if (!(stepMs > 0 && stepMs <= slowestStepMs))
    throw new RangeError(`a cycle takes up to ${slowestStepMs / 1000} s, not ${stepMs / 1000}`)
  const places = opening(stepMs).map(({ lifeCycles, left }, k) => new Place(options, k, lifeCycles, left))
  const chance = stream(seed, 0)
  let dropout = openingDropout
  for (let cycle = Math.min(...places.map((place) => place.begins)); ; cycle++) {
    if (cycle >= dropout.to) dropout = nextDropout(cycle, places.length, chance)
    const time = new Date(startMs + cycle * stepMs).toISOString()
    yield { cycle, step: places.flatMap((place) => place.step(cycle, time, dropout) ?? []) }
  }
}

/** One place on the stand, with an engine on it or between two lives. Cycles count from the start of the stand. */
class Place {
  begins: number
  #overhauls = 0
  #build: Build
  #noise: Random
  readonly #options: StandOptions
  readonly #index: number

  constructor(options: StandOptions, index: number, lifeCycles: number, leftAtStart: number) {
    this.#options = options
    this.#index = index
    this.begins = leftAtStart + 1 - lifeCycles
    this.#build = buildEngine(this.#stream(0), lifeCycles)
    this.#noise = this.#stream(1)
  }

  step(cycle: number, time: string, { engine, sensor, from, to }: Dropout): Simulated | undefined {
    if (cycle < this.begins) return undefined
    const { lifeCycles } = this.#build
    const overhauls = this.#overhauls
    const left = this.begins + lifeCycles - 1 - cycle
    const values: Record<string, Value> = sense(this.#build, left, this.#noise)
    if (engine === this.#index && cycle >= from && cycle < to) values[sensor] = null
    if (left === 0) this.#overhaul(cycle)
    return { reading: { asset: `Engine ${this.#index + 1}`, time, values }, left, lifeCycles, overhauls }
  }

  #overhaul(cycle: number): void {
    this.#overhauls++
    this.begins = cycle + 1 + overhaulCycles(this.#stream(2), this.#options.stepMs)
    this.#build = buildEngine(this.#stream(0))
    this.#noise = this.#stream(1)
  }

  #stream(purpose: number): Random {
    return stream(this.#options.seed, 1 + this.#index, this.#overhauls, purpose)
  }
}
