import type { Guardrail, Rehearsal } from '#core/contracts/guardrail.ts'
import { limitOf } from './firing.ts'
import { figure } from './words.ts'

type Rehearsed = Rehearsal['guardrails'][number]

/** Moments that a sentence names; the rest are counted. */
const named = 3

/** "Would have fired twice in 7 days: 14 Nov 06:12, 16 Nov 22:40." Times in the zone that is given. */
export function rehearsedInWords(
  guardrail: Guardrail,
  { times, firings, range }: Pick<Rehearsed, 'times' | 'firings' | 'range'>,
  lengthMs: number,
  timeZone: string,
): string {
  const { metric, above, atLeast } = guardrail.when
  const within = `in ${spelled(lengthMs)}`
  if (!range) {
    const what = metric === 'disagreement' ? ['answer', 'answers'] : ['reading', 'readings']
    return `Could not be judged ${within}: its window never held ${atLeast} ${atLeast === 1 ? what[0] : what[1]}.`
  }
  if (times === 0) {
    const extreme =
      above === undefined ? `never less than ${say(range.min)}` : `never more than ${say(range.max)}`
    const limit = `${above === undefined ? 'below' : 'above'} ${say(limitOf(guardrail))}`
    const held = guardrail.forS > 0 && isBeyond(guardrail, range) ? ', but not for long enough' : ''
    return `Would not have fired ${within}: it was ${extreme} (fires ${limit}${held}).`
  }
  const often = times === 1 ? 'once' : times === 2 ? 'twice' : `${times} times`
  const moments = firings.slice(0, named).map(({ at }) => moment(Date.parse(at), timeZone))
  const more = times > moments.length ? ` and ${times - moments.length} more` : ''
  const still = times === firings.length && firings.at(-1)?.until === null ? ' It would still be firing.' : ''
  return `Would have fired ${often} ${within}: ${moments.join(', ')}${more}.${still}`

  function say(value: number): string {
    return figure(metric, value, 'en')
  }
}

/** What limits the answer; empty where nothing does. `firstMs`: when the first reading came. */
export function limitsInWords(
  { readings, missing }: Pick<Rehearsal, 'readings' | 'missing'>,
  {
    fromMs,
    firstMs,
    feedbackProblem,
  }: { fromMs: number; firstMs: number | undefined; feedbackProblem?: string },
  timeZone: string,
): string {
  const parts: string[] = []
  if (readings === 0) parts.push('There are no readings to look at in this time.')
  else if (firstMs !== undefined && firstMs - fromMs > 3_600_000)
    parts.push(`The first reading came on ${moment(firstMs, timeZone)}.`)
  for (const why of ['retention', 'damaged'] as const) {
    const of = missing.filter((one) => one.why === why)
    const lost = of.reduce((sum, one) => sum + one.readings, 0)
    if (lost === 0) continue
    const [from, to] = [Date.parse(of[0]!.from), Date.parse(of.at(-1)!.to)]
    const between = `between ${moment(from, timeZone)} and ${moment(to, timeZone)}`
    parts.push(
      why === 'retention'
        ? `${lost} readings ${between} were dropped after their time of retention and could not be looked at.`
        : `${lost} readings ${between} lie in damaged blocks and could not be looked at.`,
    )
  }
  if (feedbackProblem !== undefined) parts.push(`People's answers could not be read: ${feedbackProblem}.`)
  return parts.join(' ')
}

const isBeyond = (
  { when: { above, below } }: Guardrail,
  { min, max }: { min: number; max: number },
): boolean => (above === undefined ? min < below! : max > above)

/** "14 Nov 06:12". */
function moment(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const at = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? ''
  return `${at('day')} ${at('month')} ${at('hour')}:${at('minute')}`
}

function spelled(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ] as const
  for (const [unitMs, name] of units) {
    const n = Math.round(ms / unitMs)
    if (ms >= 2 * unitMs || ms === unitMs) return `${n} ${name}${n === 1 ? '' : 's'}`
  }
  return `${Math.round(ms / 1000)} seconds`
}
