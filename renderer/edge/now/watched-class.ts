import type { TFunction } from 'i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Format } from '../../ui/format.ts'

/** The class of the first output that the alert, else the first rule, watches, and from where on. */
export function watchedClass(
  { decision, outputs }: Pick<Manifest, 'decision' | 'outputs'>,
  alert: Alert | undefined,
  format: Format,
  t: TFunction,
): { name: string; level: number; words: string } | undefined {
  const [first] = outputs
  const rule = decision.alerts.find((each) => (each.output ?? first?.name) === first?.name)
  const name = alert?.class ?? rule?.class
  const level = alert?.raiseLevel ?? rule?.raise
  const direction = alert?.direction ?? rule?.direction
  if (name === undefined || level === undefined || alert?.output !== undefined) return undefined
  const value = format.percent(level)
  return {
    name,
    level,
    words: t(direction === 'below' ? 'alert.alertsBelow' : 'alert.alertsAbove', { value }),
  }
}
