import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { Chevron } from '../../ui/Glyphs.tsx'
import { useSimilar } from '../client/queries.ts'
import { useFormat } from '../words.ts'
import { isNotice, subjectName } from './about.ts'

/** As many as a screen of 800 px has room for beside the usual steps. */
const shown = 3

/** Alerts of the same rule before, and how they ended. */
export function Similar({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const similar = useSimilar(alert, shown)
  return (
    <section className="past">
      <h2>{t('alert.similar')}</h2>
      {!similar.data ? (
        <Pending error={similar.error} retry={() => void similar.refetch()} />
      ) : similar.data.length === 0 ? (
        <p className="muted">{t('alert.noSimilar')}</p>
      ) : (
        <ul>
          {similar.data.map((each) => (
            <SimilarRow key={each.id} alert={each} />
          ))}
        </ul>
      )}
    </section>
  )
}

function unanswered(alert: Alert): 'none' | 'unseen' | 'active' | 'over' {
  if (alert.state === 'returned-unacknowledged') return 'unseen'
  if (alert.state !== 'normal') return 'active'
  return isNotice(alert) ? 'over' : 'none'
}

function SimilarRow({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const ending = t(`feedback.ended.${alert.feedback?.answer ?? unanswered(alert)}`)
  const note = alert.feedback?.note
  const asset = subjectName(alert, i18n.language)
  return (
    <li>
      <Link to="/alerts/$id" params={{ id: alert.id }}>
        <span>
          {note === undefined
            ? t('feedback.endedLine', { asset, ending })
            : t('feedback.endedNote', { asset, ending, note })}
          <span className="note">{format.dateTime(Date.parse(alert.raisedAt))}</span>
        </span>
        <Chevron />
      </Link>
    </li>
  )
}
