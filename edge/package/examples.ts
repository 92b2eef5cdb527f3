import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import {
  type Baseline,
  type Golden,
  type ReferenceInfo,
  referenceInfoSchema,
} from '#core/contracts/package.ts'
import { measured, type Reference } from '#core/package/baseline.ts'
import type { RowSource } from '../inference/to-tensors.ts'
import type { FeatureColumn } from '../journal/journal.ts'
import { readBaseline, readGolden, readJson } from './contents.ts'
import { readReference } from './read-reference.ts'
import { columnsOf, previousRows, sourceOf, usableRows } from './source-of.ts'

/** More rows than these say little more about a model's answers; images cost more to read. */
const sampleSize = 2000
const imageSampleSize = 64

/** Rows to try a model on. */
export interface Examples {
  /** Its row k is the k-th of `at`. */
  source: RowSource
  rows: number
  /** Which rows of the reference (or of the former baseline's prototypes) these are, evenly spread. */
  at: number[]
  from:
    | { kind: 'reference'; reference: Reference; values: FeatureColumn[]; skipped: number }
    | { kind: 'former'; baseline: Baseline; bytes: Buffer; golden: Golden }
}

/**
 * The examples of a draft folder: reference.csv, or else what a former packing left: its baseline, and its golden rows,
 * which are taken again.
 * @throws EdgewrightError reference-refused, package-refused or manifest-refused, in words
 */
export async function readExamples(dir: string, manifest: Manifest, signal?: AbortSignal): Promise<Examples> {
  const path = join(dir, 'reference.csv')
  if (await isThere(path)) {
    const info = await readInfo(dir)
    const reference = await readReference(path, info?.timeColumn, signal)
    return fromReference(manifest, reference, dir, info?.groupColumn)
  }
  if (!(await isThere(join(dir, 'baseline.json'))) || !(await isThere(join(dir, 'golden.json'))))
    throw new EdgewrightError(
      'reference-refused',
      `"reference.csv" is missing in ${dir}, and there is no baseline.json and golden.json of a former packing either`,
      { hint: 'Put a CSV file there with a column for each feature and a row per example.' },
    )
  const { baseline, prototypes } = await readBaseline(dir, manifest)
  const known = measured(manifest.inputs.features)
  const rows = known.length > 0 ? prototypes.length / known.length : 0
  const values = manifest.inputs.features.map((feature) => {
    const f = known.indexOf(feature)
    return Float64Array.from({ length: rows }, (_, row) =>
      f < 0 ? Number.NaN : prototypes[row * known.length + f]!,
    )
  })
  // Only a table of numbers can be tried on its prototypes; everything else on its golden rows alone.
  const at = manifest.inputs.tensors.every(({ kind }) => kind === 'columns' || kind === 'constant')
    ? usableRows(manifest.inputs, values, rows, undefined)
    : []
  return {
    source: await sourceOf(manifest.inputs, values, at, undefined, { dir }),
    rows: at.length,
    at,
    from: {
      kind: 'former',
      baseline,
      bytes: await readFile(join(dir, 'baseline.bin')),
      golden: await readGolden(dir, manifest),
    },
  }
}

async function fromReference(
  { inputs }: Manifest,
  reference: Reference,
  dir: string,
  group: string | undefined,
): Promise<Examples> {
  const { values, wrong } = columnsOf(inputs, reference)
  if (group !== undefined && !reference.columns.some(({ name }) => name === group))
    wrong.push(`it has no column "${group}", which reference.json names as the machine's`)
  if (wrong.length > 0)
    throw new EdgewrightError(
      'reference-refused',
      `"reference.csv" does not fit model.json: ${wrong.join('; ')}`,
      { hint: 'Columns must be named as the features are.' },
    )
  const windows = inputs.tensors.some(({ kind }) => kind === 'window')
  const before = windows ? previousRows(reference, group) : undefined
  const usable = usableRows(inputs, values, reference.rows, before)
  if (usable.length === 0)
    throw new EdgewrightError(
      'reference-refused',
      windows
        ? '"reference.csv" is refused: no machine in it has enough rows in a row for one window'
        : '"reference.csv" is refused: each of its rows lacks a feature that may not be null',
    )
  const at = evenly(
    usable,
    inputs.tensors.some(({ kind }) => kind === 'image') ? imageSampleSize : sampleSize,
  )
  return {
    source: await sourceOf(inputs, values, at, before, { dir }),
    rows: at.length,
    at,
    from: { kind: 'reference', reference, values, skipped: reference.rows - usable.length },
  }
}

/** At most `count` of the items, evenly spaced. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, k) => items[Math.floor((k * items.length) / count)]!)
}

async function readInfo(dir: string): Promise<ReferenceInfo | undefined> {
  return (await isThere(join(dir, 'reference.json')))
    ? readJson(dir, 'reference.json', referenceInfoSchema, 'manifest-refused')
    : undefined
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
