import type { Alert } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { InferenceRecord } from '../journal/journal.ts'

/** A feature's number in one row; NaN where it is missing or no number. */
export function numberAt({ values }: InferenceRecord, index: number, row: number): number {
  const column = values[index]!
  return column instanceof Float64Array ? column[row]! : Number.NaN
}

/** The images that came with one row. */
export function imagesAt(
  { inputs }: Manifest,
  { values }: InferenceRecord,
  row: number,
): NonNullable<Alert['images']> {
  return inputs.features.flatMap(({ name, title, kind }, index) => {
    const reference = kind === 'image' ? values[index]![row] : undefined
    return typeof reference === 'string'
      ? [{ feature: name, title, sha256: reference.slice('sha256:'.length) }]
      : []
  })
}
