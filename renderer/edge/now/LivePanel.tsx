import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Status } from '#core/contracts/api.ts'
import { useServerNow } from '../client/context.ts'
import { Pending } from '../frame/Pending.tsx'
import { LiveTable } from './LiveTable.tsx'
import { LiveTrend } from './LiveTrend.tsx'
import { useLook } from './use-look.ts'

/** Trend and live values: they stay below the list, whatever it does. */
export function LivePanel({ alert, status }: { alert: Alert | undefined; status: Status }) {
  const { t } = useTranslation()
  const { look, pending, error, retry } = useLook(alert)
  const nowMs = useServerNow(500)
  const ageMs = look?.newest ? Math.max(0, nowMs - look.newest.timeMs) : null
  const stale = ageMs !== null && ageMs > status.staleAfterMs
  return (
    <section className="live" aria-label={t('now.live')}>
      {look ? (
        <>
          <LiveTrend
            key={`${look.model} ${look.asset}`}
            look={look}
            alert={alert}
            staleAfterMs={status.staleAfterMs}
            ageMs={ageMs}
          />
          <LiveTable look={look} ageMs={ageMs} stale={stale} />
        </>
      ) : pending || error ? (
        <Pending error={error} retry={retry} />
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </section>
  )
}
