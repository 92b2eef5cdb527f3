import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { dtypeSchema } from '#core/contracts/input-tensor.ts'
import { type Manifest, modelIdSchema } from '#core/contracts/manifest.ts'
import type { ReferenceInfo } from '#core/contracts/package.ts'
import { namedLikeTime } from '#core/package/columns.ts'
import { draftCard, draftManifest, slug } from '#core/package/draft-manifest.ts'
import { classNameKeys, featureNameKeys, namesInMetadata } from '#core/package/metadata-names.ts'
import { type Plan, planInputs } from '#core/package/plan-inputs.ts'
import type { PlanOptions } from '#core/package/plan-types.ts'
import type { InferenceLane } from '../inference/lane.ts'
import { LaneDeadlineError } from '../inference/open-lane.ts'
import { inspectModel } from './inspect-model.ts'
import { type CandidateOutput, type Look, lookAtModel } from './look-at-model.ts'
import type { CheckedModel, CheckedOnnx } from './model-file.ts'
import type { DeclaredTensor } from './onnx-model.ts'
import { type FoundReference, findReference } from './read-reference.ts'
import { checkScope } from './tensors.ts'
import { type OpenLane, withLane } from './with-lane.ts'

export interface DraftOrder extends PlanOptions {
  model: string
  /** A CSV file, or a folder of images. */
  reference: string
  /** The folder to make, given the draft's id. */
  dir: (id: string) => string
  owner: string
  id?: string
  /** The column that names the machine, for windows of time. */
  group?: string
  signal?: AbortSignal
}

export interface Draft {
  dir: string
  manifest: Manifest
  rows: number
  plan: Plan
  /** Outputs of the graph that are not used. */
  unusedOutputs: { name: string; why: string }[]
  /** Outputs that were rewritten from maps to tables. */
  rewritten: CheckedOnnx['rewritten']
  look: Look
  /** A column that looks like the rows' time and was not said to be, where windows need their order. */
  timeLike?: string
  /** Which rows are of one machine, where windows need to know. */
  group?: string
  /** Set where a time column was given and its rows are no single series. */
  noTimeOrder?: string
}

/**
 * Drafts a package folder from a model and a table of examples. Everything is looked at before anything is written.
 * @throws EdgewrightError model-, reference-, manifest-refused, file-unreadable or cancelled, in words
 */
