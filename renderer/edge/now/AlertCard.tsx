import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { Chevron } from '../../ui/Glyphs.tsx'
import { isAboutModel, isNotice } from '../alert/about.ts'
import { rank } from '../alert/order.ts'
import { Plate } from '../alert/Plate.tsx'
import { Sure } from '../alert/Sure.tsx'
import { useThen } from '../alert/use-then.ts'
import { useServerNow } from '../client/context.ts'
import { alertTitle, useFormat } from '../words.ts'
import { CardActions } from './CardActions.tsx'
import { CardEvidence } from './CardEvidence.tsx'
import { useDataAge } from './use-data-age.ts'

interface Props {
  alert: Alert
  /** The card that the key A acts on. */
  first: boolean
  onLook: () => void
}

/** One row of Now: plate, claim and evidence, what to do, buttons. */
export function AlertCard({ alert, first, onLook }: Props) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const then = useThen(alert, nowMs)
  const { ageMs, stale } = useDataAge(alert)
  const title = alertTitle(alert, i18n.language)
  const raised = {
    time: format.when(Date.parse(alert.raisedAt), nowMs),
    version: alert.by === 'rules' ? t('raisedRules', { version: alert.model.version }) : alert.model.version,
  }
  return (
    <article
      className="alert"
      data-p={rank[alert.priority]}
      data-alert={alert.id}
      aria-label={t('priority.label', { priority: t(`priority.${alert.priority}`), title })}
      onFocus={onLook}
      onPointerDown={onLook}
    >
      <Plate alert={alert}>
        <CardClock alert={alert} nowMs={nowMs} />
      </Plate>
      <div className="what">
        <h2>
          <Link to="/alerts/$id" params={{ id: alert.id }}>
            {title}
            <Chevron />
          </Link>
        </h2>
        {!isNotice(alert) && <Sure record={alert.trackRecord} />}
        <CardEvidence alert={alert} />
      </div>
      <div className="do">
        <ol className="steps">
          {alert.actions.map((action) => (
            <li key={say(action, 'en')}>{say(action, i18n.language)}</li>
          ))}
        </ol>
        <p className={then.urgent ? 'then strong' : 'then muted'}>{then.text}</p>
        <p className="note">
          {ageMs === null ? (
            t(isAboutModel(alert) ? 'raisedAbout' : 'raisedNoData', raised)
          ) : (
            <span className={stale ? 'hatched' : undefined}>
              {t('raised', { ...raised, age: format.age(ageMs) })}
            </span>
          )}
        </p>
      </div>
      <CardActions alert={alert} first={first} />
    </article>
  )
}

function CardClock({ alert, nowMs }: { alert: Alert; nowMs: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (alert.state === 'returned-unacknowledged') return <small>{t('state.returned')}</small>
  if (alert.actionDoneAt)
    return <small>{t('then.done', { time: format.when(Date.parse(alert.actionDoneAt), nowMs) })}</small>
  const left = format.left(Date.parse(alert.respondBy) - nowMs)
  const what = left.overdue ? 'left.overdue' : alert.state === 'acknowledged' ? 'left.act' : 'left.respond'
  return (
    <span className="left">
      {left.text}
      <small>{t(what)}</small>
    </span>
  )
}
