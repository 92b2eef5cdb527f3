import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Status } from '#core/contracts/api.ts'
import { useServerNow } from '../client/context.ts'
import { Pending } from '../frame/Pending.tsx'
import { noAnswer } from '../said/no-answer.ts'
import { LiveImage } from './LiveImage.tsx'
import { LiveSaid } from './LiveSaid.tsx'
import { LiveTable } from './LiveTable.tsx'
import { LiveTrend } from './LiveTrend.tsx'
import { showsOf } from './shows.ts'
import { type Look, useLook } from './use-look.ts'

/** What suits the model, and live values: they stay below the list, whatever it does. */
export function LivePanel({ alert, status }: { alert: Alert | undefined; status: Status }) {
  const { t } = useTranslation()
  const { look, pending, error, retry } = useLook(alert)
  return (
    <section className="live" aria-label={t('now.live')}>
      {look ? (
        <Looked key={`${look.model} ${look.asset}`} look={look} alert={alert} status={status} />
      ) : pending || error ? (
        <Pending error={error} retry={retry} />
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </section>
  )
}

function Looked({ look, alert, status }: { look: Look; alert: Alert | undefined; status: Status }) {
  const { t } = useTranslation()
  const nowMs = useServerNow(500)
  const { newest, marks, manifest } = look
  const ageMs = newest ? Math.max(0, nowMs - newest.timeMs) : null
  const stale = ageMs !== null && ageMs > status.staleAfterMs
  const missing = newest && noAnswer({ newest, marks, tensors: manifest.inputs.tensors, t })
  const shows = showsOf(manifest)
  const parts = { look, alert, ageMs, stale, missing }
  // An image's table holds what else there is of it; mostly that is nothing.
  const tabled = look.features.filter(({ kind }) => shows !== 'image' || kind !== 'image')
  return (
    <>
      {shows === 'image' ? (
        <LiveImage {...parts} />
      ) : shows === 'said' ? (
        <LiveSaid {...parts} />
      ) : (
        <LiveTrend {...parts} staleAfterMs={status.staleAfterMs} />
      )}
      {tabled.length > 0 && <LiveTable {...parts} features={tabled} says={shows === 'trend'} />}
    </>
  )
}
