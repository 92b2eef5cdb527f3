import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { Chevron } from '../../ui/Glyphs.tsx'
import { ActionTrouble } from '../alert/ActionTrouble.tsx'
import { byUrgency, rank } from '../alert/order.ts'
import { Plate } from '../alert/Plate.tsx'
import { useServerNow } from '../client/context.ts'
import { useAlertAction, useShelvedAlerts } from '../client/queries.ts'
import { alertTitle, useFormat, useWho } from '../words.ts'
import './shelved.css'

/** What somebody has put aside: why, who, and when it comes back. */
export function Shelved() {
  const { t } = useTranslation()
  const shelved = useShelvedAlerts()
  useTitle(t('screens.shelved'))
  return (
    <div className="shelved-screen">
      <h1 className="sr" tabIndex={-1}>
        {t('screens.shelved')}
      </h1>
      {!shelved.data ? (
        <Pending error={shelved.error} retry={() => void shelved.refetch()} />
      ) : shelved.data.length === 0 ? (
        <section className="panel">
          <h2 className="say">{t('shelve.none')}</h2>
        </section>
      ) : (
        <ul className="shelf">
          {[...shelved.data].sort(byUrgency).map((alert) => (
            <ShelvedRow key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
    </div>
  )
}

function ShelvedRow({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const who = useWho()
  const nowMs = useServerNow()
  const act = useAlertAction(alert)
  const until = Date.parse(alert.shelved?.until ?? '')
  return (
    <li data-p={rank[alert.priority]}>
      <Plate alert={alert}>
        <span className="left">
          {format.left(Math.max(0, until - nowMs)).text}
          <small>{t('left.shelf')}</small>
        </span>
      </Plate>
      <div className="what">
        <h2>
          <Link to="/alerts/$id" params={{ id: alert.id }}>
            {alertTitle(alert, i18n.language)}
            <Chevron />
          </Link>
        </h2>
        <p>{t('shelve.by', { reason: alert.shelved?.reason ?? '', who: who(alert.shelved?.by) })}</p>
        <p className="muted">{t('shelve.until', { time: format.when(until, nowMs) })}</p>
      </div>
      <div className="act">
        <Button className="next" busy={act.isPending} onPress={() => act.mutate({ do: 'unshelve' })}>
          {t('button.unshelve')}
        </Button>
        <ActionTrouble error={act.error} />
      </div>
    </li>
  )
}
