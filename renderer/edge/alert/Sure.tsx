import { useTranslation } from 'react-i18next'
import type { TrackRecord } from '#core/contracts/alert.ts'
import { OfTen } from '../../ui/OfTen.tsx'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { ofTen } from './track.ts'

/** Confidence, counted: how many alerts like this one were real. */
export function Sure({ record, since = false }: { record: TrackRecord; since?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const n = ofTen(record)
  const count = record.answered
  const tail =
    since && record.since !== undefined
      ? t('track.countSince', { count, date: format.date(Date.parse(record.since), nowMs) })
      : t('track.count', { count })
  return (
    <p className="sure">
      <OfTen n={n} />
      {n === null ? (
        <span>{t('track.unmeasured')}</span>
      ) : (
        <span>
          <span className={since ? 'strong' : undefined}>{t('track.claim', { n })}</span> {tail}
        </span>
      )}
    </p>
  )
}
