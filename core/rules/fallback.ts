import { Environment } from '@marcbachmann/cel-js'
import type { Feature, Manifest } from '../contracts/manifest.ts'
import {
  type Expression,
  type HowToSay,
  mistakesIn,
  nameOfReading,
  strangeWordsIn,
  summaryOf,
} from './expression.ts'

/** As a person would say it: a category by its word; null: missing. */
export type FallbackValue = number | string | null

export interface Judgement {
  /** The alert rules whose condition is met. */
  alerts: string[]
  /** Those of which these values say nothing either way. */
  unknown: string[]
  /** Why, where there are any. */
  cannot?: string
}

export interface CompiledFallback {
  /** The alert rules that the fallback rules speak for; they say nothing about the others. */
  covers: ReadonlySet<string>
  /** `values` by feature; images and series are in no rule. */
  judge(values: ReadonlyMap<string, FallbackValue>): Judgement
}

/** Identifiers of CEL (cel-spec, language definition, "Syntax"), less what it keeps for itself and the names of its types. */
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const kept = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'
    .split(' ')
    .concat(nameOfReading),
)

/** CEL without any features: knows the names of its own types. */
const language = new Environment()

function howToSay(feature: Feature): HowToSay {
  if (!isJudged(feature)) return 'not at all'
  const free = identifier.test(feature.name) && !kept.has(feature.name)
  return free && !language.hasVariable(feature.name) ? 'by name' : 'by index'
}

const isJudged = ({ kind }: Feature) => kind === 'number' || kind === 'category' || kind === 'text'

/**
 * The rules that stand in for the model. A number is a double, a category its word, a text a string, a missing value null.
 * Throws a RangeError where `fallbackProblems` finds any; undefined: the manifest has no such rules.
 */
export function compileFallback(manifest: Manifest): CompiledFallback | undefined {
  const { fallback } = manifest
  if (!fallback) return undefined
  const [problem] = fallbackProblems(manifest)
  if (problem !== undefined) throw new RangeError(problem)
  const features = manifest.inputs.features.filter(isJudged).map(({ name }) => name)
  const environment = environmentOf(manifest)
  const rules = fallback.rules.map(({ when, alert }) => ({ when: environment.parse(when), alert }))

  function judge(values: ReadonlyMap<string, FallbackValue>): Judgement {
    const reading = new Map(features.map((name) => [name, values.get(name) ?? null]))
    const context = { ...Object.fromEntries(reading), [nameOfReading]: reading }
    const alerts = new Set<string>()
    const unknown = new Map<string, string>()
    for (const { when, alert } of rules)
      try {
        if (!alerts.has(alert) && when(context) === true) alerts.add(alert)
      } catch (error) {
        const missing = features.filter((name) => reading.get(name) === null)
        const without = missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''
        unknown.set(alert, `the rule for "${alert}" has no answer (${summaryOf(error)}${without})`)
      }
    for (const alert of alerts) unknown.delete(alert)
    const [cannot] = unknown.values()
    return { alerts: [...alerts], unknown: [...unknown.keys()], ...(cannot !== undefined && { cannot }) }
  }
  return { covers: new Set(rules.map(({ alert }) => alert)), judge }
}

/** What is wrong with the fallback rules of a manifest, one sentence each. */
export function fallbackProblems(manifest: Manifest): string[] {
  const { fallback, decision, inputs } = manifest
  if (!fallback) return []
  const environment = environmentOf(manifest)
  const known = new Map(inputs.features.map((feature) => [feature.name, howToSay(feature)]))
  const categories = inputs.features.filter(({ kind }) => kind === 'category')
  const words = new Map(categories.map((one) => [one.name, one.words ?? Object.keys(one.codes ?? {})]))
  const sample = new Map(inputs.features.filter(isJudged).map((feature) => [feature.name, sampleOf(feature)]))
  const context = { ...Object.fromEntries(sample), [nameOfReading]: sample }
  return fallback.rules.flatMap(({ when, alert }, k) => {
    const problems = decision.alerts.some(({ id }) => id === alert)
      ? []
      : [`names the alert "${alert}", which decision.alerts does not have`]
    problems.push(...bounded(() => wrongWith(environment, when, known, words, context)))
    return problems.map((problem) => `fallback.rules: rule ${k + 1} ${problem}`)
  })
}

/** Signs in front of signs are no brackets to the parser's limit of depth, and fill the stack all the same. */
function bounded(look: () => string[]): string[] {
  try {
    return look()
  } catch (error) {
    if (error instanceof RangeError) return ['is nested too deeply']
    throw error
  }
}

function wrongWith(
  environment: Environment,
  when: string,
  known: ReadonlyMap<string, HowToSay>,
  words: ReadonlyMap<string, readonly string[]>,
  context: Record<string, unknown>,
): string[] {
  let parsed: Expression
  try {
    parsed = environment.parse(when)
  } catch (error) {
    return [`is no expression of CEL: ${summaryOf(error)}`]
  }
  const mistakes = [...mistakesIn(parsed.ast, known), ...strangeWordsIn(parsed.ast, words)]
  if (mistakes.length > 0) return mistakes
  const { valid, type, error } = parsed.check()
  if (!valid) return [untyped(summaryOf(error))]
  if (String(type) !== 'bool') return [`gives a ${type}; a condition is true or false (a comparison)`]
  try {
    parsed(context)
  } catch (failure) {
    // What depends on the values may go well with others; that two types do not go together holds for all of them.
    const why = summaryOf(failure)
    if (why.startsWith('no such overload')) return [untyped(why)]
  }
  return []
}

function untyped(why: string): string {
  const unknown = /^Unknown variable: (.*)$/.exec(why)
  if (unknown) return `names "${unknown[1]}", which is not a feature of this model`
  const whole = /double/.test(why) && /\bu?int\b/.test(why)
  return `does not fit together: ${why}${whole ? ' (the numbers of a reading are doubles: write 2.0, not 2)' : ''}`
}

/** What may be missing is dynamic, since null is of another type. */
function environmentOf({ inputs }: Manifest): Environment {
  const environment = new Environment().registerVariable(nameOfReading, 'map<string, dyn>')
  for (const feature of inputs.features) {
    const { name, nullable, kind } = feature
    if (!isJudged(feature) || !identifier.test(name) || kept.has(name) || environment.hasVariable(name))
      continue
    environment.registerVariable(name, nullable ? 'dyn' : kind === 'number' ? 'double' : 'string')
  }
  return environment
}

function sampleOf({ kind, codes, words, physical, learned }: Feature): FallbackValue {
  if (kind === 'text') return ''
  if (kind === 'category') return words?.[0] ?? Object.keys(codes ?? {})[0] ?? ''
  return learned?.min ?? physical?.min ?? physical?.max ?? 1
}
