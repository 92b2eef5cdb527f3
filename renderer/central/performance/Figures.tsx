import { useTranslation } from 'react-i18next'
import type { PerformanceLine } from '#core/contracts/performance.ts'
import { useFormat } from '../../ui/use-format.ts'
import { shareWords } from './share-words.ts'

/** Of which figures the share is; with its n, always. Hatched and in words where there is nothing to count. */
export function Share({ part, n }: { part: number; n: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (n === 0) return <NotMeasured />
  return (
    <>
      {shareWords(part / n, format.number)}
      <div className="note">{t('performance.ofN', { part: format.number(part), n: format.number(n) })}</div>
    </>
  )
}

/** `12 of 40 real`, of the answers that say whether it was. */
export function Real({ of: { share, n } }: { of: PerformanceLine['real'] }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (share === null || n === 0) return <NotMeasured />
  return t('performance.real', { part: format.number(Math.round(share * n)), n: format.number(n) })
}

export function Ms({ ms }: { ms: number | null }) {
  const format = useFormat()
  return ms === null ? <NotMeasured /> : format.ms(ms)
}

export function NotMeasured() {
  const { t } = useTranslation()
  return <span className="hatched not-measured">{t('performance.notMeasured')}</span>
}
