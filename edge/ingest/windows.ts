import { featuresOf, type InputTensor } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { fillOf } from '../inference/to-tensors.ts'
import { abstainUntilFull, type Checked, fitness } from './checked.ts'
import { maxInFlight } from './intake-limits.ts'

type WindowTensor = Extract<InputTensor, { kind: 'window' }>

interface Step {
  timeMs: number
  /** One number per feature of the tensor; already filled. */
  values: Float64Array
  /** Number of the batch that brought it, so that it can be taken back; 0: none. The batch itself would stay in memory. */
  batch: number
}

/** Assets whose window is remembered; of more, those not heard of longest are forgotten. Fewer where windows are long. */
const maxAssets = 10_000
/** For the windows of one tensor: about so many bytes hold one step beside its numbers, and all of them at most. */
const stepBytes = 350
const maxHeldBytes = 2 ** 29

const assetsFor = ({ steps, features }: WindowTensor): number =>
  Math.max(1, Math.min(maxAssets, Math.floor(maxHeldBytes / (steps * (stepBytes + 8 * features.length)))))

/** The last readings of each asset, for models that look at a stretch of time. */
export class Windows {
  readonly #tensors: { tensor: WindowTensor; columns: number[]; fills: number[]; most: number }[]
  /** By tensor, then asset; oldest step first. */
  readonly #steps: Map<string, Step[]>[]
  readonly #numbers = new WeakMap<Checked, number>()
  #batches = 0

  constructor({ features, tensors }: Manifest['inputs']) {
    this.#tensors = tensors
      .filter((tensor) => tensor.kind === 'window')
      .map((tensor) => {
        const columns = featuresOf(tensor).map((name) => features.findIndex((f) => f.name === name))
        const fills = columns.map((index) => fillOf(features[index]!))
        return { tensor, columns, fills, most: assetsFor(tensor) }
      })
    this.#steps = this.#tensors.map(() => new Map())
  }

  get any(): boolean {
    return this.#tensors.length > 0
  }

  /** The longest window, in readings. */
  get longest(): number {
    return Math.max(0, ...this.#tensors.map(({ tensor }) => tensor.steps))
  }

  /** Room for the windows of a batch. */
  prepare(rows: number): Map<string, Float64Array> {
    return new Map(
      this.#tensors.map(({ tensor }) => [
        tensor.name,
        new Float64Array(rows * tensor.steps * tensor.features.length),
      ]),
    )
  }

  /** Adds one reading of a batch to its asset's windows; where one is not full yet, the model is not asked. */
  add(checked: Checked, row: number): void {
    const asset = checked.assets[row]!
    const timeMs = checked.timesMs[row]!
    if (!this.#numbers.has(checked)) this.#numbers.set(checked, ++this.#batches)
    const batch = this.#numbers.get(checked)!
    this.#tensors.forEach(({ tensor }, t) => {
      const steps = this.#push(
        t,
        asset,
        timeMs,
        (index) => (checked.values[index] as Float64Array)[row]!,
        batch,
      )
      if (steps.length < tensor.steps) abstainUntilFull(checked, row, steps.length, tensor.steps)
      else if (checked.fit[row] === fitness.fit) place(tensor, steps, checked.windows.get(tensor.name)!, row)
    })
  }

  /** A reading of the time before this start. Oldest first. */
  resume(asset: string, timeMs: number, numberOf: (index: number) => number): void {
    this.#tensors.forEach((_, t) => {
      this.#push(t, asset, timeMs, numberOf, 0)
    })
  }

  /** Takes back what a batch brought that could not be kept. */
  forget(checked: Checked): void {
    const batch = this.#numbers.get(checked)
    for (const of of this.#steps)
      for (const asset of new Set(checked.assets)) {
        const steps = of.get(asset)
        if (steps)
          of.set(
            asset,
            steps.filter((step) => step.batch !== batch),
          )
      }
  }

  #push(
    t: number,
    asset: string,
    timeMs: number,
    numberOf: (index: number) => number,
    batch: number,
  ): Step[] {
    const { tensor, columns, fills, most } = this.#tensors[t]!
    const of = this.#steps[t]!
    const before = of.get(asset) ?? []
    const last = before.at(-1)
    const gap = tensor.maxGapS !== undefined && last && timeMs - last.timeMs > 1000 * tensor.maxGapS
    const values = Float64Array.from(columns, (index, k) => {
      const x = numberOf(index)
      return Number.isNaN(x) ? fills[k]! : x
    })
    // Beyond the window stays what stands in it again should the latest batches be taken back.
    const open = before.filter((step) => step.batch > Math.max(0, batch - maxInFlight)).length
    const steps = [...(gap ? [] : before.slice(-(tensor.steps - 1 + open))), { timeMs, values, batch }]
    // The map keeps the order of insertion, so its first is the one not heard of longest.
    if (!of.delete(asset) && of.size >= most) of.delete(of.keys().next().value ?? '')
    of.set(asset, steps)
    return steps.slice(-tensor.steps)
  }
}

function place(
  { steps: length, features, layout }: WindowTensor,
  steps: Step[],
  out: Float64Array,
  row: number,
): void {
  const width = features.length
  const base = row * length * width
  steps.forEach(({ values }, t) => {
    for (let f = 0; f < width; f++)
      out[base + (layout === 'time-feature' ? t * width + f : f * length + t)] = values[f]!
  })
}
