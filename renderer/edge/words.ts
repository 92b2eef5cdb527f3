import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { subjectName } from './alert/about.ts'

export { useFormat } from '../ui/use-format.ts'

/** `Mill 3: overstrain likely`; about the model itself: `Milling failure: readings without an answer`. */
export function alertTitle(
  alert: Pick<Alert, 'asset' | 'rule' | 'title' | 'model'>,
  language: string,
): string {
  return `${subjectName(alert, language)}: ${say(alert.title, language)}`
}

/** As the runtime writes people down: `NAME (role)`. */
const byPerson = /^(.+) \((?:admin|technician|operator)\)$/

/** People by name; the runtime's own roles in the reader's language. */
export function useWho(): (by: string | undefined) => string {
  const { t } = useTranslation()
  return (by) =>
    by === 'operator' || by === 'admin' || by === 'runtime' || by === 'policy'
      ? t(`role.${by}`)
      : (byPerson.exec(by ?? '')?.[1] ?? by ?? '')
}
