import { fallbackProblems } from '../rules/fallback.ts'
import { unfitConstant, unfitNumbers, unfitPixels } from './fit-problems.ts'
import { guardrailProblems } from './guardrail-problems.ts'
import {
  channelsOf,
  featuresOf,
  type InputTensor,
  rowShapeOf,
  valuesPerRow,
  wholeRange,
} from './input-tensor.ts'
import type { Feature, Manifest } from './manifest.ts'
import { type OutputTensor, scoreNames } from './output-tensor.ts'
import { maxValues } from './reading.ts'

/** What the fields of a manifest mean together: each sentence returned is one contradiction. */
export function contradictions(m: Manifest): string[] {
  const features = new Map(m.inputs.features.map((f) => [f.name, f]))
  const twice =
    features.size === m.inputs.features.length ? [] : ['inputs.features: two features share one name']
  return [
    ...twice,
    ...m.inputs.tensors.flatMap((tensor) => tensorProblems(tensor, features)),
    ...[...features.values()].flatMap((feature) => featureProblems(feature, m.inputs.tensors)),
    ...m.outputs.flatMap(outputProblems),
    ...twiceIn(m.inputs.tensors.map(({ name }) => name)).map(
      (name) => `inputs.tensors: "${name}" is there twice`,
    ),
    ...twiceIn(m.outputs.map(({ name }) => name)).map((name) => `outputs: "${name}" is there twice`),
    ...ruleProblems(m),
    ...guardrailProblems(m),
    ...fallbackProblems(m),
    ...hardwareProblems(m),
    ...sizeProblems(m),
    ...(m.operation.noBatchAxis && m.operation.fixedBatch !== 1
      ? ['operation: a graph without a batch axis takes one row at a time: "fixedBatch" must be 1']
      : []),
  ]
}

const twiceIn = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, k) => names.indexOf(name) !== k)),
]

function hardwareProblems({ hardware = {}, operation: { deadlineMs } }: Manifest): string[] {
  const { providers = [], latencyBudgetMs = 0 } = hardware
  const problems = twiceIn(providers).map((name) => `hardware.providers: "${name}" is there twice`)
  if (latencyBudgetMs > deadlineMs)
    problems.push(
      `hardware: one row may take ${latencyBudgetMs} ms, but an inference is given up after ${deadlineMs} ms (operation.deadlineMs)`,
    )
  return problems
}

/** Values of one batch; the runtime holds all of them at once. */
const maxBatchValues = 2 ** 26

function sizeProblems({ inputs, operation: { maxBatch, fixedBatch = 1 } }: Manifest): string[] {
  const problems: string[] = []
  const { length } = inputs.features
  if (length > maxValues)
    problems.push(
      `inputs.features: there are ${length}, and a reading has at most ${maxValues} values; bind what belongs together as one series`,
    )
  const rows = Math.max(maxBatch, fixedBatch)
  const values = rows * valuesPerRow(inputs)
  if (values > maxBatchValues)
    problems.push(`operation: a batch of ${rows} rows holds ${values} values, more than ${maxBatchValues}`)
  return problems
}

const takes: Record<Exclude<InputTensor['kind'], 'constant'>, readonly Feature['kind'][]> = {
  columns: ['number', 'category', 'text'],
  window: ['number'],
  series: ['series'],
  image: ['image'],
}

function tensorProblems(tensor: InputTensor, features: Map<string, Feature>): string[] {
  const where = `inputs.tensors: "${tensor.name}"`
  const problems: string[] = []
  if (tensor.kind === 'constant') return unfitConstant(tensor)
  const bound = featuresOf(tensor)
  for (const name of bound) {
    const feature = features.get(name)
    if (!feature) problems.push(`inputs.tensors: "${name}" is not among inputs.features`)
    else if (!takes[tensor.kind].includes(feature.kind))
      problems.push(`${where} is of kind ${tensor.kind}, which takes no ${feature.kind} such as "${name}"`)
    else if (feature.kind === 'text' && tensor.dtype !== 'string')
      problems.push(`${where} takes ${tensor.dtype}, and "${name}" is a text`)
  }
  if (tensor.kind === 'image') {
    const channels = channelsOf(tensor)
    for (const per of ['mean', 'std'] as const)
      if (tensor[per] && tensor[per].length !== channels)
        problems.push(`${where}: "${per}" needs one number per channel, ${channels}`)
    const pixels = channels * tensor.width * tensor.height
    if (tensor.shape && tensor.shape.reduce((a, b) => a * b, 1) !== pixels)
      problems.push(`${where}: its shape does not hold the ${pixels} values of its image`)
    if (tensor.std?.includes(0)) problems.push(`${where}: "std" may not be 0`)
    if (tensor.dtype === 'string' || tensor.dtype === 'bool')
      problems.push(`${where}: an image is no ${tensor.dtype}`)
    else problems.push(...unfitPixels(tensor))
    return problems
  }
  const lengths = new Set(bound.map((name) => features.get(name)?.length ?? 0))
  if (tensor.kind === 'series' && lengths.size > 1) problems.push(`${where}: its series differ in length`)
  if (tensor.kind !== 'columns' && tensor.dtype === 'string')
    problems.push(`${where}: a ${tensor.kind} holds numbers`)
  if (tensor.shape) {
    const per =
      tensor.kind === 'columns'
        ? 1
        : tensor.kind === 'window'
          ? tensor.steps
          : (lengths.values().next().value ?? 0)
    const holds = rowShapeOf(tensor).reduce((a, b) => a * b, 1)
    if (holds !== per * bound.length)
      problems.push(`${where}: its shape holds ${holds} values, its features give ${per * bound.length}`)
  }
  return problems
}

