import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { useClaim } from '../said/use-claim.ts'
import { alertTitle, useFormat, useWho } from '../words.ts'
import { isAboutModel, isNotice } from './about.ts'
import { rank } from './order.ts'
import { Plate } from './Plate.tsx'
import { reason } from './reason.ts'
import { Sure } from './Sure.tsx'
import { useThen } from './use-then.ts'

/** Priority and state, the claim, why in a sentence, how sure, and by when. */
export function Head({ alert }: { alert: Alert }) {
  const { i18n } = useTranslation()
  return (
    <header className="head" data-p={rank[alert.priority]}>
      <Plate alert={alert}>
        <PlateState alert={alert} />
      </Plate>
      <div className="claim">
        <h1 tabIndex={-1}>{alertTitle(alert, i18n.language)}</h1>
        <Reason alert={alert} />
        {!isNotice(alert) && <Sure record={alert.trackRecord} since />}
      </div>
      <Due alert={alert} />
    </header>
  )
}

/** What the model gave, where that is a value or was given for an image; else the input that stands out. */
function Reason({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const claim = useClaim(alert)
  const [image] = alert.images ?? []
  const words =
    isAboutModel(alert) || alert.by === 'rules'
      ? say(alert.cause, i18n.language)
      : !claim
        ? // Not yet known which of these it is: its place is kept.
          '\u00a0'
        : claim.kind === 'value'
          ? t(claim.between === undefined ? 'said.valueSentence' : 'said.valueBetween', { ...claim })
          : image
            ? t(claim.kind === 'label' ? 'image.named' : 'image.given', {
                ...claim,
                image: say(image.title, i18n.language),
              })
            : reason(alert.contributions, format, t)
  return <p className="reason">{words}</p>
}

function PlateState({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const who = useWho()
  const nowMs = useServerNow(60_000)
  const at = (iso: string | undefined) => (iso === undefined ? '' : format.whenS(Date.parse(iso), nowMs))
  switch (alert.state) {
    case 'unacknowledged':
      return <small>{t('state.nobody')}</small>
    case 'returned-unacknowledged':
      return (
        <small>
          {t('state.returned')}
          <br />
          {at(alert.clearedAt)}
        </small>
      )
    case 'shelved':
      return (
        <small>
          {t('state.shelved')}
          <br />
          {who(alert.shelved?.by)}
        </small>
      )
    case 'normal':
      return (
        <small>
          {t('state.ended')}
          <br />
          {at(alert.clearedAt)}
        </small>
      )
    case 'acknowledged':
      return (
        <small>
          {t('state.acknowledged')}
          <br />
          {at(alert.acknowledgedAt)}
          <br />
          {who(alert.acknowledgedBy)}
        </small>
      )
    case 'suppressed':
    case 'out-of-service':
      return <small>{t(`state.${alert.state}`)}</small>
  }
}

function Due({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const then = useThen(alert, nowMs, true)
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  if (alert.state === 'normal')
    return (
      <div className="due">
        {alert.clearedAt && (
          <span className="strong">{t('alert.endedAt', { time: at(alert.clearedAt) })}</span>
        )}
        <span className="muted">{alert.acknowledgedAt && then.text}</span>
      </div>
    )
  if (alert.state === 'shelved' && alert.shelved)
    return (
      <div className="due">
        <span className="muted">{t('alert.shelvedUntil', { time: at(alert.shelved.until) })}</span>
        <b>{format.left(Date.parse(alert.shelved.until) - nowMs).text}</b>
        <span className="muted">{alert.shelved.reason}</span>
      </div>
    )
  const over =
    alert.state === 'returned-unacknowledged' && alert.clearedAt
      ? t('then.cleared', { time: at(alert.clearedAt) })
      : alert.actionDoneAt && t('then.done', { time: at(alert.actionDoneAt) })
  if (over)
    return (
      <div className="due">
        <span className="strong">{over}</span>
        {then.text !== over && <span className="muted">{then.text}</span>}
      </div>
    )
  const dueMs = Date.parse(alert.respondBy)
  const left = format.left(dueMs - nowMs)
  const share = Math.min(1, Math.max(0, (dueMs - nowMs) / Math.max(1, dueMs - Date.parse(alert.raisedAt))))
  return (
    <div className="due">
      <span className="muted">{t('alert.respondBy', { time: at(alert.respondBy) })}</span>
      <b>
        {left.text} {left.overdue && <small>{t('left.overdue')}</small>}
      </b>
      <span className="bar" aria-hidden="true">
        <i style={{ width: `${100 * share}%` }} />
      </span>
      <span className={then.urgent ? 'strong' : 'muted'}>{then.text}</span>
    </div>
  )
}
