import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { usePreferences } from '../../ui/frame/preferences-context.ts'
import type { TrendPoint } from '../../ui/trend/segments.ts'
import { Trend } from '../../ui/trend/Trend.tsx'
import { useLive, useServerNow } from '../client/context.ts'
import { assetKey } from '../client/live.ts'
import { useLastReading, useModel, useTrend } from '../client/queries.ts'
import { pictureWords } from '../now/live-picture.ts'
import { isAnswered } from '../said/answers.ts'
import { valueWords } from '../said/value-words.ts'
import { valueTitle, watchedBy } from '../said/watched.ts'
import { useFormat } from '../words.ts'
import { aroundMs, riskPicture } from './risk-picture.ts'

interface Props {
  alert: Alert
  staleAfterMs: number
  /** Beside an image: without words that stand there already, and nothing where one reading alone is no trend. */
  small?: boolean
}

/** What the model said around the moment it raised this alert, with the levels that raise and clear it. */
export function RiskTrend({ alert, staleAfterMs, small = false }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const { scheme } = usePreferences()
  const nowMs = useServerNow()
  const asset = useLive().get(assetKey(alert.model.id, alert.asset))
  const raisedMs = Date.parse(alert.raisedAt)
  const running = nowMs < raisedMs + aroundMs
  const last = useLastReading(alert.model.id, alert.asset, running && asset === undefined)
  const newest = asset?.newest ?? last.data ?? undefined
  const manifest = useModel(alert.model.id).data?.manifest
  const watched = useMemo(() => watchedBy(alert, manifest), [alert, manifest])
  const { interval, unit } = watched.output ?? {}
  const trend = useTrend({
    model: alert.model.id,
    asset: alert.asset,
    series: watched.series,
    points: 300,
    refetchMs: running ? 5000 : false,
    key: alert.raisedAt,
    window: () => ({ from: raisedMs - aroundMs, to: raisedMs + aroundMs }),
  })
  // The window ends; a clock that ticks on must not redraw it for ever.
  const drawnNowMs = Math.min(nowMs, raisedMs + aroundMs + 1)
  const picture = useMemo(() => {
    if (!trend.data) return undefined
    const said = (reading: LiveReading): TrendPoint[] => {
      const it = isAnswered(reading) ? watched.read(reading) : undefined
      return it === undefined ? [] : [[reading.timeMs, it, it]]
    }
    return riskPicture({
      alert,
      trend: trend.data,
      tail: (asset?.tail ?? []).flatMap(said),
      newest: newest && said(newest)[0],
      nowMs: drawnNowMs,
      staleAfterMs,
      watched,
      steps: small,
      words: valueWords({ unit, width: interval && interval.upper - interval.lower }, format, t),
      format,
      t,
    })
  }, [alert, trend.data, asset, newest, drawnNowMs, staleAfterMs, watched, small, interval, unit, format, t])
  const readings = Math.max(
    trend.data?.points.length ?? 0,
    new Set(asset?.tail.map(({ timeMs }) => timeMs)).size,
  )
  if (small && readings < 2) return null
  const what =
    watched.kind === 'risk'
      ? t('alert.risk')
      : watched.kind === 'label'
        ? t('alert.named', { name: watched.name ?? '' })
        : valueTitle(watched, format, t)
  const ageMs = newest && running ? Math.max(0, nowMs - newest.timeMs) : null
  const { version } = alert.model
  return (
    <section className={small ? 'small' : 'panel'} aria-label={small ? what : undefined}>
      {!small && (
        <h2>
          {what}
          <span className={ageMs !== null && ageMs > staleAfterMs ? 'note hatched' : 'note'}>
            {ageMs === null
              ? t('alert.around', { version })
              : t('alert.aroundAge', { version, age: format.age(ageMs) })}
          </span>
        </h2>
      )}
      {picture && picture.x.length > 0 ? (
        <Trend
          picture={picture}
          label={`${pictureWords(picture, what, alert.asset, '', format, t)} ${t('trend.labelLevels', {
            raise: picture.levels[0]?.label ?? '',
            clear: picture.levels[1]?.label ?? '',
          })}`}
          heightPx={small ? 112 : 152}
          padding={[18, 8, 26, 48]}
          theme={scheme}
        />
      ) : trend.data ? (
        <p className="muted">{t('now.trendEmpty')}</p>
      ) : (
        <Pending error={trend.error} retry={() => void trend.refetch()} />
      )}
    </section>
  )
}