function featureProblems(f: Feature, tensors: readonly InputTensor[]): string[] {
  const where = `inputs.features: "${f.name}"`
  const problems: string[] = []
  const into = tensors.filter((tensor) => featuresOf(tensor).includes(f.name))
  if (into.length === 0) problems.push(`${where} enters no tensor`)
  const asWords = into.some(({ dtype }) => dtype === 'string')
  const asNumbers = into.some(({ dtype }) => dtype !== 'string')
  if (f.kind === 'category') {
    if (asNumbers && Object.keys(f.codes ?? {}).length === 0)
      problems.push(
        `${where} holds words, but the model takes numbers: write in "codes" the number that training used for each word`,
      )
    if (asWords && !asNumbers && !f.words)
      problems.push(`${where} holds words: list in "words" those that the model was trained on`)
    if (f.codes && f.words) problems.push(`${where}: "codes" and "words" exclude one another`)
  }
  if (f.kind === 'series' && f.length === undefined)
    problems.push(`${where} is a series: "length" is missing`)
  if (f.kind === 'number' && asWords) problems.push(`${where} is a number, and its tensor takes texts`)
  const whole = into.some(({ dtype }) => wholeRange(dtype) !== undefined)
  if (f.nullable && f.kind === 'image') problems.push(`${where}: an image may not be null`)
  else if (f.nullable && f.fill === undefined)
    problems.push(
      f.kind === 'text' || (f.kind === 'category' && f.words)
        ? `${where} may be null, so "fill" must say which word the model gets instead`
        : `${where} may be null, so "fill" must say what the model gets instead (a number or "nan")`,
    )
  else if (f.fill !== undefined) {
    const word = f.kind === 'text' || f.words !== undefined
    if (!word && typeof f.fill === 'string' && f.fill !== 'nan')
      problems.push(`${where}: "fill" must be a number or "nan"`)
    if (!word && f.fill === 'nan' && whole)
      problems.push(`${where}: whole numbers know no NaN; "fill" must be a number`)
    if (f.words && !f.words.includes(String(f.fill))) problems.push(`${where}: "fill" is none of its words`)
  }
  problems.push(...unfitNumbers(f, tensors))
  for (const [what, r] of [
    ['physical', f.physical],
    ['learned', f.learned],
  ] as const)
    if (r?.min !== undefined && r.max !== undefined && r.min > r.max)
      problems.push(`${where}.${what}: min is above max`)
  return problems
}

function outputProblems(out: OutputTensor): string[] {
  const problems: string[] = []
  if (out.kind === 'regression' ? out.classes.length > 0 : out.classes.length < 1)
    problems.push(`outputs: "${out.name}" is ${out.kind} and lists ${out.classes.length} classes`)
  if (
    out.kind === 'binary' &&
    (out.classes.length !== 2 || !out.positive || !out.classes.includes(out.positive))
  )
    problems.push(
      `outputs: "${out.name}" is binary: it needs two classes, and "positive" must be one of them`,
    )
  if (out.activation === 'label' && out.kind !== 'binary' && out.kind !== 'multiclass')
    problems.push(`outputs: "${out.name}" is ${out.kind}, and a label names one class`)
  if (out.kind !== 'regression' && (out.targets ?? out.interval ?? out.range) !== undefined)
    problems.push(`outputs: "${out.name}" is ${out.kind}: targets, interval and range belong to a regression`)
  for (const name of twiceIn(scoreNames(out))) problems.push(`outputs: "${out.name}" names "${name}" twice`)
  if (out.range?.min !== undefined && out.range.max !== undefined && out.range.min > out.range.max)
    problems.push(`outputs: "${out.name}".range: min is above max`)
  if (out.interval && out.targets)
    problems.push(`outputs: "${out.name}" has several targets; an interval is of one`)
  return problems
}

function ruleProblems({ decision, outputs }: Manifest): string[] {
  const problems: string[] = []
  const ids = new Set<string>()
  for (const rule of decision.alerts) {
    if (ids.has(rule.id)) problems.push(`decision.alerts: two rules share the id "${rule.id}"`)
    ids.add(rule.id)
    const out = rule.output === undefined ? outputs[0]! : outputs.find(({ name }) => name === rule.output)
    const one = out?.kind === 'regression' && !out.targets
    if (!out)
      problems.push(
        `decision.alerts: "${rule.id}" watches output "${rule.output}", which the model does not have`,
      )
    else if (one ? rule.class !== undefined : !scoreNames(out).includes(rule.class ?? ''))
      problems.push(
        `decision.alerts: "${rule.id}" watches class "${rule.class ?? ''}", which the output does not have`,
      )
    if (rule.direction === 'above' ? rule.clear > rule.raise : rule.clear < rule.raise)
      problems.push(
        `decision.alerts: "${rule.id}" would clear before it is raised: clear ${rule.clear}, raise ${rule.raise}`,
      )
  }
  return problems
}
