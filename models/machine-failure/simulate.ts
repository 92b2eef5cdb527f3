import type { Reading, Value } from '#core/contracts/reading.ts'
import { stream, Wander } from './chance.ts'
import { Mill } from './mill.ts'
import { ai4i, failures, type Mode } from './rules.ts'
import {
  batchLeadS,
  type Dropout,
  developed,
  type Episode,
  nextDropout,
  nextEpisode,
  opening,
  openingDropouts,
  pauseS,
  wearAtStartMin,
} from './scenario.ts'

/** Before its start the line has run this long in normal operation: what `history` gives. */
const pastS = 20 * 60
/** One reading in this many lacks a temperature. */
const readingsPerNull = 1500

export interface LineOptions {
  seed: number
  startMs: number
  stepMs: number
}

/** A reading and what is true of it. */
export interface Simulated {
  reading: Reading
  failures: Record<Mode, boolean>
}

/**
 * A milling line of five by AI4I's published rules (rules.ts), on which failures develop (scenario.ts): per step the
 * readings of its mills. It never ends; the same options give the same readings. A mill that is not heard of is left out.
 */
export function* simulateLine(options: LineOptions): Generator<Reading[], void> {
  for (const step of simulateWithTruth(options)) yield step.map(({ reading }) => reading)
}

export function* simulateWithTruth(options: LineOptions): Generator<Simulated[], void> {
  for (const { nowS, step } of run(options)) if (nowS >= 0) yield step
}

/** The last `minutes` (at most 20) before the start of `simulateLine` with the same seed; its last readings are of `endMs`. */
export function* history({
  seed,
  endMs,
  minutes,
}: {
  seed: number
  endMs: number
  minutes: number
}): Generator<Reading[], void> {
  if (minutes * 60 > pastS) throw new RangeError(`the line's past is ${pastS / 60} min long, not ${minutes}`)
  const stepMs = 1000
  for (const { nowS, step } of run({ seed, startMs: endMs + stepMs, stepMs })) {
    if (nowS >= 0) return
    if (nowS >= -60 * minutes) yield step.map(({ reading }) => reading)
  }
}

function* run({ seed, startMs, stepMs }: LineOptions): Generator<{ nowS: number; step: Simulated[] }, never> {
  const dtS = stepMs / 1000
  const steps = Math.floor(pastS / dtS)
  const chance = stream(seed, 0)
  const nulls = stream(seed, 0, 1)
  const air = new Wander(ai4i.air.sigmaK, 3600, stream(seed, 0, 2))
  const episodes: Episode[] = [...opening]
  const dropouts: Dropout[] = [...openingDropouts]
  let pickAtS = Math.max(...opening.map((e) => e.endS)) + pauseS(chance)
  const orderAt = (mill: number) => (s: number) =>
    episodes.find((e) => e.mill === mill && s >= e.startS - batchLeadS && s < e.endS)?.batch
  const mills = wearAtStartMin.map(
    (wearAtZeroMin, index) =>
      new Mill({ seed, index, fromS: -steps * dtS, wearAtZeroMin, orderAt: orderAt(index) }),
  )

  for (let k = -steps; ; k++) {
    const nowS = k * dtS
    const airK = ai4i.air.meanK + air.step(dtS)
    if (nowS >= pickAtS) {
      const next = nextEpisode(
        nowS,
        mills.map((m) => m.wearMin),
        chance,
      )
      if (next) episodes.splice(0, episodes.length, next)
      pickAtS = next ? next.endS + pauseS(chance) : nowS + 60
    }
    if (dropouts.every((d) => nowS >= d.endS))
      dropouts.splice(0, dropouts.length, nextDropout(nowS, mills.length, chance))

    const step = mills.flatMap((mill, index): Simulated[] => {
      const episode = episodes.find((e) => e.mill === index)
      // The operator of an overstrained mill changes its tool.
      if (episode?.trouble === 'overstrain' && nowS >= episode.endS && nowS - dtS < episode.endS)
        mill.changeTool()
      const sensors = mill.step(nowS, dtS, airK, episode)
      const silent = dropouts.some((d) => d.mill === index && nowS >= d.startS && nowS < d.endS)
      if (silent && !(episode && developed(episode, nowS) > 0)) return []
      const values: Record<string, Value> = { ...sensors }
      const missing = nulls()
      if (missing < 1 / readingsPerNull)
        values[missing < 0.5 / readingsPerNull ? 'air_temperature' : 'process_temperature'] = null
      const reading = {
        asset: `Mill ${index + 1}`,
        time: new Date(startMs + k * stepMs).toISOString(),
        values,
      }
      return [{ reading, failures: failures(sensors, mill.toolFails) }]
    })
    yield { nowS, step }
  }
}
