import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useServerNow, useStaleAfter } from '../client/context.ts'
import { noAnswer } from '../said/no-answer.ts'
import { useFormat } from '../words.ts'
import { LiveImage } from './LiveImage.tsx'
import { LiveSaid } from './LiveSaid.tsx'
import { LiveTable } from './LiveTable.tsx'
import { LiveTrend } from './LiveTrend.tsx'
import { showsOf } from './shows.ts'
import { type Look, useLook } from './use-look.ts'

/** What suits the model, and live values: they stay below the list, whatever it does. */
export function LivePanel({ alert }: { alert: Alert | undefined }) {
  const { t } = useTranslation()
  const { look, pending, error, retry } = useLook(alert)
  return (
    <section className="live" aria-label={t('now.live')}>
      {look ? (
        <Looked key={`${look.model} ${look.asset}`} look={look} alert={alert} />
      ) : pending || error ? (
        <Pending error={error} retry={retry} />
      ) : (
        <p className="muted">{t('now.noLive')}</p>
      )}
    </section>
  )
}

function Looked({ look, alert }: { look: Look; alert: Alert | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(500)
  const { newest, manifest } = look
  const staleAfterMs = useStaleAfter()(look.model)
  const ageMs = newest ? Math.max(0, nowMs - newest.timeMs) : null
  const stale = ageMs !== null && ageMs > staleAfterMs
  const missing = newest && noAnswer({ newest, features: look.features, format, t })
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
        <LiveTrend {...parts} staleAfterMs={staleAfterMs} />
      )}
      {tabled.length > 0 && <LiveTable {...parts} features={tabled} says={shows === 'trend'} />}
    </>
  )
}
