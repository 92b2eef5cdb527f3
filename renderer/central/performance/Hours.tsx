import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { performancePageSchema } from '#core/contracts/performance.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { usePreferences } from '../../ui/frame/preferences-context.ts'
import { Trend } from '../../ui/trend/Trend.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { type Params, useGet } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { hoursPicture, measured } from './hours-picture.ts'
import { type Measure, measures } from './performance-filter.ts'

/** At most so many hours are drawn: the server's longest page, about three weeks. */
const mostHours = 500
const hourMs = 3_600_000

interface Props {
  within: Params & { from: string; to: string }
  measure: Measure
  onMeasure: (measure: Measure) => void
}

/** One measure, hour by hour. */
export function Hours({ within, measure, onMeasure }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const { scheme } = usePreferences()
  const toMs = Date.parse(within.to)
  const fromMs = Math.max(Date.parse(within.from), toMs - mostHours * hourMs)
  const { data, error, refetch } = useGet(performancePageSchema, '/api/performance', {
    params: { ...within, from: new Date(fromMs).toISOString(), by: 'hour', limit: mostHours },
    everyMs: 60_000,
  })
  const picture = useMemo(
    () => data && hoursPicture({ lines: data.items, measure, fromMs, toMs, format, t }),
    [data, measure, fromMs, toMs, format, t],
  )
  const what = t(`measure.${measure}`)
  const values = data?.items.flatMap((line) => measured(line, measure) ?? []) ?? []
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('performance.byHour')}</h2>
        <Choice
          label={t('performance.measure')}
          value={measure}
          options={measures.map((each) => [each, t(`measure.${each}`)])}
          onChange={onMeasure}
        />
      </div>
      {fromMs > Date.parse(within.from) && (
        <p className="note">{t('performance.hoursOnly', { n: format.number(mostHours) })}</p>
      )}
      {!picture && <Pending error={error} retry={() => void refetch()} />}
      {picture && values.length === 0 && <p className="muted">{t('performance.nothingHere')}</p>}
      {picture && values.length > 0 && (
        <>
          <Trend
            picture={picture}
            label={t('performance.picture', {
              what,
              hours: format.number(values.length),
              newest: picture.newest?.label ?? '',
              gaps: picture.gaps.length,
            })}
            heightPx={200}
            padding={[12, 72, 28, 64]}
            theme={scheme}
          />
          <p className="note">
            {t('performance.n', {
              n: format.number(data?.all?.readings ?? 0),
              machines: t('strip.machines', {
                count: data?.all?.machines ?? 0,
                n: format.number(data?.all?.machines ?? 0),
              }),
            })}
          </p>
        </>
      )}
    </section>
  )
}
