import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/use-format.ts'

/** Of a clock that is less than this off nobody needs to know by how much. */
const goodClockMs = 2000

/** `12 min ahead of the server's`, of a machine's clock minus the server's, ms. */
export function useClockWords(): (offsetMs: number) => string {
  const { t } = useTranslation()
  const format = useFormat()
  return (offsetMs) => {
    if (Math.abs(offsetMs) < goodClockMs) return t('machine.clockGood')
    const age = format.age(Math.abs(offsetMs))
    return offsetMs > 0 ? t('machine.clockAhead', { age }) : t('machine.clockBehind', { age })
  }
}
