import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { usePreferences } from '../../ui/frame/preferences-context.ts'
import { roomFor } from '../../ui/trend/picture.ts'
import { type TrendPoint, upTo, withTail } from '../../ui/trend/segments.ts'
import { Trend } from '../../ui/trend/Trend.tsx'
import { rank } from '../alert/order.ts'
import { useEdge, useServerNow } from '../client/context.ts'
import { useTrend } from '../client/queries.ts'
import type { NoAnswer } from '../said/no-answer.ts'
import { WhyNot } from '../said/WhyNot.tsx'
import { useFormat } from '../words.ts'
import { livePicture, pictureWords } from './live-picture.ts'
import { subjectOf, trendNote } from './subject.ts'
import type { Look } from './use-look.ts'
import { trendPoints, type Window, windows } from './windows.ts'

interface Props {
  look: Look
  alert: Alert | undefined
  staleAfterMs: number
  ageMs: number | null
  missing: NoAnswer | undefined
}

/** One feature of one asset, or what the model said of it, up to now. */
export function LiveTrend({ look, alert, staleAfterMs, ageMs, missing }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const { scheme } = usePreferences()
  const { clock } = useEdge()
  const nowMs = useServerNow()
  const [window, setWindow] = useState<Window>(windows[0])
  const { asset, model, manifest, feature, usual: usualOf, tail, newest } = look
  // biome-ignore lint/correctness/useExhaustiveDependencies: usual ranges change with the alert or the model's detail
  const subject = useMemo(
    () => subjectOf({ manifest, feature, usual: usualOf }, alert, format, t),
    [manifest, feature, alert, format, t],
  )
  const trend = useTrend(
    subject && {
      model,
      asset,
      series: subject.series,
      points: trendPoints,
      refetchMs: window.refetchMs,
      key: window.id,
      window: () => ({ from: clock.now() - window.ms, to: clock.now() }),
    },
  )
  const from = nowMs - window.ms
  const picture = useMemo(() => {
    if (!trend.data || !subject) return undefined
    const said = (reading: LiveReading): TrendPoint[] => {
      const value = subject.read(reading)
      return value === undefined ? [] : [[reading.timeMs, value, value]]
    }
    const known = withTail(trend.data.points, tail.flatMap(said))
    const points = upTo(known, newest && said(newest)[0]).filter(([at]) => at >= from && at <= nowMs)
    const raised = alert && { at: Date.parse(alert.raisedAt), p: rank[alert.priority] }
    const { bucketMs } = trend.data
    const { usual, said: value } = subject
    return livePicture({
      points,
      bucketMs,
      staleAfterMs,
      from,
      to: nowMs,
      usual,
      said: value,
      raised,
      format,
      t,
    })
  }, [trend.data, subject, tail, newest, from, nowMs, alert, staleAfterMs, format, t])
  if (!subject) return null
  const stale = ageMs !== null && ageMs > staleAfterMs
  return (
    <div>
      <header>
        <h2>
          {subject.title}, {asset}
        </h2>
        {ageMs !== null && (
          <span className={stale ? 'hatched' : 'muted'}>
            {picture?.x.length === 0 && missing
              ? t('age.old', { age: format.age(ageMs) })
              : trendNote(subject, format.age(ageMs), format, t)}
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
          label={pictureWords(picture, subject.title, asset, subject.unit, format, t)}
          heightPx={184}
          padding={[12, roomFor(picture.newest), 28, 48]}
          theme={scheme}
        />
      ) : trend.data ? (
        missing ? (
          <WhyNot missing={missing} big />
        ) : (
          <p className="muted">{t('now.trendEmpty')}</p>
        )
      ) : (
        <Pending error={trend.error} retry={() => void trend.refetch()} />
      )}
    </div>
  )
}
