import type { Dtype } from '#core/contracts/input-tensor.ts'
import type { SelectOptions } from './select-columns.ts'

/** An input as the model declares it. A symbolic dimension is a text; undefined: not even how many there are. */
export interface DeclaredInput {
  name: string
  dtype: Dtype
  shape?: readonly (number | string)[]
}

export interface PlanOptions extends SelectOptions {
  /** Readings in a window, where the model does not say. */
  window?: number
  /** Width and height of an image, where the model does not say. */
  imageSize?: { width: number; height: number }
  /** The column that names the machine: no measurement, where windows of time are made. */
  group?: string
  /** Values of inputs that are no features: a sampling rate, a flag. */
  constants?: Readonly<Record<string, string>>
}

export interface NoPlan {
  ok: false
  reason: string
  hint?: string
}

export const refuse = (reason: string, hint?: string): NoPlan => ({
  ok: false,
  reason,
  ...(hint !== undefined && { hint }),
})
