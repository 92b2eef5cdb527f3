import type { QualityCode, QualityMark } from '#core/contracts/decision.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { isName, madeHere, parseTime, whyMalformed } from './malformed.ts'

/** Readings of one micro-batch after the manifest's checks: a struct of arrays, one row per reading. */
export interface Checked {
  rows: number
  ids: (string | null)[]
  assets: string[]
  /** Readings' own times, epoch ms; the time of intake where theirs cannot be read. */
  timesMs: Float64Array
  /** One column per feature in manifest order; NaN: null or not usable. Category: its code. */
  values: Float64Array[]
  /** 1: goes to the model. 0: rejected. 2: kept from the model, but not the sender's fault (abstain). */
  fit: Uint8Array
  /** Sparse, by row. */
  marks: Map<number, QualityMark[]>
  /** What was sent, for rows whose values do not fit the columns. */
  sent: Map<number, Record<string, Value>>
}

export const fitness = { rejected: 0, fit: 1, abstain: 2 } as const

interface Unchanged {
  value: number
  sinceMs: number
}

/** What validation remembers of one asset from one reading to the next. */
interface AssetMemory {
  lastTimeMs: number
  unchanged: (Unchanged | undefined)[]
}

export interface Validator {
  features: readonly Feature[]
  /** `raw` is what JSON gave; nothing about it is known. `nowMs`: the runtime's clock. */
  check(raw: readonly unknown[], nowMs: number): Checked
  /** The batch could not be kept: it may come again, and must not look as if time ran backward. */
  forget(checked: Checked): void
}

/** Clocks of machines on one network differ by seconds; a minute ahead is a wrong clock or a wrong date. */
const futureToleranceMs = 60_000
/** On one reading; what is wrong with it is clear by then. */
const maxMarks = 20
/** Assets whose last time is remembered; of more, those not heard of longest are forgotten. */
const maxAssets = 10_000

