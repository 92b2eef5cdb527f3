import type { Random } from '#core/package/random.ts'
import { normal } from '../machine-failure/chance.ts'
import fd001 from './fd001.json' with { type: 'json' }

export const sensorNames: readonly string[] = fd001.sensors.map(({ name }) => name)
const { mean, factor } = fd001.engine
const { lifeCycles, tauShare } = fd001

/** What one engine brought with it from the factory, by the statistics of FD001 (fit.py says how). */
export interface Build {
  lifeCycles: number
  /** Cycles in which what is left of the wear's way shrinks to 1/e. */
  tauCycles: number
  /** Per sensor, in `sensorNames`' order and units: fresh, and how far it moves until the end. */
  level: readonly number[]
  change: readonly number[]
}

/** An engine by chance; its life too, unless it is given. Drawn again where it lies outside what FD001 has. */
export function buildEngine(random: Random, life?: number): Build {
  const count = sensorNames.length
  const drawn = factor.map(() => normal(random))
  if (life !== undefined) drawn[0] = (Math.log(life) - mean[0]!) / factor[0]![0]!
  // Mean and Cholesky factor: the logarithm of the life first, the rest given what stands before it.
  const [logLife, share, ...traits] = factor.map(
    (row, k) => mean[k]! + row.reduce((sum, weight, i) => sum + weight * drawn[i]!, 0),
  )
  const cycles = Math.round(Math.exp(logLife!))
  const lives = cycles >= lifeCycles.min && cycles <= lifeCycles.max
  if (!lives || share! < tauShare.min || share! > tauShare.max) return buildEngine(random, life)
  return {
    lifeCycles: cycles,
    tauCycles: share! * cycles,
    level: traits.slice(0, count),
    change: traits.slice(count),
  }
}

/** What the sensors say with `left` cycles to go: wear, and white noise of FD001's size, rounded as FD001 is. */
export function sense(
  { level, change, tauCycles }: Build,
  left: number,
  noise: Random,
): Record<string, number> {
  const wear = Math.exp(-left / tauCycles)
  return Object.fromEntries(
    fd001.sensors.map((sensor, j) => {
      const value = level[j]! + change[j]! * wear + sensor.noise * normal(noise)
      return [sensor.name, Number(value.toFixed(sensor.decimals))]
    }),
  )
}
