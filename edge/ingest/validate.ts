import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { abstain, type Checked, fitness, refuse } from './checked.ts'
import { isName, madeHere, parseTime, whyMalformed } from './malformed.ts'
import { Memory } from './memory.ts'
import { compileValues } from './values.ts'
import { Windows } from './windows.ts'

export { type Checked, fitness } from './checked.ts'

export interface Validator {
  features: readonly Feature[]
  /**
   * `raw` is what JSON gave; nothing about it is known. `nowMs`: the runtime's clock; where that is known to be behind, no
   * reading is refused for a time that lies ahead of it.
   */
  check(raw: readonly unknown[], nowMs: number, isClockBehind?: boolean): Checked
  /** The batch could not be kept: it may come again, and must not look as if time ran backward. */
  forget(checked: Checked): void
  /** A reading of the time before this start, oldest first: into its windows, and what is older may not follow it. */
  resume(asset: string, timeMs: number, numberOf: (index: number) => number): void
  /**
   * The readings come here from now on: all that the validator of another version of the model knows of its assets. Safe at
   * any moment; what is known here already is kept where it goes further. A batch of the other may still be forgotten here.
   */
  takeOver(from: Validator): void
  windows: Windows
  memory: Memory
}

/** Clocks of machines on one network differ by seconds; a minute ahead is a wrong clock or a wrong date. */
const futureToleranceMs = 60_000
/** By less than this no clock is found to be wrong that was set back to its maker's day. */
const setBackMs = 24 * 3600_000

/** Compiles the manifest's input rules into one pass over a batch. One validator serves one running model. */
export function createValidator(manifest: Manifest): Validator {
  const features = manifest.inputs.features
  const known = new Set(features.map((f) => f.name))
  const read = compileValues(manifest.inputs)
  const isText = features.map(({ kind }) => kind === 'text' || kind === 'image' || kind === 'series')
  const windows = new Windows(manifest.inputs)
  const watchesStuck = features.some((f) => f.stuckAfterS !== undefined)
  const memory = new Memory(features)

  function check(raw: readonly unknown[], nowMs: number, isClockBehind = false): Checked {
    const rows = raw.length
    const checked: Checked = {
      batch: windows.nextBatch(),
      rows,
      ids: new Array<string | null>(rows).fill(null),
      assets: new Array<string>(rows).fill(''),
      timesMs: new Float64Array(rows),
      values: isText.map((text) =>
        text ? new Array<string | null>(rows).fill(null) : new Float64Array(rows).fill(Number.NaN),
      ),
      attachments: new Map(),
      windows: windows.prepare(rows),
      fit: new Uint8Array(rows).fill(fitness.fit),
      marks: new Map(),
      sent: new Map(),
    }
    for (let row = 0; row < rows; row++) checkRow(checked, row, raw[row], nowMs, isClockBehind)
    return checked
  }

  function checkRow(
    checked: Checked,
    row: number,
    raw: unknown,
    nowMs: number,
    isClockBehind: boolean,
  ): void {
    const malformed = whyMalformed(raw)
    if (malformed) {
      const { asset, id } = (raw ?? {}) as { asset?: unknown; id?: unknown }
      checked.assets[row] = isName(asset) ? asset : ''
      checked.ids[row] = isName(id) ? id : null
      checked.timesMs[row] = nowMs
      refuse(checked, row, 'malformed', malformed)
      return
    }
    const reading = raw as Reading
    checked.ids[row] = reading.id ?? null
    checked.assets[row] = reading.asset
    checkTime(checked, row, reading, nowMs, isClockBehind)
    const allMissing = checkValues(checked, row, reading)
    if (checked.fit[row] === fitness.rejected)
      return void checked.sent.set(row, kept(checked, row, reading.values))
    if (watchesStuck) checkStuck(checked, row)
    if (windows.any && !allMissing) windows.add(checked, row)
  }

  function checkTime(
    checked: Checked,
    row: number,
    reading: Reading,
    nowMs: number,
    isClockBehind: boolean,
  ): void {
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
    if (timeMs > nowMs + futureToleranceMs && !isClockBehind) {
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
    const wasWrong = isClockBehind
      ? timeMs < asset.lastTimeMs - setBackMs
      : asset.lastTimeMs > nowMs + futureToleranceMs
    // Stamped by a clock that has been set since: the asset begins anew, or it would be refused until then.
    if (wasWrong) {
      memory.set(reading.asset, { lastTimeMs: timeMs, unchanged: [] })
      return
    }
    if (timeMs < asset.lastTimeMs) {
      const words = `time lies ${seconds(asset.lastTimeMs - timeMs)} before the newest reading of "${reading.asset}"; send readings in time order`
      refuse(checked, row, 'time-backward', words)
      return
    }
    asset.lastTimeMs = timeMs
    memory.set(reading.asset, asset)
  }

  /** Whether every value is missing, or too little is there to ask the model. */
  function checkValues(checked: Checked, row: number, reading: Reading): boolean {
    const values = reading.values
    let seen = 0
    let missing = 0
    for (let i = 0; i < features.length; i++) {
      const value = values[features[i]!.name]
      if (value !== undefined) seen += 1
      if (!read[i]!(checked, row, value)) missing += 1
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
    const all = missing === features.length
    if (all && checked.fit[row] === fitness.fit)
      abstain(checked, row, 'all-missing', 'every feature is missing')
    return all
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
      const column = checked.values[i]!
      if (!(column instanceof Float64Array)) return
      const value = column[row]!
      const before = asset.unchanged[i]
      if (!before || before.value !== value) asset.unchanged[i] = { value, sinceMs: timeMs }
      else if (timeMs - before.sinceMs >= feature.stuckAfterS * 1000)
        abstain(
          checked,
          row,
          'stuck',
          `"${feature.name}" has not changed for ${Math.round((timeMs - before.sinceMs) / 1000)} s; the sensor may be stuck`,
          feature.name,
        )
    })
  }

  function forget(checked: Checked): void {
    for (const asset of checked.assets) memory.delete(asset)
    windows.forget(checked)
  }

  function resume(asset: string, timeMs: number, numberOf: (index: number) => number): void {
    memory.set(asset, { lastTimeMs: timeMs, unchanged: [] })
    windows.resume(asset, timeMs, numberOf)
  }

  function takeOver(from: Validator): void {
    if (from.memory === memory) return
    windows.takeOver(from.windows, (asset) => memory.isBehind(asset, from.memory))
    memory.takeOver(from.memory)
  }

  /** What was sent, for the record: an image or a series as what is attached, long texts cut. */
  function kept(checked: Checked, row: number, values: Record<string, Value>): Record<string, Value> {
    const references = new Map(
      [...checked.attachments].map(([index, rows]) => [features[index]!.name, rows[row]?.sha256]),
    )
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const reference = references.get(name)
        return [name, reference === undefined ? short(value) : `sha256:${reference}`]
      }),
    )
  }

  return { features, check, forget, resume, takeOver, windows, memory }
}

const seconds = (ms: number) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)

/** Of a text or an array in the record of a refused reading. */
const maxKept = 1000

function short(value: Value): Value {
  if (typeof value === 'string' && value.length > maxKept)
    return `${value.slice(0, maxKept)}… (${value.length} characters)`
  return Array.isArray(value) && value.length > maxKept ? `… (an array of ${value.length} values)` : value
}
