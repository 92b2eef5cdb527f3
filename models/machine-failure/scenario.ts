import type { Random } from '#core/package/random.ts'
import { ai4i, type PartType } from './rules.ts'

/** What goes wrong on a mill until its operator acts. A `hard-part` comes close to overstrain and is none. */
export type Trouble = 'overstrain' | 'heat' | 'power-high' | 'power-low' | 'hard-part'

/** Seconds count from the start of the line; mills from 0. */
export interface Episode {
  mill: number
  trouble: Trouble
  /** From here on it develops, over `rampS`, until somebody acts at `endS`. */
  startS: number
  rampS: number
  endS: number
  /** Only parts of this type while it lasts: one order, whose limit is known. */
  batch?: PartType
}

/** Tool wear at the start, min: Mill 3's tool is old enough to be overstrained, Mill 5's is near its end. */
export const wearAtStartMin = [112, 84, 193, 150, 202] as const

/** The first minutes are arranged so that a newcomer sees each kind of trouble. What the model says of it is not. */
export const opening: readonly Episode[] = [
  { mill: 2, trouble: 'overstrain', startS: 0, rampS: 22, endS: 210, batch: 'L' },
  { mill: 0, trouble: 'heat', startS: 30, rampS: 70, endS: 330 },
  { mill: 1, trouble: 'power-high', startS: 400, rampS: 25, endS: 540 },
]

/** How long before the trouble the order of one type begins. */
export const batchLeadS = 120
const recoversS = 20
const oldTool = { fromMin: 180, toMin: 197 }
const youngToolMin = 125

/** What a fully developed trouble makes of a mill: torque in Nm, speed beside the usual in rpm, process over air in K. */
export interface Effect {
  torqueNm: number
  speedOffsetRpm: number
  differenceK: number
}

export function effect(trouble: Trouble, wearMin: number): Effect {
  // Well above 61 Nm at this speed the power rule would hold as well.
  const strained = (share: number) => Math.min(61, (share * ai4i.overstrainMinNm.L) / Math.max(1, wearMin))
  switch (trouble) {
    case 'overstrain':
      return { torqueNm: strained(1.12), speedOffsetRpm: -50, differenceK: 10 }
    case 'hard-part':
      return { torqueNm: strained(0.96), speedOffsetRpm: -30, differenceK: 10 }
    case 'heat':
      return { torqueNm: 52, speedOffsetRpm: -60, differenceK: 7.7 }
    case 'power-high':
      return { torqueNm: 73, speedOffsetRpm: -20, differenceK: 10 }
    case 'power-low':
      return { torqueNm: 11, speedOffsetRpm: 0, differenceK: 10 }
  }
}

/** How far an episode has developed, 0..1. */
export function developed({ startS, rampS, endS }: Episode, nowS: number): number {
  const smooth = (x: number) => x * x * (3 - 2 * x)
  if (nowS <= startS || nowS >= endS + recoversS) return 0
  if (nowS >= endS) return smooth(1 - (nowS - endS) / recoversS)
  return smooth(Math.min(1, (nowS - startS) / rampS))
}

/** The pause before the next trouble, in seconds, from the end of the last. */
export const pauseS = (random: Random): number => 120 + 180 * random()

/** A trouble that fits one of the mills as they are at `nowS`; none where no tool has the wear for one. */
export function nextEpisode(nowS: number, wearMin: readonly number[], random: Random): Episode | undefined {
  const mills = (from: number, to: number) =>
    wearMin.flatMap((w, mill) => (w >= from && w < to ? [mill] : []))
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]
  const old = mills(oldTool.fromMin, oldTool.toMin)
  const mill = pick(old) ?? pick(mills(0, youngToolMin))
  if (mill === undefined) return undefined
  const troubles: Trouble[] =
    old.length > 0 ? ['overstrain', 'overstrain', 'hard-part'] : ['heat', 'power-high', 'power-low']
  const trouble = pick(troubles)!
  const startS = nowS + batchLeadS
  const rampS = 30 + Math.round(50 * random())
  const endS = startS + rampS + (trouble === 'hard-part' ? 15 : 90 + Math.round(90 * random()))
  return { mill, trouble, startS, rampS, endS, ...(old.length > 0 && { batch: 'L' as const }) }
}

/** A mill whose readings do not arrive for a while. */
export interface Dropout {
  mill: number
  startS: number
  endS: number
}

const dropoutS = 42
export const openingDropouts: readonly Dropout[] = [
  { mill: 2, startS: -600, endS: -600 + dropoutS },
  { mill: 3, startS: 150, endS: 150 + dropoutS },
]

/** Every ten to fifteen minutes one mill is not heard of. */
export function nextDropout(nowS: number, mills: number, random: Random): Dropout {
  const startS = nowS + 600 + Math.round(300 * random())
  return { mill: Math.floor(random() * mills), startS, endS: startS + dropoutS }
}
