import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import { say } from '#core/contracts/text.ts'
import { type TrendPoint, upTo, withTail } from '../../ui/trend/segments.ts'
import { Trend } from '../../ui/trend/Trend.tsx'
import { displayUnit } from '../../ui/units.ts'
import { rank } from '../alert/order.ts'
import { useEdge, useServerNow } from '../client/context.ts'
import { useTrend } from '../client/queries.ts'
import { Pending } from '../frame/Pending.tsx'
import { usePreferences } from '../frame/preferences-context.ts'
import { useFormat } from '../words.ts'
import { livePicture, pictureWords } from './live-picture.ts'
import type { Look } from './use-look.ts'
import { trendPoints, type Window, windows } from './windows.ts'

interface Props {
  look: Look
  alert: Alert | undefined
  staleAfterMs: number
  ageMs: number | null
}

/** One feature of one asset up to now. */
export function LiveTrend({ look, alert, staleAfterMs, ageMs }: Props) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const { scheme } = usePreferences()
  const { clock } = useEdge()
  const nowMs = useServerNow()
  const [window, setWindow] = useState<Window>(windows[0])
  const { feature, asset, model, tail, newest } = look
  const trend = useTrend({
    model,
    asset,
    series: feature.name,
    points: trendPoints,
    refetchMs: window.refetchMs,
    key: window.id,
    window: () => ({ from: clock.now() - window.ms, to: clock.now() }),
  })
  const usual = look.usual(feature.name)
  const from = nowMs - window.ms
  const picture = useMemo(() => {
    if (!trend.data) return undefined
    const said = ({ timeMs, values, verdict }: LiveReading): TrendPoint[] => {
      const value = values[feature.name]
      return verdict === 'rejected' || value === null || value === undefined ? [] : [[timeMs, value, value]]
    }
    const known = withTail(trend.data.points, tail.flatMap(said))
    const points = upTo(known, newest && said(newest)[0]).filter(([at]) => at >= from && at <= nowMs)
    const raised = alert && { at: Date.parse(alert.raisedAt), p: rank[alert.priority] }
    return livePicture({
      points,
      bucketMs: trend.data.bucketMs,
      staleAfterMs,
      from,
      to: nowMs,
      usual,
      raised,
      format,
      t,
    })
  }, [trend.data, tail, newest, feature.name, from, nowMs, alert, staleAfterMs, usual, format, t])
  const what = say(feature.title, i18n.language)
  const unit = displayUnit(feature.unit)
  const age = ageMs === null ? null : format.age(ageMs)
  const stale = ageMs !== null && ageMs > staleAfterMs
  return (
    <div>
      <header>
        <h2>
          {what}, {asset}
        </h2>
        {age !== null && (
          <span className={stale ? 'hatched' : 'muted'}>
            {unit ? t('now.trendNote', { age, unit }) : t('now.trendNoteNoUnit', { age })}
          </span>
        )}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring its legend into the line */}
        <span className="pick" role="group" aria-label={t('range.label')}>
          {windows.map((each) => (
            <button
              type="button"
              key={each.id}
              aria-pressed={each.id === window.id}
              onClick={() => setWindow(each)}
            >
              {t(`range.${each.id}`)}
            </button>
          ))}
        </span>
      </header>
      {picture && picture.x.length > 0 ? (
        <Trend
          picture={picture}
          label={pictureWords(picture, what, asset, unit, format, t)}
          heightPx={192}
          theme={scheme}
        />
      ) : trend.data ? (
        <p className="muted">{t('now.trendEmpty')}</p>
      ) : (
        <Pending error={trend.error} retry={() => void trend.refetch()} />
      )}
    </div>
  )
}
