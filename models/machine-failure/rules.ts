/**
 * AI4I 2020's generating rules (S. Matzka, "Explainable Artificial Intelligence for Predictive Maintenance
 * Applications", AI4I 2020, pp. 69-74; UCI 601), as far as one reading shows them.
 */

export type PartType = 'L' | 'M' | 'H'
export type Mode = 'TWF' | 'HDF' | 'PWF' | 'OSF'

/** What the sensors of one mill see: K, K, 1/min, N·m, min. */
export interface Sensors {
  type: PartType
  air_temperature: number
  process_temperature: number
  rotational_speed: number
  torque: number
  tool_wear: number
}

export const ai4i = {
  typeShares: { L: 0.5, M: 0.3, H: 0.2 },
  wearPerPartMin: { L: 2, M: 3, H: 5 },
  air: { meanK: 300, sigmaK: 2 },
  /** Process over air. */
  difference: { meanK: 10, sigmaK: 1 },
  torque: { meanNm: 40, sigmaNm: 10 },
  /** Of 120 tools 51 failed, the others were replaced in time. */
  toolEnd: { fromMin: 200, toMin: 240, failShare: 51 / 120 },
  heat: { belowK: 8.6, belowRpm: 1380 },
  power: { fromW: 3500, toW: 9000 },
  overstrainMinNm: { L: 11_000, M: 12_000, H: 13_000 },
} as const

/** Mechanical power in W. */
export const powerW = (speedRpm: number, torqueNm: number): number => (speedRpm * torqueNm * 2 * Math.PI) / 60

/**
 * The usual speed in rpm at a torque in Nm. The publication derives speed from a power of 2860 W, which gives 683 rpm at
 * 40 Nm where the data has about 1,490; so this is a least-squares fit to the data instead, with what is left (σ 50 rpm).
 */
export const usualSpeedRpm = (torqueNm: number): number => 1286 + 2489 * Math.exp(-torqueNm / 16.14)
export const speedSigmaRpm = 50

/** Which failure rules hold. TWF depends on chance, not on the reading: the line knows when its tool fails. */
export function failures(s: Sensors, toolFails: boolean): Record<Mode, boolean> {
  const power = powerW(s.rotational_speed, s.torque)
  return {
    TWF: toolFails,
    HDF:
      s.process_temperature - s.air_temperature < ai4i.heat.belowK - 1e-9 &&
      s.rotational_speed < ai4i.heat.belowRpm,
    PWF: power < ai4i.power.fromW || power > ai4i.power.toW,
    OSF: s.torque * s.tool_wear > ai4i.overstrainMinNm[s.type],
  }
}
