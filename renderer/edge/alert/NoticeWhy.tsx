import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { Figures } from './Figures.tsx'

/** What became of a version, when, and where to look at it. */
export function NoticeWhy({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const { cause, model, raisedAt } = alert
  // The runtime gives a reason in one language only.
  const lang = say(cause, 'de') === say(cause, 'en') ? 'en' : undefined
  const reason = <span lang={lang}>{say(cause, i18n.language)}</span>
  return (
    <section className="panel">
      <h2>{t('alert.why')}</h2>
      <Figures
        rows={[
          [t('alert.reasonGiven'), reason],
          [t('alert.version'), model.version],
          [t('alert.noticed'), format.whenS(Date.parse(raisedAt), nowMs)],
        ]}
      />
      <Link className="btn" to="/models">
        {t('screens.models')}
      </Link>
    </section>
  )
}
