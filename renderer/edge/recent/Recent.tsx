import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { Chevron } from '../../ui/Glyphs.tsx'
import { isNotice } from '../alert/about.ts'
import { rank } from '../alert/order.ts'
import { Plate } from '../alert/Plate.tsx'
import { useServerNow } from '../client/context.ts'
import { useRecentAlerts } from '../client/queries.ts'
import { alertTitle, useFormat, useWho } from '../words.ts'
import '../shelved/shelved.css'

/** What is over: whoever was there can still say what it was. */
export function Recent() {
  const { t } = useTranslation()
  const recent = useRecentAlerts()
  useTitle(t('screens.recent'))
  return (
    <div className="recent-screen">
      <h1 className="sr" tabIndex={-1}>
        {t('screens.recent')}
      </h1>
      {!recent.data ? (
        <Pending error={recent.error} retry={() => void recent.refetch()} />
      ) : recent.data.length === 0 ? (
        <section className="panel">
          <h2 className="say">{t('recent.none')}</h2>
        </section>
      ) : (
        <ul className="shelf">
          {recent.data.map((alert) => (
            <RecentRow key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
    </div>
  )
}

function RecentRow({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  const { id, clearedAt, feedback } = alert
  const raised = at(alert.raisedAt)
  return (
    <li data-p={rank[alert.priority]}>
      <Plate alert={alert}>
        <small>{t('state.ended')}</small>
      </Plate>
      <div className="what">
        <h2>
          <Link to="/alerts/$id" params={{ id }}>
            {alertTitle(alert, i18n.language)}
            <Chevron />
          </Link>
        </h2>
        {feedback ? (
          <Answer feedback={feedback} />
        ) : isNotice(alert) ? (
          <p>{say(alert.consequence, i18n.language)}</p>
        ) : (
          <p className="strong">{t('recent.unanswered')}</p>
        )}
        <p className="muted">
          {clearedAt
            ? t('recent.raisedEnded', { raised, ended: at(clearedAt) })
            : t('recent.raised', { time: raised })}
        </p>
      </div>
      <div className="act">
        {!feedback && !isNotice(alert) && (
          <Link className="btn next" to="/alerts/$id" params={{ id }} hash="feedback">
            {t('button.whatWasIt')}
          </Link>
        )}
      </div>
    </li>
  )
}

function Answer({ feedback }: { feedback: NonNullable<Alert['feedback']> }) {
  const { t } = useTranslation()
  const who = useWho()(feedback.by)
  const answer = t(`feedback.${feedback.answer}`)
  const { note } = feedback
  return (
    <p>{note ? t('recent.answeredNote', { answer, note, who }) : t('recent.answered', { answer, who })}</p>
  )
}
