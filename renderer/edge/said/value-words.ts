import type { TFunction } from 'i18next'
import type { DecisionInterval } from '#core/contracts/decision.ts'
import type { Format } from '../../ui/format.ts'
import { displayUnit } from '../../ui/units.ts'

export interface ValueWords {
  /** `32` */
  figure: (value: number) => string
  /** `32 cycles` */
  value: (value: number) => string
  /** `90 %: 12 to 51` */
  short: (interval: DecisionInterval) => string
  /** `90 of 100 like this lie between 12 and 51` */
  between: (interval: DecisionInterval) => string
}

/**
 * How a value of one output reads. `width` of its interval: two figures of it say something, more of the value would
 * claim what the model does not know. Ends are rounded outwards, so that the words never promise more than was counted.
 */
export function valueWords(
  { unit, width }: { unit: string | undefined; width: number | undefined },
  format: Format,
  t: TFunction,
): ValueWords {
  const decimals =
    width === undefined || !(width > 0)
      ? undefined
      : Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(width))))
  const figure = (value: number) =>
    decimals === undefined ? format.value(value) : format.number(value, decimals)
  const ends = ({ low, high }: DecisionInterval) => {
    const power = 10 ** (decimals ?? 2)
    const outwards = (x: number, round: (x: number) => number) =>
      format.number(round(Number((x * power).toPrecision(12))) / power, decimals ?? 2, decimals !== undefined)
    return { low: outwards(low, Math.floor), high: outwards(high, Math.ceil) }
  }
  const named = displayUnit(unit, format.language)
  return {
    figure,
    value: (value) => figure(value) + (named && `\u00a0${named}`),
    short: (interval) => t('said.short', { percent: percent(interval, format), ...ends(interval) }),
    between: (interval) =>
      t('said.between', { count: format.number(100 * interval.coverage, 1, false), ...ends(interval) }),
  }
}

const percent = ({ coverage }: DecisionInterval, format: Format) =>
  `${format.number(100 * coverage, 1, false)}\u00a0%`

/** 0..1 in percent; never "100 %" for what is less, nor "0 %" for what is more. */
export function chance(share: number, format: Format): string {
  if (share > 0.99 && share < 1 && Math.round(100 * share) === 100) return `>\u00a0${format.percent(0.99)}`
  if (share > 0 && share < 0.01 && Math.round(100 * share) === 0) return `<\u00a0${format.percent(0.01)}`
  return format.percent(share)
}
