import { useTranslation } from 'react-i18next'
import type { PerformanceLine } from '#core/contracts/performance.ts'
import { useFormat } from '../../ui/use-format.ts'

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
  return (
    <>
      {t('performance.real', { part: format.number(Math.round(share * n)), n: format.number(n) })}
      <div className="note">n = {format.number(n)}</div>
    </>
  )
}

export function Ms({ ms }: { ms: number | null }) {
  const format = useFormat()
  return ms === null ? <NotMeasured /> : format.ms(ms)
}

export function NotMeasured() {
  const { t } = useTranslation()
  return <span className="hatched not-measured">{t('performance.notMeasured')}</span>
}

/** Two figures, and never `0 %` of something that is not nothing. */
export function shareWords(share: number, number: (value: number, decimals?: number) => string): string {
  const percent = share * 100
  const decimals = percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2
  if (percent > 0 && percent < 0.01) return `< ${number(0.01, 2)}\u00a0%`
  return `${number(percent, decimals)}\u00a0%`
}
