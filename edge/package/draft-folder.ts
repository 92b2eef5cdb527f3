import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Manifest, modelIdSchema } from '#core/contracts/manifest.ts'
import type { ReferenceInfo } from '#core/contracts/package.ts'
import { draftCard, draftFeature, draftManifest, slug } from '#core/package/draft-manifest.ts'
import { preferredOutput } from '#core/package/guess-output.ts'
import {
  classNameKeys,
  featureNameKeys,
  namesInMetadata,
  type Selection,
  selectColumns,
} from '#core/package/select-columns.ts'
import type { InferenceLane, ModelFile } from '../inference/lane.ts'
import { type Look, lookAtModel } from './look-at-model.ts'
import { type CheckedModel, checkModelFile } from './model-file.ts'
import { readReference } from './read-reference.ts'
import { checkScope, fixedBatchOf, inputWidths } from './tensors.ts'

export interface DraftOrder {
  model: string
  reference: string
  /** The folder to make, given the draft's id. */
  dir: (id: string) => string
  owner: string
  id?: string
  features?: string[]
  label?: string
  time?: string
}

export interface Draft {
  dir: string
  manifest: Manifest
  rows: number
  selection: Selection
  /** Outputs of the graph that are not used. */
  unusedOutputs: { name: string; why: string }[]
  look: Look
  /** Set where a time column was given and its rows are no single series. */
  noTimeOrder?: string
}

/**
 * Drafts a package folder from a model and a table of examples. Everything is looked at before anything is written.
 * @throws EdgewrightError model-, reference-, manifest-refused or file-unreadable, in words
 */
export async function draftFolder(
  order: DraftOrder,
  openLane: (file: ModelFile) => InferenceLane,
): Promise<Draft> {
  const model = await checkModelFile(order.model)
  const { usable, leftOut } = checkScope(model.onnx)
  const id = idOf(order)
  const dir = order.dir(id)
  await refuseFull(dir)
  const reference = await readReference(order.reference, order.time)
  if (order.label !== undefined && !reference.columns.some(({ name }) => name === order.label))
    throw new EdgewrightError(
      'reference-refused',
      `the reference has no column "${order.label}" for the label`,
    )
  const metadata = namesInMetadata(model.onnx.metadata, featureNameKeys)
  const selection = selectColumns(inputWidths(model.onnx), reference.columns, {
    ...(order.features && { features: order.features }),
    ...(metadata && { metadata }),
    ...(order.label !== undefined && { label: order.label }),
    ...(order.time !== undefined && { time: order.time }),
  })
  if (!selection.ok)
    throw new EdgewrightError('reference-refused', selection.reason, {
      hint: "Name the columns that feed the model, in the model's order: --features a,b,c.",
    })

  const names = selection.bound.flatMap(({ features }) => features)
  const features = names.map((name) =>
    draftFeature(reference.columns.find((column) => column.name === name)!),
  )
  const output = preferredOutput(usable.map(({ name }) => name))!
  const fixedBatch = fixedBatchOf(model.onnx)
  const classNames = namesInMetadata(model.onnx.metadata, classNameKeys)
  const lane = openLane(model.file)
  const look = await lookAtModel(
    lane,
    { features, bound: selection.bound, fixedBatch },
    reference,
    output,
    classNames,
  ).finally(() => lane.close())

  const manifest = draftManifest({
    id,
    owner: order.owner,
    features: look.features,
    bound: selection.bound,
    output: look.guess.output,
    trainedOn: `To be written: the training data and its version. Reference: ${basename(order.reference)}, ${reference.rows} rows, sha256 ${reference.sha256.slice(0, 12)}…`,
    deadlineMs: look.deadlineMs,
    ...(fixedBatch !== undefined && { fixedBatch }),
  })
  await writeDraft(dir, order, model, manifest, reference.rows)
  const others = usable
    .filter(({ name }) => name !== output)
    .map(({ name }) => ({ name, why: 'another output speaks more of a prediction' }))
  return {
    dir,
    manifest,
    rows: reference.rows,
    selection,
    unusedOutputs: [...leftOut, ...others],
    look,
    ...(order.time !== undefined &&
      reference.timeColumn === undefined && { noTimeOrder: reference.noTimeOrder }),
  }
}

function idOf({ id, model }: DraftOrder): string {
  const wanted = id ?? slug(basename(model, extname(model)))
  const parsed = modelIdSchema.safeParse(wanted)
  if (!parsed.success)
    throw new EdgewrightError(
      'manifest-refused',
      `"${wanted}" is no id for a model: ${parsed.error.issues[0]?.message}`,
      { hint: 'Give one with --id.' },
    )
  return parsed.data
}

async function refuseFull(dir: string): Promise<void> {
  const there = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new EdgewrightError('file-unreadable', `${dir} cannot be a draft's folder: ${error.message}`, {
      cause: error,
    })
  })
  if (there.length > 0)
    throw new EdgewrightError('file-unreadable', `${dir} is not empty`, {
      hint: 'Choose another folder with -o, or empty this one.',
    })
}

async function writeDraft(
  dir: string,
  order: DraftOrder,
  model: CheckedModel,
  manifest: Manifest,
  rows: number,
): Promise<void> {
  const made = await mkdir(dir, { recursive: true })
  const info: ReferenceInfo = {
    source: basename(order.reference),
    ...(order.time !== undefined && { timeColumn: order.time }),
    ...(order.label !== undefined && { labelColumn: order.label }),
  }
  try {
    await copyFile(order.model, join(dir, 'model.onnx'))
    for (const location of model.external) {
      await mkdir(join(dir, dirname(location)), { recursive: true })
      await copyFile(join(dirname(order.model), location), join(dir, location))
    }
    await copyFile(order.reference, join(dir, 'reference.csv'))
    await writeFile(join(dir, 'reference.json'), `${JSON.stringify(info, null, 2)}\n`)
    await writeFile(join(dir, 'card.md'), draftCard(manifest, { name: info.source, rows }))
    await writeFile(join(dir, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    throw new EdgewrightError('file-unreadable', `the draft cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
