import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'

/** Nothing to do, and it shows that it is looking; where no data comes, it never looks like that. */
export function Empty({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(500)
  const newest = status.newestReadingAtMs
  const ageMs = newest === null ? null : Math.max(0, nowMs - newest)
  if (newest !== null && ageMs !== null && ageMs > status.staleAfterMs)
    return (
      <section className="panel empty" aria-label={t('now.list')}>
        <h2 className="say">
          <span className="hatched wide">{t('age.dataOld', { age: format.age(ageMs) })}</span>
        </h2>
        <p className="muted">{t('now.staleSince', { time: format.whenS(newest, nowMs) })}</p>
      </section>
    )
  return (
    <section className="panel empty" aria-label={t('now.list')}>
      <h2 className="say">
        {ageMs === null ? <span className="hatched wide">{t('now.noReading')}</span> : t('now.empty')}
      </h2>
      {ageMs !== null && <p className="muted">{t('now.lastReading', { age: format.age(ageMs) })}</p>}
    </section>
  )
}
