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
import { featureValues, type Reference } from '#core/package/baseline.ts'
import { type Column, kindOf, someWords } from '#core/package/columns.ts'
import { readBaseline, readGolden, readJson } from './contents.ts'
import { readReference } from './read-reference.ts'

/** More rows than these say little more about a model's answers. */
const sampleSize = 2000

/** Rows to try a model on. `values`: [feature][row] in manifest order, NaN for a null. */
export interface Examples {
  values: Float64Array[]
  /** Rows that the model may be given, evenly spread over the reference. */
  sample: number[]
  from:
    | { kind: 'reference'; reference: Reference; skipped: number }
    | { kind: 'baseline'; baseline: Baseline; bytes: Buffer; golden?: Golden }
}

/**
 * The examples of a draft folder: reference.csv, or else the baseline of a former packing, whose prototypes stand for
 * it, and whose golden rows are taken again.
 * @throws EdgewrightError reference-refused, package-refused or manifest-refused, in words
 */
export async function readExamples(dir: string, manifest: Manifest): Promise<Examples> {
  const path = join(dir, 'reference.csv')
  if (await isThere(path)) {
    const reference = await readReference(path, (await readInfo(dir))?.timeColumn)
    return fromReference(manifest, reference)
  }
  if (!(await isThere(join(dir, 'baseline.json'))))
    throw new EdgewrightError(
      'reference-refused',
      `"reference.csv" is missing in ${dir}, and there is no baseline.json of a former packing either`,
      {
        hint: 'Put a CSV file there with a column for each feature and a row per example.',
      },
    )
  const { baseline, prototypes } = await readBaseline(dir, manifest)
  const width = manifest.inputs.features.length
  const rows = prototypes.length / width
  if (rows === 0)
    throw new EdgewrightError(
      'package-refused',
      '"baseline.json" is refused: it has no prototypes, and without reference.csv there is nothing to try the model on',
    )
  const values = Array.from({ length: width }, (_, f) =>
    Float64Array.from({ length: rows }, (_, row) => prototypes[row * width + f]!),
  )
  return {
    values,
    sample: usableRows(manifest, values, rows),
    from: {
      kind: 'baseline',
      baseline,
      bytes: await readFile(join(dir, 'baseline.bin')),
      ...((await isThere(join(dir, 'golden.json'))) && { golden: await readGolden(dir, manifest) }),
    },
  }
}

function fromReference(manifest: Manifest, reference: Reference): Examples {
  const wrong: string[] = []
  const values = manifest.inputs.features.map((feature) => {
    const column = reference.columns.find(({ name }) => name === feature.name)
    if (!column) {
      wrong.push(`it has no column "${feature.name}"`)
      return new Float64Array(0)
    }
    const numbers = featureValues(feature, column)
    const why = whyUnfit(feature, column, numbers)
    if (why) wrong.push(why)
    return numbers
  })
  if (wrong.length > 0)
    throw new EdgewrightError(
      'reference-refused',
      `"reference.csv" does not fit model.json: ${wrong.join('; ')}`,
      { hint: 'Columns must be named as the features are.' },
    )
  const usable = usableRows(manifest, values, reference.rows)
  if (usable.length === 0)
    throw new EdgewrightError(
      'reference-refused',
      '"reference.csv" is refused: each of its rows lacks a feature that may not be null',
    )
  const sample = evenly(usable, sampleSize)
  return { values, sample, from: { kind: 'reference', reference, skipped: reference.rows - usable.length } }
}

function whyUnfit(
  feature: Manifest['inputs']['features'][number],
  column: Column,
  numbers: Float64Array,
): string | undefined {
  if (feature.kind === 'number') {
    if (column.words.length > 0)
      return `"${feature.name}" is a number, and its column holds words (${someWords(column)})`
  } else {
    const missing =
      kindOf(column) === 'number'
        ? []
        : column.words.filter((word) => !Object.hasOwn(feature.codes ?? {}, word))
    if (missing.length > 0)
      return `"${feature.name}" holds ${missing
        .slice(0, 5)
        .map((word) => `"${word}"`)
        .join(', ')}, and "codes" has no number for that`
  }
  return numbers.every(Number.isNaN) ? `"${feature.name}" has no value in any row` : undefined
}

function usableRows({ inputs }: Manifest, values: readonly Float64Array[], rows: number): number[] {
  const needed = inputs.features.flatMap(({ nullable }, f) => (nullable ? [] : [values[f]!]))
  const usable: number[] = []
  for (let row = 0; row < rows; row++)
    if (needed.every((column) => !Number.isNaN(column[row]))) usable.push(row)
  return usable
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
