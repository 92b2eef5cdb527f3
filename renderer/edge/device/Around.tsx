import { useTranslation } from 'react-i18next'
import { useEdge, useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'

/** Beyond this the two clocks disagree, whatever the way of an answer took. */
const noticeMs = 2000

/** The machine's clock, and how far this screen's is from it. */
export function Clock() {
  const { t } = useTranslation()
  const format = useFormat()
  const { clock } = useEdge()
  const nowMs = useServerNow()
  const skewMs = clock.offsetMs()
  const time = `${format.weekday(nowMs)} ${format.timeS(nowMs)}`
  const skew = format.age(Math.abs(skewMs))
  return (
    <section>
      <h2>{t('clock.title')}</h2>
      <p>{time}</p>
      <p className={Math.abs(skewMs) > noticeMs ? 'strong' : 'muted'}>
        {Math.abs(skewMs) <= noticeMs
          ? t('clock.same')
          : t(skewMs > 0 ? 'clock.screenBehind' : 'clock.screenAhead', { skew })}
      </p>
    </section>
  )
}
