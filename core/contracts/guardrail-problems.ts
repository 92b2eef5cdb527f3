import type { Guardrail } from './guardrail.ts'
import type { Manifest } from './manifest.ts'

/** Conditions that could never fire, or that would do what the package has nothing for; one sentence each. */
export function guardrailProblems(manifest: Manifest): string[] {
  const { guardrails = [] } = manifest
  const ids = guardrails.map(({ id }) => id)
  return guardrails.flatMap((guardrail, k) => [
    ...(ids.indexOf(guardrail.id) < k ? [`guardrails: two share the id "${guardrail.id}"`] : []),
    ...problemsOf(guardrail, manifest).map((problem) => `guardrails: "${guardrail.id}" ${problem}`),
  ])
}

function problemsOf(
  { when: { metric, feature, above, below, clear }, then }: Guardrail,
  { inputs, decision, fallback }: Manifest,
): string[] {
  const problems: string[] = []
  const limit = above ?? below ?? 0
  const isShare = metric !== 'latency-p95'
  if (isShare && (above !== undefined ? limit < 0 || limit >= 1 : limit <= 0 || limit > 1))
    problems.push(`watches a share, which never is ${above !== undefined ? 'above' : 'below'} ${limit}`)
  if (!isShare && limit <= 0) problems.push(`needs a limit of more than 0 ms`)
  if (clear !== undefined && (above !== undefined ? clear > limit : clear < limit))
    problems.push(`would be over before it fires: clear ${clear}, limit ${limit}`)
  if (feature !== undefined && metric !== 'null-rate')
    problems.push(`names a feature, which only null-rate looks at`)
  if (metric === 'null-rate') {
    const watched = inputs.features.filter(({ name }) => name === (feature ?? name))
    if (watched.length === 0) problems.push(`watches "${feature}", which is not among inputs.features`)
    else if (!watched.some(({ nullable }) => nullable))
      problems.push(`watches for what is missing, but a reading without ${what(feature)} is refused`)
  }
  if ((metric === 'alert-rate' || metric === 'disagreement') && decision.alerts.length === 0)
    problems.push(`watches alerts, and the model raises none`)
  if (then === 'fallback' && !fallback) problems.push(`falls back to rules, and there is no "fallback"`)
  return problems
}

const what = (feature: string | undefined) => (feature === undefined ? 'any of its values' : `"${feature}"`)
