import type { Random } from '#core/package/random.ts'
import { normal } from '../machine-failure/chance.ts'
import eigen from './eigen.json' with { type: 'json' }

export const sidePx = 28
export const classes = ['normal', 'pneumonia'] as const
export type Class = (typeof classes)[number]

/** A picture in grey: 0 black … 255 white, row by row. */
export interface Grey {
  width: number
  height: number
  pixels: Uint8Array
}

const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'))
const fitted = Object.fromEntries(
  classes.map((name) => {
    const { mean, directions, steps } = eigen[name]
    return [name, { mean: bytes(mean), directions: new Int8Array(bytes(directions).buffer), steps }]
  }),
) as Record<Class, { mean: Uint8Array; directions: Int8Array; steps: number[] }>

/** A chest X-ray that is nobody's, 28 × 28: the mean of its class and what its images differ in, mixed by chance (eigen.py). */
export function drawXray(kind: Class, random: Random): Grey {
  const { mean, directions, steps } = fitted[kind]
  const size = sidePx * sidePx
  const grey = Float64Array.from(mean)
  steps.forEach((step, k) => {
    const much = step * normal(random)
    for (let i = 0; i < size; i++) grey[i]! += much * directions[k * size + i]!
  })
  // Its writes round to the nearest and stay within 0..255.
  return { width: sidePx, height: sidePx, pixels: Uint8Array.from(Uint8ClampedArray.from(grey)) }
}
