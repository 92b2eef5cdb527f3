import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Baseline, Golden } from '#core/contracts/package.ts'
import { makeBaseline } from '#core/package/baseline.ts'
import { countToWrite } from '#core/package/draft-manifest.ts'
import type { InferenceLane, ModelFile } from '../inference/lane.ts'
import { writeDurably } from '../journal/durable-file.ts'
import { readManifest } from './contents.ts'
import { type Examples, readExamples } from './examples.ts'
import { verifyGolden } from './golden.ts'
import { type CheckedModel, checkModelFile } from './model-file.ts'
import { checkScope } from './tensors.ts'
import { tryModel } from './try-model.ts'
import { type PackageFile, writePackage } from './write-package.ts'

export interface Packed {
  manifest: Manifest
  file: string
  digest: string
  bytes: number
  baseline: Baseline
  /** Whether the baseline is a former one, since there was no reference.csv. */
  baselineReused: boolean
  /** Rows of the reference that were not tried, since they lack a feature that may not be null. */
  skippedRows: number
  golden: {
    rows: number
    nullRow: Golden['nullRow']
    largestDifference: number
    madeWith: Golden['madeWith']
  }
  loadMs: number
  rowMs: number
  /** Texts that still wait for a person. */
  toWrite: number
}

/**
 * Checks a draft folder and packs it. The package is written last: where anything is refused, nothing is left behind.
 * The baseline and the golden vectors are kept in the folder too, so that it can be packed again without the reference.
 * @throws EdgewrightError manifest-, model-, reference- or package-refused, in words
 */
export async function packFolder(
  dir: string,
  fileFor: (manifest: Manifest) => string,
  openLane: (file: ModelFile) => InferenceLane,
): Promise<Packed> {
  const manifest = await readManifest(dir, 'manifest-refused')
  const card = await readCard(dir)
  const model = await checkModelFile(join(dir, 'model.onnx'), { refuseLink: true })
  checkScope(model.onnx)
  const examples = await readExamples(dir, manifest)
  const { golden, usual, loadMs, rowMs } = await withLane(openLane, model, (lane) =>
    tryModel(lane, manifest, examples),
  )
  const again = await withLane(openLane, model, (lane) => verifyGolden(lane, golden, manifest))
  if (!again.ok)
    throw new EdgewrightError(
      'model-refused',
      `a second load of the model answers differently: ${again.reason}`,
    )
  const { baseline, bytes } = baselineOf(manifest, examples, usual)

  const made: PackageFile[] = [
    { name: 'baseline.json', bytes: json(baseline) },
    { name: 'baseline.bin', bytes },
    { name: 'golden.json', bytes: json(golden) },
  ]
  const file = fileFor(manifest)
  const written = await writePackage(file, [
    { name: 'model.json', bytes: await readFile(join(dir, 'model.json')) },
    { name: 'model.onnx', path: join(dir, 'model.onnx') },
    { name: 'card.md', bytes: Buffer.from(card) },
    ...made,
    ...model.external.map((name) => ({ name, path: join(dir, name) })),
  ])
  for (const part of made) if ('bytes' in part) await writeDurably(join(dir, part.name), part.bytes)
  return {
    manifest,
    file,
    ...written,
    baseline,
    baselineReused: examples.from.kind === 'baseline',
    skippedRows: examples.from.kind === 'reference' ? examples.from.skipped : 0,
    golden: {
      rows: Object.values(golden.outputs)[0]!.length,
      nullRow: golden.nullRow,
      largestDifference: again.largestDifference,
      madeWith: golden.madeWith,
    },
    loadMs,
    rowMs,
    toWrite: countToWrite(manifest, card),
  }
}

async function withLane<T>(
  openLane: (file: ModelFile) => InferenceLane,
  { file }: CheckedModel,
  work: (lane: InferenceLane) => Promise<T>,
): Promise<T> {
  const lane = openLane(file)
  try {
    return await work(lane)
  } finally {
    await lane.close()
  }
}

function baselineOf(
  { inputs }: Manifest,
  { values, sample, from }: Examples,
  usual: number[],
): { baseline: Baseline; bytes: Buffer } {
  if (from.kind === 'baseline') return { baseline: from.baseline, bytes: from.bytes }
  const { baseline, prototypes } = makeBaseline(inputs.features, values, from.reference, { usual, sample })
  const bytes = Buffer.alloc(8 * prototypes.length)
  prototypes.forEach((x, k) => {
    bytes.writeDoubleLE(x, 8 * k)
  })
  return { baseline, bytes }
}

async function readCard(dir: string): Promise<string> {
  const card = await readFile(join(dir, 'card.md'), 'utf8').catch((error: unknown) => {
    throw new EdgewrightError('manifest-refused', `"card.md" is missing in ${dir}`, {
      hint: 'Write the model card: what the model is for, on what data it was trained, how good it is, where it fails.',
      cause: error,
    })
  })
  if (card.trim() === '')
    throw new EdgewrightError('manifest-refused', '"card.md" is empty', { hint: 'Write the model card.' })
  return card
}

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 1)}\n`)
