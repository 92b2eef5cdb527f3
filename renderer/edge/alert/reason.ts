import type { TFunction } from 'i18next'
import type { Contribution } from '#core/contracts/decision.ts'
import { say } from '#core/contracts/text.ts'
import type { Format } from '../../ui/format.ts'
import { displayUnit } from '../../ui/units.ts'

/** `60.7 Nm`. */
export function valueWithUnit(c: Pick<Contribution, 'value' | 'usual' | 'unit'>, format: Format): string {
  const unit = displayUnit(c.unit, format.language)
  return format.value(c.value, c.usual) + (unit && `\u00a0${unit}`)
}

/** `higher than 97 % of normal`: rounded down, so that it never claims more than was counted. */
export function beyondWords(
  c: Pick<Contribution, 'beyondPercent' | 'side'>,
  format: Format,
  t: TFunction,
): string {
  if (c.beyondPercent >= 100) return t(c.side === 'higher' ? 'alert.higherAll' : 'alert.lowerAll')
  const percent = format.percent(Math.floor(c.beyondPercent) / 100)
  return t(c.side === 'higher' ? 'alert.higher' : 'alert.lower', { percent })
}

/** Why, in the reader's language: where the strongest input stands, and which others are unusual. Never what caused it. */
export function reason(contributions: readonly Contribution[], format: Format, t: TFunction): string {
  const [first, ...others] = contributions
  if (!first) return t('alert.nothingOut')
  const title = (c: Contribution) => say(c.title, format.language)
  const main = t('alert.reason', {
    title: title(first),
    value: valueWithUnit(first, format),
    beyond: beyondWords(first, format, t),
    range: format.span(first.usual),
  })
  if (others.length === 0) return main
  const items = others.map((c) => t('alert.alsoItem', { title: title(c), value: valueWithUnit(c, format) }))
  return `${main} ${t('alert.also', { list: format.list(items) })}`
}
