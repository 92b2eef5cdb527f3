import { userInfo } from 'node:os'
import { join, relative } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { toWrite } from '#core/package/draft-manifest.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { type Draft, draftFolder } from '#edge/package/draft-folder.ts'
import { untilInterrupted } from './interrupt.ts'
import { type Io, userPath } from './io.ts'

export interface NewOptions {
  reference: string
  output?: string
  /** Separated by commas. */
  features?: string
  label?: string
  time?: string
  group?: string
  window?: number
  /** 224x224 */
  imageSize?: string
  /** NAME=VALUE each. */
  constant?: string[]
  id?: string
}

/** Drafts a package folder from a model and reference data; a person then edits it. */
export async function newPackage(io: Io, model: string, options: NewOptions): Promise<Draft> {
  const draft = await untilInterrupted((signal) =>
    draftFolder(
      {
        signal,
        model: userPath(io, model),
        reference: userPath(io, options.reference),
        dir: (id) => userPath(io, options.output ?? id),
        owner: owner(),
        ...(options.features !== undefined && {
          features: options.features.split(',').map((name) => name.trim()),
        }),
        ...(options.label !== undefined && { label: options.label }),
        ...(options.time !== undefined && { time: options.time }),
        ...(options.group !== undefined && { group: options.group }),
        ...(options.window !== undefined && { window: options.window }),
        ...(options.imageSize !== undefined && { imageSize: sizeOf(options.imageSize) }),
        ...(options.constant && { constants: constantsOf(options.constant) }),
        ...(options.id !== undefined && { id: options.id }),
      },
      openLane,
    ),
  )
  if (!io.json)
    for (const line of lines(draft, relative(userPath(io, '.'), draft.dir) || '.', options.time))
      io.print(line)
  return draft
}

function sizeOf(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? []
  if (!width || !height)
    throw new EdgewrightError('request-invalid', `"${text}" is no size of an image`, {
      hint: 'Write it as 224x224.',
    })
  return { width: Number(width), height: Number(height) }
}

function constantsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1)
        throw new EdgewrightError('request-invalid', `"${pair}" gives no input a value`, {
          hint: 'Write it as sr=16000.',
        })
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function owner(): string {
  const { username } = userInfo()
  return username === '' || username === 'root' ? `${toWrite} who answers for this model` : username
}

function lines(
  { manifest, rows, plan, group, timeLike, unusedOutputs, rewritten, look, noTimeOrder }: Draft,
  dir: string,
  time: string | undefined,
): string[] {
  const { outputs } = manifest
  const { features } = manifest.inputs
  const nullable = features.filter((f) => f.nullable)
  const alerts = manifest.decision.alerts.length
  const windows = plan.tensors.some(({ kind }) => kind === 'window')
  const order = time === undefined ? 'in the order of the file' : `in the order of "${time}"`
  const unwatched = outputs[0]!.kind === 'multiclass' ? outputs[0]!.classes[0] : undefined
  return [
    `Drafted ${join(dir, '/')} for model "${manifest.id}" from ${rows} rows of reference.`,
    '',
    'Please check:',
    ...plan.how.map(({ tensor, how, features: names }) =>
      names.length === 0
        ? `  input "${tensor}" is ${how}`
        : `  input "${tensor}" takes, ${how}: ${listed(names)}`,
    ),
    ...plan.check.map((text) => `  ${text}`),
    ...(windows
      ? [
          group === undefined
            ? `  all rows count as one machine, ${order}; name its column with --group otherwise`
            : `  rows with the same "${group}" are one machine, ${order}`,
        ]
      : []),
    ...(timeLike === undefined
      ? []
      : [`  "${timeLike}" orders nothing; if it is the rows' time, say so: --time ${timeLike}`]),
    ...plan.leftOut.map(({ name, why }) => `  left out: "${name}" (${why})`),
    ...manifest.outputs.map(({ name, kind }, k) => `  output "${name}" is ${kind}: ${look.seen[k]}`),
    ...rewritten.map(
      ({ output, classes }) =>
        `  output "${output}" gave a map per row, which no runtime here can read: rewritten to a table of ${listed(classes)}`,
    ),
    ...unusedOutputs.map(({ name, why }) => `  not used: output "${name}" (${why})`),
    ...nullable.map(({ name, fill }) =>
      fill === 'nan'
        ? `  "${name}" may be null: the model gets NaN, to which it answers a number; was it trained on missing values?`
        : fill === undefined
          ? `  "${name}" may be null: write in "fill" what the model gets then; pack refuses until it is there`
          : `  "${name}" may be null: the model gets ${fill}, the reference's median`,
    ),
    ...(look.alone
      ? [`  ${look.alone}: it is asked row by row (operation.fixedBatch)`]
      : manifest.operation.fixedBatch === undefined
        ? []
        : [`  the graph takes exactly ${manifest.operation.fixedBatch} rows at a time; fewer are filled up`]),
    alerts === 0
      ? '  no alert rule: a limit for a value cannot be invented; write one'
      : `  ${alerts === 1 ? 'one alert rule' : `${alerts} alert rules`} at a probability of 0.5${unwatched === undefined ? '' : `; none for "${unwatched}", which is taken for the normal one`}`,
    ...(noTimeOrder === undefined ? [] : [`  rows count as unordered: ${noTimeOrder}`]),
    '',
    'To be written before it is used:',
    ...look.codesUnknown.map(
      (name) =>
        `  the number that training used for each word of "${name}" (codes): pack refuses until it is there`,
    ),
    `  every text of model.json and card.md that starts with "${toWrite}"`,
    '  physical limits of the sensors (physical), where a value outside means a broken sensor: none were invented',
    '',
    `Then: edgewright pack ${dir}`,
  ]
}

const shown = 20

function listed(names: readonly string[]): string {
  return names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
}
