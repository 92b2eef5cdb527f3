import { type Dtype, featuresOf, largestOf, wholeRange } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Value } from '#core/contracts/reading.ts'
import { parseCell } from '#core/package/cell.ts'
import { type Checked, mark, refuse } from './checked.ts'
import { readImage, readSeries } from './media.ts'

/** Puts one value into its column, or says what is wrong with it. False: it is missing. */
export type ReadValue = (checked: Checked, row: number, value: Value | undefined) => boolean

/** Compiles the checks of each feature, in manifest order. */
export function compileValues({ features, tensors }: Manifest['inputs']): ReadValue[] {
  return features.map((feature, index) => {
    const dtypes = tensors.filter((t) => featuresOf(t).includes(feature.name)).map(({ dtype }) => dtype)
    const read = reader(feature, index, dtypes)
    const missing = missingValue(feature, index)
    return (checked, row, value) =>
      value === undefined || value === null ? missing(checked, row, value) : read(checked, row, value)
  })
}

type Read = (checked: Checked, row: number, value: Exclude<Value, null>) => boolean

function reader(feature: Feature, index: number, dtypes: readonly Dtype[]): Read {
  switch (feature.kind) {
    case 'number':
      return readNumber(feature, index, dtypes)
    case 'category':
      return readCategory(feature, index)
    case 'text':
      return readText(feature, index)
    case 'image':
      return readImage(feature, index)
    case 'series':
      return readSeries(feature, index, limitsOf(dtypes))
  }
}

export interface NumberLimits {
  largest: number
  whole?: { min: number; max: number }
  /** The element type that sets them. */
  dtype: string
}

/** What a number must satisfy to be exact in every tensor that it enters. */
function limitsOf(dtypes: readonly Dtype[]): NumberLimits {
  const numeric = dtypes.filter((dtype) => dtype !== 'string')
  const narrowest = numeric.reduce<Dtype>((a, b) => (sizeOf(b) < sizeOf(a) ? b : a), numeric[0] ?? 'float64')
  const wholes = numeric.flatMap((dtype) => wholeRange(dtype) ?? [])
  const whole = {
    min: Math.max(...wholes.map(({ min }) => min)),
    max: Math.min(...wholes.map(({ max }) => max)),
  }
  const largest = Math.min(...numeric.map(largestOf))
  return { largest, dtype: narrowest, ...(wholes.length > 0 && { whole }) }
}

const sizeOf = (dtype: Dtype) => wholeRange(dtype)?.max ?? largestOf(dtype)

function readNumber(feature: Feature, index: number, dtypes: readonly Dtype[]): Read {
  const { name } = feature
  const why = numberProblem(feature, limitsOf(dtypes))
  const isBool = dtypes.includes('bool')
  return (checked, row, value) => {
    const column = checked.values[index] as Float64Array
    const number = isBool && typeof value === 'boolean' ? Number(value) : value
    if (typeof number === 'number') {
      column[row] = number
      const problem = why(number)
      if (problem) refuse(checked, row, problem.code, `"${name}" is ${number}${problem.why}`, name)
      return true
    }
    column[row] = Number.NaN
    refuse(checked, row, 'wrong-type', `"${name}" is ${named(value)}; a number is needed`, name)
    return true
  }
}

type NumberProblem = { code: 'not-finite' | 'outside-physical-limits' | 'wrong-type'; why: string }

/** What is wrong with one number, after "… is X". */
export function numberProblem(
  { physical, unit }: Feature,
  { largest, whole, dtype }: NumberLimits,
): (value: number) => NumberProblem | undefined {
  const min = physical?.min ?? -Infinity
  const max = physical?.max ?? Infinity
  return (value) => {
    if (!Number.isFinite(value)) return { code: 'not-finite', why: ', no finite number' }
    if (value < min || value > max)
      return {
        code: 'outside-physical-limits',
        why: `, outside what the sensor can measure (${limits(physical ?? {})}${unit ? ` ${unit}` : ''})`,
      }
    if (whole) {
      if (!Number.isInteger(value)) return { code: 'wrong-type', why: '; the model takes whole numbers' }
      if (value < whole.min || value > whole.max)
        return {
          code: 'wrong-type',
          why: `; the model's numbers (${dtype}) reach from ${whole.min} to ${whole.max}`,
        }
    }
    if (Math.abs(value) > largest)
      return { code: 'not-finite', why: `, more than the model's numbers (${dtype}) can hold` }
    return undefined
  }
}

function readCategory(feature: Feature, index: number): Read {
  const { name, words, codes } = feature
  const known = words ? new Map(words.map((word, k) => [word, k])) : new Map(Object.entries(codes ?? {}))
  return (checked, row, value) => {
    const column = checked.values[index] as Float64Array
    const code = Array.isArray(value) ? undefined : (known.get(String(value)) ?? ofFlag(known, value))
    column[row] = code ?? Number.NaN
    if (code === undefined)
      refuse(
        checked,
        row,
        'unknown-category',
        `"${name}" is ${named(value)}; the model knows ${some([...known.keys()])}`,
        name,
      )
    return true
  }
}

/** A table writes a flag as True or TRUE, JSON as true. */
function ofFlag(known: ReadonlyMap<string, number>, value: Value): number | undefined {
  if (typeof value !== 'boolean') return undefined
  for (const [word, code] of known) if (word.toLowerCase() === String(value)) return code
  return undefined
}

const maxTextLength = 100_000

/** What counts as missing in a cell of the reference counts as missing here: "NaN" and "null" are no words of anyone's. */
function readText(feature: Feature, index: number): Read {
  const { name } = feature
  const missing = missingValue(feature, index)
  return (checked, row, value) => {
    const column = checked.values[index] as (string | null)[]
    if (typeof value !== 'string')
      refuse(checked, row, 'wrong-type', `"${name}" is ${named(value)}; a text is needed`, name)
    else if (value.length > maxTextLength)
      refuse(
        checked,
        row,
        'wrong-type',
        `"${name}" has ${value.length} characters; at most ${maxTextLength} are taken`,
        name,
      )
    else if (parseCell(value) === null) return missing(checked, row, null)
    else column[row] = value
    return true
  }
}

/** A missing value is filled where the manifest says with what, else its reading is refused. */
export function missingValue(feature: Feature, index: number) {
  const { name, nullable, fill } = feature
  return (checked: Checked, row: number, value: null | undefined): boolean => {
    const column = checked.values[index]!
    if (column instanceof Float64Array) column[row] = Number.NaN
    if (!nullable)
      refuse(
        checked,
        row,
        'missing-feature',
        value === undefined
          ? `"${name}" is missing`
          : `"${name}" is null, and the model was not trained for that`,
        name,
      )
    else mark(checked, row, 'filled', `"${name}" is missing; the model gets ${fill}`, name)
    return false
  }
}

export function named(value: Exclude<Value, null>): string {
  if (typeof value === 'string') return `the text "${value.slice(0, 40)}"`
  return Array.isArray(value) ? `an array of ${value.length}` : `the ${typeof value} ${value}`
}

const some = (words: readonly string[]) =>
  words.length <= 12 ? words.join(', ') : `${words.slice(0, 12).join(', ')} and ${words.length - 12} more`

function limits({ min, max }: { min?: number | undefined; max?: number | undefined }): string {
  if (min === undefined) return `at most ${max}`
  if (max === undefined) return `at least ${min}`
  return `${min} to ${max}`
}
