import { featuresOf } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { fillOf } from '../inference/to-tensors.ts'
import { abstainUntilFull, type Batch, type Checked, fitness } from './checked.ts'
import { maxInFlight } from './intake-limits.ts'
import { fits, joined, type Step } from './steps.ts'
import { type Held, sourceFor, type WindowTensor } from './window-source.ts'

/** Assets whose window is remembered; of more, those not heard of longest are forgotten. Fewer where windows are long. */
const maxAssets = 10_000
/** For the windows of one tensor: about so many bytes hold one step beside its numbers, and all of them at most. */
const stepBytes = 350
const maxHeldBytes = 2 ** 29

const assetsFor = ({ steps, features }: WindowTensor): number =>
  Math.max(1, Math.min(maxAssets, Math.floor(maxHeldBytes / (steps * (stepBytes + 8 * features.length)))))

/** The last readings of each asset, for models that look at a stretch of time. */
export class Windows {
  readonly #held: Held[]
  #batches = 0

  constructor({ features, tensors }: Manifest['inputs']) {
    this.#held = tensors
      .filter((tensor) => tensor.kind === 'window')
      .map((tensor) => {
        const columns = featuresOf(tensor).map((name) => features.findIndex((f) => f.name === name))
        const own = columns.map((index) => features[index]!)
        const [fills, most] = [own.map(fillOf), assetsFor(tensor)]
        return { tensor, features: own, columns, fills, fits: fits(own), most, steps: new Map() }
      })
  }

  get any(): boolean {
    return this.#held.length > 0
  }

  /** The longest window, in readings. */
  get longest(): number {
    return Math.max(0, ...this.#held.map(({ tensor }) => tensor.steps))
  }

  /** The mark of a batch that begins. */
  nextBatch(): Batch {
    return { number: ++this.#batches }
  }

  /** Room for the windows of a batch. */
  prepare(rows: number): Map<string, Float64Array> {
    return new Map(
      this.#held.map(({ tensor }) => [
        tensor.name,
        new Float64Array(rows * tensor.steps * tensor.features.length),
      ]),
    )
  }

  /** Adds one reading of a batch to its asset's windows; where one is not full yet, the model is not asked. */
  add(checked: Checked, row: number): void {
    const asset = checked.assets[row]!
    const moment = { timeMs: checked.timesMs[row]!, batch: checked.batch }
    for (const held of this.#held) {
      const { tensor } = held
      const values = Float64Array.from(held.columns, (index) => (checked.values[index] as Float64Array)[row]!)
      const steps = push(held, asset, { moment, values })
      if (steps.length < tensor.steps) abstainUntilFull(checked, row, steps.length, tensor.steps)
      else if (checked.fit[row] === fitness.fit) place(held, steps, checked.windows.get(tensor.name)!, row)
    }
  }

  /** A reading of the time before this start. Oldest first. One that this version would have refused is passed over. */
  resume(asset: string, timeMs: number, numberOf: (index: number) => number): void {
    const moment = { timeMs, batch: { number: 0 } }
    for (const held of this.#held) {
      const values = Float64Array.from(held.columns, numberOf)
      if (held.fits(values)) push(held, asset, { moment, values })
    }
  }

  /** Takes back what a batch brought that could not be kept, whichever version checked it. */
  forget({ assets, batch }: Checked): void {
    for (const { steps: of } of this.#held)
      for (const asset of new Set(assets)) {
        const steps = of.get(asset)
        if (steps)
          of.set(
            asset,
            steps.filter(({ moment }) => moment.batch !== batch),
          )
      }
  }

  /**
   * Brings each window up to what the other version of the model has seen, by the names of the features. A window that the
   * other lacks a feature of begins anew for the assets that the other has heard of since (`isBehind`).
   */
  takeOver(from: Windows, isBehind: (asset: string) => boolean): void {
    this.#batches = Math.max(this.#batches, from.#batches)
    for (const held of this.#held) {
      const source = sourceFor(held, from.#held)
      if (!source) {
        for (const asset of held.steps.keys()) if (isBehind(asset)) held.steps.delete(asset)
        continue
      }
      // What the other has no room for it may have heard of and forgotten.
      if (source.crowded)
        for (const asset of held.steps.keys())
          if (!source.assets.has(asset) && isBehind(asset)) held.steps.delete(asset)
      for (const asset of source.assets) {
        const steps = joined(held.steps.get(asset) ?? [], source.stepsOf(asset))
        const keep = held.tensor.steps + openAt(steps, this.#batches)
        keepFor(held, asset, steps.length > keep ? steps.slice(-keep) : steps)
      }
    }
  }
}

/** Steps of batches that may still be taken back, while this one is the newest. */
const openAt = (steps: Step[], batch: number): number =>
  steps.filter(({ moment }) => moment.batch.number > Math.max(0, batch - maxInFlight)).length

/** The window of the asset with the newest reading in it; beyond it is kept what stands in it again should batches be taken back. */
function push(held: Held, asset: string, step: Step): Step[] {
  const { steps: length, maxGapS } = held.tensor
  const before = held.steps.get(asset) ?? []
  const last = before.at(-1)
  const { timeMs, batch } = step.moment
  const passedMs = last ? timeMs - last.moment.timeMs : 0
  // Time runs backward only where a clock was set: what stands before belongs to another time.
  const gap = passedMs < 0 || (maxGapS !== undefined && passedMs > 1000 * maxGapS)
  const steps = [...(gap ? [] : before.slice(-(length - 1 + openAt(before, batch.number)))), step]
  keepFor(held, asset, steps)
  return steps.slice(-length)
}

/** The map keeps the order of insertion, so its first is the one not heard of longest. */
function keepFor({ steps: of, most }: Held, asset: string, steps: Step[]): void {
  if (!of.delete(asset) && of.size >= most) of.delete(of.keys().next().value ?? '')
  of.set(asset, steps)
}

function place(
  { tensor: { steps: length, layout }, fills }: Held,
  steps: Step[],
  out: Float64Array,
  row: number,
): void {
  const width = fills.length
  const base = row * length * width
  steps.forEach(({ values }, t) => {
    for (let f = 0; f < width; f++) {
      const x = values[f]!
      out[base + (layout === 'time-feature' ? t * width + f : f * length + t)] = Number.isNaN(x)
        ? fills[f]!
        : x
    }
  })
}
