import type { Guardrail, GuardrailMetric } from '#core/contracts/guardrail.ts'
import { type Firing, limitOf } from './firing.ts'

export type Language = 'en' | 'de'

const names: Record<GuardrailMetric, Record<Language, string>> = {
  'latency-p95': { en: 'Time to an answer (95th percentile)', de: 'Zeit bis zur Antwort (95. Perzentil)' },
  'error-rate': { en: 'Readings without an answer of the model', de: 'Messwerte ohne Antwort des Modells' },
  'alert-rate': { en: 'Answers with an alert', de: 'Antworten mit Alarm' },
  'reject-rate': { en: 'Rejected readings', de: 'Abgewiesene Messwerte' },
  'null-rate': { en: 'Missing values', de: 'Fehlende Werte' },
  disagreement: {
    en: 'Alerts that people called false',
    de: 'Alarme, die Menschen als falsch beantworteten',
  },
}
const counted = {
  readings: { en: 'readings', de: 'Messwerten' },
  answers: { en: 'answers', de: 'Antworten' },
} as const
const words = {
  of: { en: 'of', de: 'von' },
  above: { en: 'more than', de: 'mehr als' },
  below: { en: 'less than', de: 'weniger als' },
  agreed: { en: 'agreed: not', de: 'vereinbart: nicht' },
} as const

/** A value of this metric with its unit: "230 ms", "4.2 %". Two significant digits, or whole numbers. */
export function figure(metric: GuardrailMetric, value: number, language: Language): string {
  const [number, unit] = metric === 'latency-p95' ? [value, 'ms'] : [100 * value, '%']
  const options = Math.abs(number) < 100 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 }
  return `${new Intl.NumberFormat(language, options).format(number)} ${unit}`
}

/** "90 s", "15 min", "6 h", "2 d": in the largest unit of which there are at least two, or that fits exactly. */
export function lengthInWords(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const
  for (const [unitS, name] of units)
    if (seconds >= 2 * unitS || seconds === unitS) return `${Math.round(seconds / unitS)} ${name}`
  return `${Math.round(seconds)} s`
}

/** "Readings without an answer of the model: 12 % of 250 readings in 5 min (agreed: not more than 5 %)." */
export function firingInWords(firing: Firing, language: Language): string {
  const { guardrail, value, n, feature } = firing
  const { metric, overS } = guardrail.when
  const named = feature ?? guardrail.when.feature
  const what = names[metric][language] + (named === undefined ? '' : ` (${named})`)
  const of = counted[metric === 'disagreement' ? 'answers' : 'readings'][language]
  const said = `${figure(metric, value, language)} ${words.of[language]} ${n} ${of}`
  return `${what}: ${said} in ${lengthInWords(overS)} (${agreed(guardrail, language)}).`
}

function agreed(guardrail: Guardrail, language: Language): string {
  const { metric, above } = guardrail.when
  const side = words[above === undefined ? 'below' : 'above'][language]
  return `${words.agreed[language]} ${side} ${figure(metric, limitOf(guardrail), language)}`
}
