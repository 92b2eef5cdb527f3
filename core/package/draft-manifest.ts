import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { AlertRule, Feature, Manifest } from '#core/contracts/manifest.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { say } from '#core/contracts/text.ts'
import { titleAndUnit } from './column-title.ts'
import { type Column, kindOf } from './columns.ts'
import { learnedRange } from './feature-baseline.ts'
import { ascending, quantileOf } from './moments.ts'

/** Starts each text that a person must write; `pack` counts what is left of them. */
export const toWrite = 'To be written:'

/** A feature as its column shows it. `fill` is set by who has tried the model on NaN. */
export function draftFeature(column: Column): Feature {
  const { title, unit } = titleAndUnit(column.name)
  const nullable = column.nulls > 0
  if (kindOf(column) === 'category') {
    const codes = booleanCodes(column.words)
    return { name: column.name, title, kind: 'category', ...(codes && { codes }), nullable }
  }
  return {
    name: column.name,
    title,
    ...(unit !== undefined && { unit }),
    kind: 'number',
    learned: learnedRange(ascending(column.numbers)),
    nullable,
  }
}

/** Only yes and no have a number that nobody needs to write down. */
function booleanCodes(words: readonly string[]): Record<string, number> | undefined {
  return words.every((word) => /^(true|false)$/i.test(word))
    ? Object.fromEntries(words.map((word) => [word, /^true$/i.test(word) ? 1 : 0]))
    : undefined
}

export function median(column: Column): number {
  return quantileOf(ascending(column.numbers), 0.5)
}

/** One rule for each class that is not the normal one; none for a value, since its limit cannot be invented. */
export function draftAlerts(output: OutputTensor): AlertRule[] {
  if (output.kind === 'regression') return []
  const watched =
    output.kind === 'binary'
      ? [output.positive!]
      : output.kind === 'multiclass'
        ? output.classes.slice(1)
        : output.classes
  const ids = watched.map((name) => (/^\d+$/.test(name) ? `class-${name}` : slug(name)))
  return watched.map((name, k) => ({
    id: ids[k] === '' || ids.indexOf(ids[k]!) !== k ? `rule-${k + 1}` : ids[k]!,
    title: `${toWrite} what "${name}" is called`,
    class: name,
    direction: 'above',
    raise: 0.5,
    clear: 0.4,
    onDelayS: 0,
    offDelayS: 0,
    priority: 'medium',
    cause: `${toWrite} what most often causes "${name}"`,
    consequence: `${toWrite} what happens if nobody acts`,
    actions: [`${toWrite} what the operator should do first`],
    respondWithinMin: 30,
  }))
}

export interface DraftParts {
  id: string
  owner: string
  features: Feature[]
  tensors: InputTensor[]
  outputs: OutputTensor[]
  trainedOn: string
  operation: Pick<
    Manifest['operation'],
    'deadlineMs' | 'maxBatch' | 'fixedBatch' | 'noBatchAxis' | 'memoryMb'
  >
}

/** A manifest that is valid as it stands and says in its texts what a person must still write. */
export function draftManifest({
  id,
  owner,
  features,
  tensors,
  outputs,
  trainedOn,
  operation,
}: DraftParts): Manifest {
  return {
    formatVersion: 1,
    id,
    version: '1.0.0',
    release: 1,
    title: readableTitle(id),
    purpose: `${toWrite} what this model is for`,
    notFor: `${toWrite} what this model must not be used for`,
    trainedOn: { data: trainedOn },
    people: { owner: { name: owner } },
    inputs: { features, tensors },
    outputs,
    decision: { alerts: draftAlerts(outputs[0]!) },
    success: [],
    operation: {
      // Kernels differ from one processor to the next in the last bits of float32, summed over layers.
      goldenTolerance: { absolute: 1e-5, relative: 1e-3 },
      ...operation,
    },
    retentionDays: 90,
  }
}

const readableTitle = (id: string) => {
  const words = id.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** 'Machine failure (v2)' → 'machine-failure-v2'; '' where nothing is left. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
}

/** How many texts of a manifest and its card still wait for a person. */
export function countToWrite(manifest: Manifest, card: string): number {
  return JSON.stringify(manifest).split(toWrite).length - 1 + card.split(toWrite).length - 1
}

/** The model card's draft: what is known is filled in, the rest says what a person must write. */
export function draftCard(manifest: Manifest, reference: { name: string; rows: number }): string {
  const outputs = manifest.outputs.map(
    ({ kind, name, classes }) =>
      `${kind}, tensor \`${name}\`${classes.length > 0 ? `: ${classes.join(', ')}` : ''}.`,
  )
  const inputs = manifest.inputs.features.map(
    (f) => `- ${say(f.title, 'en')} (\`${f.name}\`${f.unit === undefined ? '' : `, ${f.unit}`})`,
  )
  return `# ${say(manifest.title, 'en')} ${manifest.version}

## What it is for
${toWrite} who uses the answer, for what decision, and what the model must not be used for.

## Inputs
${inputs.join('\n')}

## Output
${outputs.join(' ')} ${toWrite} what each class or value means.

## Data
The reference holds ${reference.rows} rows (${reference.name}). ${toWrite} where the training data comes from, its period, its licence, and who is missing in it.

## How good it is
${toWrite} the figures on held-out data, with their sizes, for the whole and for each group that matters.

## Limits and risks
${toWrite} where it is known to fail, and what people should do then.
`
}
