import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { meansTheSame } from './memory.ts'
import { beside, type Step, sinceLastGap } from './steps.ts'

export type WindowTensor = Extract<InputTensor, { kind: 'window' }>

/** The windows of one tensor. */
export interface Held {
  tensor: WindowTensor
  /** Of its features: the manifest's, their places in it, and what stands for a missing value. */
  features: Feature[]
  columns: number[]
  fills: number[]
  fits: (values: Float64Array) => boolean
  /** Assets that are remembered. */
  most: number
  /** By asset; oldest step first. Lists are replaced, never changed: versions of a model share them. */
  steps: Map<string, Step[]>
}

interface Source {
  /** Those not heard of longest first. */
  assets: ReadonlySet<string>
  /** Some assets may have been forgotten. */
  crowded: boolean
  stepsOf(asset: string): Step[]
}

/** Where the windows of one tensor find their numbers in another version's; undefined: a feature is not there. */
export function sourceFor(own: Held, others: readonly Held[]): Source | undefined {
  const columns = own.features.map((feature) =>
    others.flatMap((other) => {
      const place = other.features.findIndex((f) => f.name === feature.name && meansTheSame(f, feature))
      return place < 0 ? [] : [{ other, place }]
    }),
  )
  if (columns.some((found) => found.length === 0)) return undefined
  const { maxGapS, steps: length, features: names } = own.tensor
  // One of the same features lends its steps as they are.
  const twin = others
    .filter(
      ({ tensor, features }) =>
        tensor.steps >= length &&
        tensor.features.length === names.length &&
        features.every((f, k) => f.name === names[k] && meansTheSame(f, own.features[k]!)),
    )
    .reduce<Held | undefined>((a, b) => (a && a.tensor.steps <= b.tensor.steps ? a : b), undefined)
  const leading = twin ?? columns[0]!.map(({ other }) => other).reduce((a, b) => (b.most > a.most ? b : a))
  const sameRules =
    twin?.tensor.maxGapS === maxGapS && twin?.features.every((f, k) => hasLimitsOf(f, own.features[k]!))

  function stepsOf(asset: string): Step[] {
    const lent = twin?.steps.get(asset)
    if (lent && sameRules) return lent
    const steps = (lent ?? assembled(asset)).filter(({ values }) => own.fits(values))
    return maxGapS === undefined ? steps : sinceLastGap(steps, maxGapS)
  }
  function assembled(asset: string): Step[] {
    const longest = columns.map((options) =>
      options
        .map(({ other, place }) => ({ steps: other.steps.get(asset) ?? [], place }))
        .reduce((a, b) => (b.steps.length > a.steps.length ? b : a)),
    )
    return beside(longest)
  }

  return {
    assets: new Set(leading.steps.keys()),
    crowded: leading.steps.size >= leading.most,
    stepsOf,
  }
}

const hasLimitsOf = (a: Feature, b: Feature) =>
  a.nullable === b.nullable && a.physical?.min === b.physical?.min && a.physical?.max === b.physical?.max
