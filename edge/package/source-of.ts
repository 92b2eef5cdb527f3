import { createHash } from 'node:crypto'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { featureValues, type Reference } from '#core/package/baseline.ts'
import { type Column, someWords, textAt } from '#core/package/columns.ts'
import { parseSeries } from '#core/package/series-cell.ts'
import { bytesOf, fillOf, type RowSource } from '../inference/to-tensors.ts'
import { mediaOf } from '../ingest/media.ts'
import type { Attachment, FeatureColumn } from '../journal/journal.ts'
import { readImageFile } from './image-size.ts'

/** Where a reference's images lie, and which rows are of one machine. */
export interface Surroundings {
  dir: string
  group?: string | undefined
}

type Inputs = Manifest['inputs']

/** The columns of a reference as features, without their images and series. */
export function columnsOf(
  { features }: Pick<Inputs, 'features'>,
  reference: Reference,
): { values: FeatureColumn[]; wrong: string[] } {
  const wrong: string[] = []
  const values = features.map((feature): FeatureColumn => {
    const column = reference.columns.find(({ name }) => name === feature.name)
    if (!column) {
      wrong.push(`it has no column "${feature.name}"`)
      return new Float64Array(reference.rows).fill(Number.NaN)
    }
    const made = isTexts(feature) ? textAt(column) : featureValues(feature, column)
    const why = whyUnfit(feature, column, made)
    if (why) wrong.push(why)
    return made
  })
  return { values, wrong }
}

const isTexts = ({ kind }: Feature) => kind === 'text' || kind === 'image' || kind === 'series'

function whyUnfit(feature: Feature, column: Column, made: FeatureColumn): string | undefined {
  if (feature.kind === 'number' && column.words.length > 0)
    return `"${feature.name}" is a number, and its column holds words (${someWords(column)})`
  if (feature.kind === 'category') {
    const known = feature.words ?? Object.keys(feature.codes ?? {})
    const missing = column.words.filter((word) => !known.includes(word))
    if (missing.length > 0)
      return `"${feature.name}" holds ${missing
        .slice(0, 5)
        .map((word) => `"${word}"`)
        .join(', ')}, and ${feature.words ? '"words" does not list that' : '"codes" has no number for that'}`
  }
  const empty = made instanceof Float64Array ? made.every(Number.isNaN) : made.every((text) => text === null)
  return empty ? `"${feature.name}" has no value in any row` : undefined
}

/** Rows that a model may be given: no value is missing that may not be, and every window is full. */
export function usableRows(
  { features, tensors }: Inputs,
  values: readonly FeatureColumn[],
  rows: number,
  before: Int32Array | undefined,
): number[] {
  const needed = features.flatMap(({ nullable }, f) => (nullable ? [] : [values[f]!]))
  const steps = Math.max(1, ...tensors.map((tensor) => (tensor.kind === 'window' ? tensor.steps : 1)))
  const usable: number[] = []
  const isThere = (row: number) => needed.every((column) => isValue(column[row]))
  // How many rows in a row, up to this one, one machine has without a gap.
  const run = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (!isThere(row)) continue
    const previous = before?.[row] ?? -1
    run[row] = 1 + (previous >= 0 ? run[previous]! : 0)
    if (run[row]! >= steps) usable.push(row)
  }
  return usable
}

const isValue = (x: number | string | null | undefined) =>
  typeof x === 'number' ? !Number.isNaN(x) : x !== null && x !== undefined

/** For each row, the row of the same machine before it; -1 where it is the first. In the file's order. */
export function previousRows(reference: Reference, group: string | undefined): Int32Array {
  const column = reference.columns.find(({ name }) => name === group)
  const names = column ? textAt(column) : undefined
  const last = new Map<string, number>()
  return Int32Array.from({ length: reference.rows }, (_, row) => {
    const name = names?.[row] ?? ''
    const previous = last.get(name) ?? -1
    last.set(name, row)
    return previous
  })
}

/** The chosen rows with all that a model is given: row k of the source is row `at[k]` of the reference. */
export async function sourceOf(
  { features, tensors }: Inputs,
  values: readonly FeatureColumn[],
  at: readonly number[],
  before: Int32Array | undefined,
  { dir }: Surroundings,
): Promise<RowSource> {
  const chosen = values.map((column) =>
    column instanceof Float64Array
      ? Float64Array.from(at, (row) => column[row]!)
      : at.map((row) => column[row] ?? null),
  )
  const attachments = new Map<number, (Attachment | undefined)[]>()
  for (const [f, feature] of features.entries()) {
    const texts = chosen[f] as (string | null)[]
    if (feature.kind === 'image')
      attachments.set(f, await Promise.all(texts.map((path) => readImage(dir, path))))
    if (feature.kind === 'series')
      attachments.set(
        f,
        texts.map((text) => series(feature, text)),
      )
  }
  const windows = new Map<string, Float64Array>()
  for (const tensor of tensors)
    if (tensor.kind === 'window' && before)
      windows.set(tensor.name, windowsOf(tensor, features, values, at, before))
  return { values: chosen, attachments, windows }
}

async function readImage(dir: string, path: string | null): Promise<Attachment | undefined> {
  if (path === null) return undefined
  const bytes = await readImageFile(dir, path)
  const media = mediaOf(bytes)
  if (!media)
    throw new EdgewrightError('reference-refused', `the reference's image "${path}" is no PNG or JPEG`, {
      hint: 'Convert it, or remove its row.',
    })
  return { sha256: createHash('sha256').update(bytes).digest('hex'), media, bytes }
}

function series({ name, length }: Feature, text: string | null): Attachment | undefined {
  if (text === null) return undefined
  const numbers = parseSeries(text)
  if (numbers?.length !== length)
    throw new EdgewrightError(
      'reference-refused',
      `a cell of "${name}" holds ${numbers?.length ?? 'no'} numbers, and the model takes ${length}`,
    )
  const bytes = bytesOf(numbers!)
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    media: 'application/octet-stream',
    bytes,
  }
}

function windowsOf(
  tensor: Extract<InputTensor, { kind: 'window' }>,
  features: readonly Feature[],
  values: readonly FeatureColumn[],
  at: readonly number[],
  before: Int32Array,
): Float64Array {
  const { steps, layout } = tensor
  const width = tensor.features.length
  const columns = tensor.features.map((name) => features.findIndex((f) => f.name === name))
  const out = new Float64Array(at.length * steps * width)
  at.forEach((row, k) => {
    let source = row
    for (let t = steps - 1; t >= 0 && source >= 0; t--) {
      columns.forEach((index, f) => {
        const x = values[index]![source] as number
        const place = k * steps * width + (layout === 'time-feature' ? t * width + f : f * steps + t)
        out[place] = Number.isNaN(x) ? fillOf(features[index]!) : x
      })
      source = before[source]!
    }
  })
  return out
}
