import { createHash } from 'node:crypto'
import type { Feature } from '#core/contracts/manifest.ts'
import type { Value } from '#core/contracts/reading.ts'
import { bytesOf } from '../inference/to-tensors.ts'
import type { Attachment } from '../journal/journal.ts'
import { type Checked, mark, refuse } from './checked.ts'
import { missingValue, type NumberLimits, named, numberProblem } from './values.ts'

type Read = (checked: Checked, row: number, value: Exclude<Value, null>) => boolean

/** No two neighbours in it match the same character, so that no text makes it try again and again. */
const base64 = /^[A-Za-z0-9+/\s]*(?:=\s*){0,2}$/

/** What the texts and series of one reading hold, as it came; small ones are not counted. */
export function bytesOfReading(raw: unknown): number {
  const values = (raw as { values?: unknown } | null)?.values
  if (typeof values !== 'object' || values === null) return 0
  let bytes = 0
  for (const value of Object.values(values))
    if (typeof value === 'string') bytes += value.length
    else if (Array.isArray(value)) bytes += 8 * value.length
  return bytes
}

/** The media type that the first bytes show: PNG (ISO/IEC 15948, 5.2) or JPEG (ITU-T T.81, B.2). */
export function mediaOf(bytes: Uint8Array): string | undefined {
  const starts = (...magic: number[]) => magic.every((byte, k) => bytes[k] === byte)
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  return starts(0xff, 0xd8, 0xff) ? 'image/jpeg' : undefined
}

/** The bytes of an image in base64, with or without `data:…;base64,` before it; undefined where it is no base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1
  const body = comma >= 0 ? text.slice(comma + 1) : text
  return base64.test(body) ? Buffer.from(body, 'base64') : undefined
}

/** An image is kept as it came; only the lane decodes it. */
export function readImage(feature: Feature, index: number): Read {
  const { name } = feature
  return (checked, row, value) => {
    const bytes = typeof value === 'string' ? fromBase64(value) : undefined
    const media = bytes && mediaOf(bytes)
    if (bytes && media) attach(checked, index, row, media, bytes)
    else if (typeof value !== 'string')
      refuse(checked, row, 'wrong-type', `"${name}" is ${named(value)}; an image in base64 is needed`, name)
    else refuse(checked, row, 'image-unreadable', `"${name}" is no PNG or JPEG in base64`, name)
    return true
  }
}

/** Nulls in a series stand for missing values, where the feature may be null; nothing but nulls is a missing series. */
export function readSeries(feature: Feature, index: number, limits: NumberLimits): Read {
  const { name, nullable, fill, length = 0 } = feature
  const why = numberProblem(feature, limits)
  const missing = missingValue(feature, index)
  return (checked, row, value) => {
    if (!Array.isArray(value)) {
      refuse(
        checked,
        row,
        'wrong-type',
        `"${name}" is ${named(value)}; an array of ${length} numbers is needed`,
        name,
      )
      return true
    }
    if (value.length !== length) {
      refuse(
        checked,
        row,
        'series-length',
        `"${name}" has ${value.length} values; the model takes ${length}`,
        name,
      )
      return true
    }
    const series = Float64Array.from(value, (x) => x ?? Number.NaN)
    const nulls = value.reduce<number>((sum, x) => sum + (x === null ? 1 : 0), 0)
    if (nulls === length) return missing(checked, row, null)
    for (let t = 0; t < length; t++) {
      const x = value[t]!
      const problem = x === null ? undefined : why(x)
      if (problem) {
        refuse(checked, row, problem.code, `value ${t + 1} of "${name}" is ${x}${problem.why}`, name)
        return true
      }
    }
    if (nulls > 0 && !nullable)
      refuse(
        checked,
        row,
        'missing-feature',
        `${nulls} values of "${name}" are null, and the model was not trained for that`,
        name,
      )
    else if (nulls > 0)
      mark(
        checked,
        row,
        'filled',
        `${nulls} of ${length} values of "${name}" are missing; the model gets ${fill}`,
        name,
      )
    attach(checked, index, row, 'application/octet-stream', bytesOf(series))
    return true
  }
}

function attach(checked: Checked, index: number, row: number, media: string, bytes: Uint8Array): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const attachment: Attachment = { sha256, media, bytes }
  const column = checked.values[index] as (string | null)[]
  column[row] = `sha256:${sha256}`
  const rows = checked.attachments.get(index)
  if (rows) rows[row] = attachment
  else
    checked.attachments.set(
      index,
      Object.assign(new Array<Attachment | undefined>(checked.rows), { [row]: attachment }),
    )
}
