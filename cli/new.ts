import { userInfo } from 'node:os'
import { join, relative } from 'node:path'
import { toWrite } from '#core/package/draft-manifest.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { type Draft, draftFolder } from '#edge/package/draft-folder.ts'
import { type Io, userPath } from './io.ts'

export interface NewOptions {
  reference: string
  output?: string
  /** Separated by commas. */
  features?: string
  label?: string
  time?: string
  id?: string
}

/** Drafts a package folder from a model and reference data; a person then edits it. */
export async function newPackage(io: Io, model: string, options: NewOptions): Promise<Draft> {
  const draft = await draftFolder(
    {
      model: userPath(io, model),
      reference: userPath(io, options.reference),
      dir: (id) => userPath(io, options.output ?? id),
      owner: owner(),
      ...(options.features !== undefined && {
        features: options.features.split(',').map((name) => name.trim()),
      }),
      ...(options.label !== undefined && { label: options.label }),
      ...(options.time !== undefined && { time: options.time }),
      ...(options.id !== undefined && { id: options.id }),
    },
    openLane,
  )
  if (!io.json) for (const line of lines(draft, relative(userPath(io, '.'), draft.dir) || '.')) io.print(line)
  return draft
}

function owner(): string {
  const { username } = userInfo()
  return username === '' || username === 'root' ? `${toWrite} who answers for this model` : username
}

function lines(
  { manifest, rows, selection, unusedOutputs, look, noTimeOrder }: Draft,
  dir: string,
): string[] {
  const { features } = manifest.inputs
  const output = manifest.outputs[0]!
  const nullable = features.filter((f) => f.nullable)
  const alerts = manifest.decision.alerts.length
  return [
    `Drafted ${join(dir, '/')} for model "${manifest.id}" from ${rows} rows of reference.`,
    '',
    'Please check:',
    ...selection.bound.map(
      ({ tensor, features: names }) => `  input "${tensor}" takes, ${selection.how}: ${names.join(', ')}`,
    ),
    ...selection.leftOut.map(({ name, why }) => `  left out: "${name}" (${why})`),
    `  output "${output.name}" is ${output.kind}: ${look.guess.seen}`,
    ...unusedOutputs.map(({ name, why }) => `  not used: output "${name}" (${why})`),
    ...nullable.map(({ name, fill }) =>
      fill === 'nan'
        ? `  "${name}" may be null: the model gets NaN, to which it answers a number; was it trained on missing values?`
        : fill === undefined
          ? `  "${name}" may be null: write in "fill" what the model gets then; pack refuses until it is there`
          : `  "${name}" may be null: the model gets ${fill}, the reference's median`,
    ),
    ...(manifest.operation.fixedBatch === undefined
      ? []
      : [`  the graph takes exactly ${manifest.operation.fixedBatch} rows at a time; fewer are filled up`]),
    alerts === 0
      ? '  no alert rule: a limit for a value cannot be invented; write one'
      : `  ${alerts === 1 ? 'one alert rule' : `${alerts} alert rules`} at a probability of 0.5`,
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
