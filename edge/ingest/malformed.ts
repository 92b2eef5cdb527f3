import { maxSeriesLength, maxValues, unnamedAsset } from '#core/contracts/reading.ts'

/** Of an asset, an id. */
export const maxNameLength = 200

/** Marks a reading that the runtime made itself out of a tensor: its time is the runtime's own. JSON cannot hold it. */
export const madeHere = Symbol('made by the runtime')

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Epoch ms of an RFC 3339 time; NaN where it is none. */
export function parseTime(text: string): number {
  return rfc3339.test(text) ? Date.parse(text) : Number.NaN
}

/** A name that the record can hold as a key. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && text.length > 0 && text.length <= maxNameLength && text.isWellFormed()
}

const keys = new Set(['id', 'asset', 'time', 'values', 'units'])

/** The reading contract, by hand: the same verdicts as `readingSchema`, at a tenth of its cost (a test compares them). */
export function whyMalformed(raw: unknown): string | undefined {
  if (!isObject(raw)) return 'a reading is an object {asset, time, values}'
  const { id, asset, time, values, units } = raw
  for (const part of ['asset', 'time', 'values'])
    if (raw[part] === undefined) return `"${part}" is missing; a reading is {"asset", "time", "values": {…}}`
  if (!isName(asset)) return '"asset" must be a text of 1 to 200 characters'
  if (asset === unnamedAsset && !(madeHere in raw))
    return `"${unnamedAsset}" is reserved for requests that name no asset`
  if (typeof time !== 'string') return '"time" of the reading (not of its values) must be an RFC 3339 text'
  if (id !== undefined && !isName(id)) return '"id" must be a text of 1 to 200 characters'
  for (const name in raw) if (!keys.has(name)) return `"${name.slice(0, 60)}" is not a part of a reading`
  if (!isObject(values)) return '"values" must be an object {name: value}'
  let count = 0
  for (const name in values) {
    if (++count > maxValues) return `"values" holds more than ${maxValues} values`
    const value = values[name]
    if (typeof value === 'object' && value !== null && !isSeries(value))
      return `"values.${name.slice(0, 60)}" must be a number, a text, a boolean, null or an array of numbers`
  }
  return units === undefined ? undefined : whyNoUnits(units)
}

function whyNoUnits(units: unknown): string | undefined {
  if (!isObject(units)) return '"units" must be an object {name: unit}'
  const given = Object.values(units)
  if (given.length > maxValues) return `"units" holds more than ${maxValues} units`
  return given.every((unit) => typeof unit === 'string') ? undefined : '"units" must hold texts'
}

function isObject(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
}

function isSeries(value: object): boolean {
  if (!Array.isArray(value) || value.length > maxSeriesLength) return false
  return value.every((x) => typeof x === 'number' || x === null)
}
