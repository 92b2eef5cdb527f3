import { relative } from 'node:path'
import { openLane } from '#edge/inference/open-lane.ts'
import { type Packed, packFolder } from '#edge/package/pack-folder.ts'
import { untilInterrupted } from './interrupt.ts'
import { type Io, userPath } from './io.ts'

/** Checks a draft folder, makes its baseline and golden vectors, smoke-runs the model and writes the package. */
export async function pack(io: Io, dir: string, options: { output?: string }): Promise<Packed> {
  const packed = await untilInterrupted((signal) =>
    packFolder(
      userPath(io, dir),
      ({ id, version }) => userPath(io, options.output ?? `${id}-${version}.ewp`),
      openLane,
      signal,
    ),
  )
  if (!io.json) for (const line of lines(packed, relative(userPath(io, '.'), packed.file))) io.print(line)
  return packed
}

function lines(
  {
    manifest,
    digest,
    bytes,
    baseline,
    baselineReused,
    skippedRows,
    golden,
    rewritten,
    loadMs,
    rowMs,
    toWrite,
  }: Packed,
  file: string,
): string[] {
  const { deadlineMs } = manifest.operation
  return [
    `Packed ${manifest.id} ${manifest.version} into ${file} (${bytes} bytes, sha256 ${digest}).`,
    `  golden vectors: ${golden.rows} rows; each alone, all together and in a second load agree (largest difference ${golden.largestDifference})`,
    `  a row of nulls: ${onNulls[golden.nullRow]}`,
    ...rewritten.map(
      ({ output, classes }) =>
        `  output "${output}" gave a map per row: rewritten to a table of ${classes.join(', ')}`,
    ),
    `  baseline: ${baselineReused ? 'the former one, since there is no reference.csv; ' : ''}${baseline.reference.rows} rows, ${baseline.prototypes?.count ?? 0} prototypes`,
    ...(skippedRows > 0
      ? [
          `  ${skippedRows} rows of the reference lack a feature that may not be null, or stand before a full window; the model was not tried on them`,
        ]
      : []),
    `  loaded in ${loadMs.toFixed(0)} ms, one row in ${rowMs.toFixed(2)} ms on this machine`,
    ...(rowMs > deadlineMs
      ? [
          `  Warning: one row took ${rowMs.toFixed(0)} ms here, more than the deadline of ${deadlineMs} ms (operation.deadlineMs)`,
        ]
      : []),
    ...(toWrite > 0
      ? [`  Warning: ${toWrite} texts still say "To be written:"; operators will read them`]
      : []),
  ]
}

const onNulls: Record<Packed['golden']['nullRow'], string> = {
  finite: 'the model answers a number all the same; the runtime abstains on such a row itself',
  'not-finite': 'the model answers no number',
  refused: 'the model refuses it; the runtime never asks it',
  'not-tried': 'not tried, since its inputs know no missing value; the runtime never asks it',
}
