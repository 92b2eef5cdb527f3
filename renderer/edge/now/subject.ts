import type { TFunction } from 'i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import type { DecisionInterval } from '#core/contracts/decision.ts'
import { say } from '#core/contracts/text.ts'
import type { Format, Spread } from '../../ui/format.ts'
import { displayUnit } from '../../ui/units.ts'
import { isAnswered } from '../said/answers.ts'
import { type ValueWords, valueWords } from '../said/value-words.ts'
import { type Watched, watched } from '../said/watched.ts'
import type { Look } from './use-look.ts'

/** What a trend on Now follows. */
export interface Subject {
  title: string
  series: string
  unit: string
  read: (reading: LiveReading) => number | undefined
  usual: Spread | undefined
  /** What the model said, rather than a sensor. */
  said:
    | {
        words: ValueWords
        around: (value: number) => DecisionInterval | undefined
        interval: number | undefined
        levels: { at: number; direction: 'above' | 'below' }[]
      }
    | undefined
}

/** A model that gives one value is followed by it; any other by the input that stands out, or its first number. */
export function subjectOf(
  look: Pick<Look, 'manifest' | 'feature' | 'usual'>,
  alert: Alert | undefined,
  format: Format,
  t: TFunction,
): Subject | undefined {
  const { manifest, feature } = look
  const value = watched(manifest)
  if (value.kind === 'value' && value.output && !value.output.targets)
    return valueSubject(look, value, alert, format, t)
  if (!feature) return undefined
  return {
    title: say(feature.title, format.language),
    series: feature.name,
    unit: displayUnit(feature.unit, format.language),
    read: ({ verdict, values }) => (verdict === 'rejected' ? undefined : (values[feature.name] ?? undefined)),
    usual: look.usual(feature.name),
    said: undefined,
  }
}

function valueSubject(
  { manifest }: Pick<Look, 'manifest'>,
  value: Watched,
  alert: Alert | undefined,
  format: Format,
  t: TFunction,
): Subject | undefined {
  const { output } = value
  if (!output) return undefined
  const { interval, unit } = output
  const rules = manifest.decision.alerts.filter((rule) => (rule.output ?? output.name) === output.name)
  // An alert keeps the level that raised it, whatever a later version of the model says.
  const levels =
    alert && (alert.output ?? output.name) === output.name
      ? [{ at: alert.raiseLevel, direction: alert.direction }]
      : rules.map(({ raise, direction }) => ({ at: raise, direction }))
  return {
    title: say(output.title, format.language),
    series: value.series,
    unit: displayUnit(unit, format.language),
    read: (reading) => (isAnswered(reading) ? value.read(reading) : undefined),
    usual: undefined,
    said: {
      words: valueWords({ unit, width: interval && interval.upper - interval.lower }, format, t),
      around: value.around,
      interval: interval?.coverage,
      levels,
    },
  }
}

/** How old it is, and what is shaded. */
export function trendNote({ unit, said }: Subject, age: string, format: Format, t: TFunction): string {
  if (said?.interval !== undefined)
    return t('now.trendNoteInterval', {
      age,
      percent: `${format.number(100 * said.interval, 1, false)}\u00a0%`,
    })
  if (said) return t('age.old', { age })
  return unit ? t('now.trendNote', { age, unit }) : t('now.trendNoteNoUnit', { age })
}
