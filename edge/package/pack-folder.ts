import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Baseline, Golden } from '#core/contracts/package.ts'
import { makeBaseline, measured } from '#core/package/baseline.ts'
import { countToWrite } from '#core/package/draft-manifest.ts'
import { writeDurably } from '../journal/durable-file.ts'
import { modelNames, readManifest } from './contents.ts'
import { type Examples, readExamples } from './examples.ts'
import { goldenRows, verifyGolden } from './golden.ts'
import { inspectModel } from './inspect-model.ts'
import type { CheckedOnnx } from './model-file.ts'
import { checkScope } from './tensors.ts'
import { tryModel } from './try-model.ts'
import { type OpenLane, withLane } from './with-lane.ts'
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
  /** Outputs that were rewritten from maps to tables. */
  rewritten: CheckedOnnx['rewritten']
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
  openLane: OpenLane,
  signal?: AbortSignal,
): Promise<Packed> {
  const aside = await mkdtemp(join(tmpdir(), 'edgewright-'))
  try {
    return await packInto(dir, fileFor, openLane, signal, aside)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function packInto(
  dir: string,
  fileFor: (manifest: Manifest) => string,
  openLane: OpenLane,
  signal: AbortSignal | undefined,
  aside: string,
): Promise<Packed> {
  const manifest = await readManifest(dir, 'manifest-refused')
  const card = await readCard(dir)
  const model = await inspectModel(await modelIn(dir), {
    refuseLink: true,
    rewriteTo: join(aside, 'model.onnx'),
    signal,
  })
  if (model.onnx) checkScope(model.onnx)
  const examples = await readExamples(dir, manifest, signal)
  const { memoryMb } = manifest.operation
  const limits = memoryMb === undefined ? {} : { memoryMb }
  const { golden, usual, loadMs, rowMs } = await withLane(openLane, model.file, limits, signal, (lane) =>
    tryModel(lane, manifest, examples),
  )
  const again = await withLane(openLane, model.file, limits, signal, (lane) =>
    verifyGolden(lane, golden, manifest),
  )
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
  const written = await writePackage(
    file,
    [
      { name: 'model.json', bytes: await readFile(join(dir, 'model.json')) },
      { name: `model.${model.format}`, path: model.file.path },
      { name: 'card.md', bytes: Buffer.from(card) },
      ...made,
      ...model.external.map((name) => ({ name, path: join(dir, name) })),
    ],
    signal,
  )
  for (const part of made) if ('bytes' in part) await writeDurably(join(dir, part.name), part.bytes)
  return {
    manifest,
    file,
    ...written,
    baseline,
    baselineReused: examples.from.kind === 'former',
    rewritten: model.format === 'onnx' ? model.rewritten : [],
    skippedRows: examples.from.kind === 'reference' ? examples.from.skipped : 0,
    golden: {
      rows: goldenRows(golden),
      nullRow: golden.nullRow,
      largestDifference: again.largestDifference,
      madeWith: golden.madeWith,
    },
    loadMs,
    rowMs,
    toWrite: countToWrite(manifest, card),
  }
}

/** The model's file: `model.onnx`, or `model.ort` in onnxruntime's own format. */
async function modelIn(dir: string): Promise<string> {
  const there = await Promise.all(
    modelNames.map((name) =>
      access(join(dir, name)).then(
        () => [join(dir, name)],
        () => [],
      ),
    ),
  )
  const [path, second] = there.flat()
  if (second !== undefined)
    throw new EdgewrightError(
      'model-refused',
      `there are two models in ${dir}: ${modelNames.join(' and ')}`,
      {
        hint: 'Remove one of them.',
      },
    )
  if (path === undefined)
    throw new EdgewrightError('model-refused', `"model.onnx" is missing in ${dir}`, {
      hint: 'Put the model there.',
    })
  return path
}

function baselineOf(
  { inputs }: Manifest,
  { at, from }: Examples,
  usual: number[],
): { baseline: Baseline; bytes: Buffer } {
  if (from.kind === 'former') return { baseline: from.baseline, bytes: from.bytes }
  const known = measured(inputs.features)
  const values = known.map((feature) => from.values[inputs.features.indexOf(feature)] as Float64Array)
  const rows = { usual: usual.map((place) => at[place]!), sample: at }
  const { baseline, prototypes } = makeBaseline(known, values, from.reference, rows)
  for (const { kind, name } of inputs.features)
    if (kind === 'image' || kind === 'series' || kind === 'text')
      baseline.absent[`${kind}: ${name}`] =
        `of a feature that is ${kind === 'text' ? 'free text' : `${kind === 'image' ? 'an' : 'a'} ${kind}`}, no distribution is kept yet`
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