/** Compiles the manifest's input rules into one pass over a batch. One validator serves one running model. */
export function createValidator(manifest: Manifest): Validator {
  const features = manifest.inputs.features
  const known = new Set(features.map((f) => f.name))
  const codes = features.map((f) => new Map(Object.entries(f.codes ?? {})))
  const watchesStuck = features.some((f) => f.stuckAfterS !== undefined)
  const memory = new Map<string, AssetMemory>()

  function check(raw: readonly unknown[], nowMs: number): Checked {
    const rows = raw.length
    const checked: Checked = {
      rows,
      ids: new Array<string | null>(rows).fill(null),
      assets: new Array<string>(rows).fill(''),
      timesMs: new Float64Array(rows),
      values: features.map(() => new Float64Array(rows)),
      fit: new Uint8Array(rows).fill(fitness.fit),
      marks: new Map(),
      sent: new Map(),
    }
    for (let row = 0; row < rows; row++) checkRow(checked, row, raw[row], nowMs)
    return checked
  }

  function checkRow(checked: Checked, row: number, raw: unknown, nowMs: number): void {
    const malformed = whyMalformed(raw)
    if (malformed) {
      const { asset, id } = (raw ?? {}) as { asset?: unknown; id?: unknown }
      checked.assets[row] = isName(asset) ? asset : ''
      checked.ids[row] = isName(id) ? id : null
      checked.timesMs[row] = nowMs
      for (const column of checked.values) column[row] = Number.NaN
      refuse(checked, row, 'malformed', malformed)
      return
    }
    const reading = raw as Reading
    checked.ids[row] = reading.id ?? null
    checked.assets[row] = reading.asset
    checkTime(checked, row, reading, nowMs)
    checkValues(checked, row, reading)
    if (checked.fit[row] === fitness.rejected) checked.sent.set(row, reading.values)
    else if (watchesStuck) checkStuck(checked, row)
  }

  function checkTime(checked: Checked, row: number, reading: Reading, nowMs: number): void {
    const timeMs = parseTime(reading.time)
    if (Number.isNaN(timeMs)) {
      checked.timesMs[row] = nowMs
      refuse(
        checked,
        row,
        'time-invalid',
        `time "${reading.time.slice(0, 40)}" is not RFC 3339, such as 2026-11-24T14:32:07Z`,
      )
      return
    }
    checked.timesMs[row] = timeMs
    if (timeMs > nowMs + futureToleranceMs) {
      const s = Math.round((timeMs - nowMs) / 1000)
      refuse(
        checked,
        row,
        'time-in-future',
        `time lies ${s} s ahead of this machine's clock; check both clocks`,
      )
      return
    }
    if (madeHere in reading) return
    const asset = memory.get(reading.asset) ?? { lastTimeMs: timeMs, unchanged: [] }
    if (timeMs < asset.lastTimeMs) {
      const words = `time lies ${seconds(asset.lastTimeMs - timeMs)} before the newest reading of "${reading.asset}"; send readings in time order`
      refuse(checked, row, 'time-backward', words)
      return
    }
    asset.lastTimeMs = timeMs
    remember(reading.asset, asset)
  }

  /** The map keeps the order of insertion, so its first is the one not heard of longest. */
  function remember(name: string, asset: AssetMemory): void {
    if (!memory.delete(name) && memory.size >= maxAssets) memory.delete(memory.keys().next().value ?? '')
    memory.set(name, asset)
  }

  function checkValues(checked: Checked, row: number, reading: Reading): void {
    const values = reading.values
    let seen = 0
    let missing = 0
    for (let i = 0; i < features.length; i++) {
      const feature = features[i]!
      const value = values[feature.name]
      const column = checked.values[i]!
      if (value !== undefined) seen += 1
      if (typeof value === 'number' && feature.kind === 'number') {
        column[row] = value
        const { physical } = feature
        if (!Number.isFinite(value))
          refuse(checked, row, 'not-finite', `"${feature.name}" is not a finite number`, feature.name)
        else if (
          physical &&
          ((physical.min !== undefined && value < physical.min) ||
            (physical.max !== undefined && value > physical.max))
        )
          refuse(
            checked,
            row,
            'outside-physical-limits',
            `"${feature.name}" is ${value}, outside what the sensor can measure (${limits(physical)}${feature.unit ? ` ${feature.unit}` : ''})`,
            feature.name,
          )
        else if (Math.abs(value) > maxFloat32)
          refuse(
            checked,
            row,
            'not-finite',
            `"${feature.name}" is ${value}, more than the model's numbers (float32) can hold`,
            feature.name,
          )
        continue
      }
      column[row] = Number.NaN
      if (value === undefined || value === null) {
        missing += 1
        if (value === undefined && !feature.nullable)
          refuse(checked, row, 'missing-feature', `"${feature.name}" is missing`, feature.name)
        else if (!feature.nullable)
          refuse(
            checked,
            row,
            'missing-feature',
            `"${feature.name}" is null, and the model was not trained for that`,
            feature.name,
          )
        else
          mark(
            checked,
            row,
            'filled',
            `"${feature.name}" is missing; the model gets ${feature.fill}`,
            feature.name,
          )
      } else if (feature.kind === 'category') {
        const code = codes[i]!.get(String(value))
        if (code === undefined)
          refuse(
            checked,
            row,
            'unknown-category',
            `"${feature.name}" is "${String(value).slice(0, 40)}"; the model knows ${[...codes[i]!.keys()].join(', ')}`,
            feature.name,
          )
        else column[row] = code
      } else
        refuse(
          checked,
          row,
          'wrong-type',
          `"${feature.name}" is ${typeof value === 'string' ? `the text "${value.slice(0, 40)}"` : `the ${typeof value} ${value}`}; a number is needed`,
          feature.name,
        )
    }
    // Keys are counted first: telling which one is unknown is only paid for where one is.
    if (Object.keys(values).length !== seen)
      for (const name of Object.keys(values))
        if (!known.has(name))
          refuse(
            checked,
            row,
            'unknown-feature',
            `"${name.slice(0, 60)}" is not a feature of this model`,
            name,
          )
    if (reading.units) checkUnits(checked, row, reading.units)
    if (missing === features.length && checked.fit[row] === fitness.fit) {
      checked.fit[row] = fitness.abstain
      mark(checked, row, 'all-missing', 'every feature is missing')
    }
  }

  function checkUnits(checked: Checked, row: number, units: Record<string, string>): void {
    for (const feature of features) {
      const unit = units[feature.name]
      if (unit !== undefined && unit !== (feature.unit ?? '1'))
        refuse(
          checked,
          row,
          'wrong-unit',
          `"${feature.name}" is sent in "${unit.slice(0, 40)}"; the model takes "${feature.unit ?? '1'}"`,
          feature.name,
        )
    }
  }

  function checkStuck(checked: Checked, row: number): void {
    const asset = memory.get(checked.assets[row]!)
    if (!asset) return
    const timeMs = checked.timesMs[row]!
    features.forEach((feature, i) => {
      if (feature.stuckAfterS === undefined) return
      const value = checked.values[i]![row]!
      const before = asset.unchanged[i]
      if (!before || before.value !== value) asset.unchanged[i] = { value, sinceMs: timeMs }
      else if (timeMs - before.sinceMs >= feature.stuckAfterS * 1000) {
        checked.fit[row] = fitness.abstain
        mark(
          checked,
          row,
          'stuck',
          `"${feature.name}" has not changed for ${Math.round((timeMs - before.sinceMs) / 1000)} s; the sensor may be stuck`,
          feature.name,
        )
      }
    })
  }

  function forget({ assets }: Checked): void {
    for (const asset of assets) memory.delete(asset)
  }

  return { features, check, forget }
}

const seconds = (ms: number) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)

const maxFloat32 = 3.4028234663852886e38

function limits({ min, max }: { min?: number | undefined; max?: number | undefined }): string {
  if (min === undefined) return `at most ${max}`
  if (max === undefined) return `at least ${min}`
  return `${min} to ${max}`
}

function mark(checked: Checked, row: number, code: QualityCode, message: string, feature?: string): void {
  const entry = feature === undefined ? { code, message } : { code, feature, message }
  const marks = checked.marks.get(row)
  if (marks && marks.length < maxMarks) marks.push(entry)
  else if (!marks) checked.marks.set(row, [entry])
}

function refuse(checked: Checked, row: number, code: QualityCode, message: string, feature?: string): void {
  checked.fit[row] = fitness.rejected
  mark(checked, row, code, message, feature)
}