export async function draftFolder(order: DraftOrder, openLane: OpenLane): Promise<Draft> {
  const aside = await mkdtemp(join(tmpdir(), 'edgewright-'))
  try {
    const model = await inspectModel(order.model, {
      rewriteTo: join(aside, 'model.onnx'),
      signal: order.signal,
    })
    return await withLane(openLane, model.file, {}, order.signal, async (lane) => {
      const scope = checkScope(model.onnx ?? (await lane.ready))
      const id = idOf(order)
      const dir = order.dir(id)
      await refuseFull(dir)
      const found = await findReference(order.reference, order.time, order.signal)
      const { plan, look, group } = await lookWith(lane, model, found, order, scope.usable.map(sized))
      if (look.outputs.length === 0)
        throw new EdgewrightError(
          'model-refused',
          `the model gives nothing that a decision can be made of: ${look.leftOut.map(({ name, why }) => `"${name}": ${why}`).join(', ')}`,
          { hint: 'Export the model with an output [rows, columns] of probabilities, values or labels.' },
        )
      const fixedBatch = look.alone ? 1 : plan.fixedBatch
      const manifest = draftManifest({
        id,
        owner: order.owner,
        features: look.features,
        tensors: plan.tensors,
        outputs: look.outputs,
        trainedOn: `To be written: the training data and its version. Reference: ${found.name}, ${found.reference.rows} rows, sha256 ${found.reference.sha256.slice(0, 12)}…`,
        operation: {
          deadlineMs: look.deadlineMs,
          maxBatch: maxBatchFor(plan),
          ...(fixedBatch !== undefined && { fixedBatch }),
          ...(plan.noBatchAxis && { noBatchAxis: true }),
        },
      })
      const windows = plan.tensors.some(({ kind }) => kind === 'window')
      const timeLike =
        windows && order.time === undefined
          ? found.reference.columns.find(({ name }) => namedLikeTime(name))?.name
          : undefined
      order.signal?.throwIfAborted()
      await writeDraft(dir, order, model, found, manifest, group)
      return {
        dir,
        manifest,
        rows: found.reference.rows,
        plan,
        unusedOutputs: [...scope.leftOut, ...look.leftOut],
        rewritten: model.format === 'onnx' ? model.rewritten : [],
        look,
        ...(group !== undefined && { group }),
        ...(timeLike !== undefined && { timeLike }),
        ...(order.time !== undefined &&
          found.reference.timeColumn === undefined &&
          group === undefined && { noTimeOrder: found.reference.noTimeOrder }),
      }
    })
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** Where the model does not say how many columns it takes, the guesses are tried until it runs with one. */
async function lookWith(
  lane: InferenceLane,
  model: CheckedModel,
  found: FoundReference,
  order: DraftOrder,
  outputs: readonly CandidateOutput[],
): Promise<{ plan: Plan; look: Look; group: string | undefined }> {
  const declared = model.onnx ?? (await lane.ready)
  let first: unknown
  for (let guess = 0; ; guess++) {
    try {
      const plan = planFor(model, declared, found, order, guess)
      const group = plan.tensors.some(({ kind }) => kind === 'window') ? groupOf(found, order) : undefined
      const around = { dir: found.dir, group }
      return {
        plan,
        group,
        look: await lookAtModel(lane, plan, found.reference, outputs, classNamesOf(model), around),
      }
    } catch (error) {
      first ??= error
      const refusal = error instanceof EdgewrightError && error.code === 'inference-failed'
      // One that ran out of time would again.
      const guessed = isWidthOpen(declared) && refusal && !(error instanceof LaneDeadlineError)
      if (!guessed || guess >= lastGuess) throw cannotRun(first)
    }
  }
}

const lastGuess = 2
const isWidthOpen = ({ inputs }: Declared) =>
  inputs.length === 1 && (inputs[0]!.shape?.length ?? 2) <= 2 && typeof inputs[0]!.shape?.[1] !== 'number'

/** What a lane says of a reading is said here of the model. */
function cannotRun(error: unknown): unknown {
  return error instanceof EdgewrightError && error.code === 'inference-failed'
    ? new EdgewrightError('model-refused', `the model loads and cannot run: ${error.message}`, {
        cause: error,
      })
    : error
}

type Declared = { inputs: readonly DeclaredTensor[] }

function planFor(
  model: CheckedModel,
  { inputs }: Declared,
  { reference, imageSize: size }: FoundReference,
  order: DraftOrder,
  guess: number,
): Plan {
  const { label } = order
  if (label !== undefined && !reference.columns.some(({ name }) => name === label))
    throw new EdgewrightError('reference-refused', `the reference has no column "${label}" for the label`)
  const metadata = model.onnx && namesInMetadata(model.onnx.metadata, featureNameKeys)
  const group = groupColumn(reference, order)
  const plan = planInputs(
    inputs.map(({ name, dtype, shape }) => ({
      name,
      dtype: dtypeSchema.safeParse(dtype).data ?? 'float32',
      ...(shape && { shape }),
    })),
    reference.columns,
    {
      ...order,
      ...(metadata && { metadata }),
      ...(group !== undefined && { group }),
      ...(size && { imageSize: order.imageSize ?? size }),
      guess,
    },
  )
  if (plan.ok) return plan
  throw new EdgewrightError('reference-refused', plan.reason, {
    hint: plan.hint ?? "Name the columns that feed the model, in the model's order: --features a,b,c.",
  })
}

const groupNames = [
  'asset',
  'unit',
  'unit_number',
  'unit_nr',
  'machine',
  'machine_id',
  'device',
  'device_id',
  'engine',
  'engine_id',
  'id',
]

function groupColumn(
  { columns }: FoundReference['reference'],
  { group, features }: DraftOrder,
): string | undefined {
  if (group !== undefined) return group
  return columns.find(({ name }) => groupNames.includes(name.toLowerCase()) && !features?.includes(name))
    ?.name
}

function groupOf({ reference }: FoundReference, order: DraftOrder): string | undefined {
  const group = groupColumn(reference, order)
  if (group !== undefined && !reference.columns.some(({ name }) => name === group))
    throw new EdgewrightError('reference-refused', `the reference has no column "${group}" for the machine`)
  return group
}

const sized = ({ name, dtype, shape }: DeclaredTensor): CandidateOutput => {
  const row = shape?.slice(1)
  const width = row?.every((dim) => typeof dim === 'number')
    ? row.reduce<number>((size, dim) => size * Number(dim), 1)
    : undefined
  return { name, ...(dtype !== undefined && { dtype }), ...(width !== undefined && { width }) }
}

function classNamesOf(model: CheckedModel): string[] | undefined {
  if (model.format === 'ort') return undefined
  return (
    model.rewritten[0]?.classes ?? model.classLabels ?? namesInMetadata(model.onnx.metadata, classNameKeys)
  )
}

/** A batch of large images takes memory in every process that it passes. */
const maxBatchValues = 4 * 2 ** 20

function maxBatchFor({ tensors }: Plan): number {
  const widest = Math.max(1, ...tensors.map((t) => (t.kind === 'image' ? 3 * t.width * t.height : 1)))
  return Math.max(1, Math.min(512, Math.floor(maxBatchValues / widest)))
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
  found: FoundReference,
  manifest: Manifest,
  group: string | undefined,
): Promise<void> {
  const made = await mkdir(dir, { recursive: true })
  const info: ReferenceInfo = {
    source: found.name,
    ...(order.time !== undefined && { timeColumn: order.time }),
    ...(order.label !== undefined && { labelColumn: order.label }),
    ...(group !== undefined && { groupColumn: group }),
  }
  try {
    await copy(model.file.path, join(dir, `model.${model.format}`), order.signal)
    const { source, name, dir: beside } = found
    const images = manifest.inputs.tensors.flatMap((t) => (t.kind === 'image' ? [t.feature] : []))
    const others = [
      ...model.external.map((location) => [join(dirname(order.model), location), location]),
      ...found.imagesIn(images).map((path) => [join(beside, path), path]),
    ]
    for (const [from, to] of others) {
      await mkdir(join(dir, dirname(to!)), { recursive: true })
      await copy(from!, join(dir, to!), order.signal)
    }
    if (typeof source === 'string') await copy(source, join(dir, 'reference.csv'), order.signal)
    else await writeFile(join(dir, 'reference.csv'), source)
    await writeFile(join(dir, 'reference.json'), `${JSON.stringify(info, null, 2)}\n`)
    await writeFile(join(dir, 'card.md'), draftCard(manifest, { name, rows: found.reference.rows }))
    await writeFile(join(dir, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    order.signal?.throwIfAborted()
  } catch (error) {
    // A folder that was there was empty.
    const begun = made === undefined ? (await readdir(dir)).map((name) => join(dir, name)) : [made]
    for (const path of begun) await rm(path, { recursive: true, force: true })
    order.signal?.throwIfAborted()
    if (error instanceof EdgewrightError) throw error
    throw new EdgewrightError('file-unreadable', `the draft cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Unlike copyFile, it ends at once where it is cancelled, however large the file. */
async function copy(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  await using source = await open(from, 'r')
  await using target = await open(to, 'wx')
  const piece = Buffer.allocUnsafe(1 << 20)
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(piece, 0, piece.length)
    if (bytesRead === 0) return
    await target.writeFile(piece.subarray(0, bytesRead))
  }
}
