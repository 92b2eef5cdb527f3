import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'
import { Button } from '../../ui/Button.tsx'
import { useAlertAction } from '../client/queries.ts'
import { ShelveDialog } from '../shelve/ShelveDialog.tsx'
import { ActionTrouble } from './ActionTrouble.tsx'
import { isAboutModel, isNotice } from './about.ts'

/** The steps, what happens otherwise, who wrote them, and the buttons that belong to this state. */
export function Todo({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation()
  return (
    <section className="panel todo">
      <h2>{t('alert.todo')}</h2>
      <ol className="steps">
        {alert.actions.map((action) => (
          <li key={say(action, 'en')}>
            <span>{say(action, i18n.language)}</span>
          </li>
        ))}
      </ol>
      {!alert.images?.length && !isAboutModel(alert) && (
        <p className="muted">{say(alert.cause, i18n.language)}</p>
      )}
      <p className="muted">{say(alert.consequence, i18n.language)}</p>
      <p className="note">{t(isNotice(alert) ? 'alert.ownedBy' : 'alert.owner', { owner: alert.owner })}</p>
      <TodoActions alert={alert} />
    </section>
  )
}

function TodoActions({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const act = useAlertAction(alert)
  const [shelving, setShelving] = useState(false)
  const busy = act.isPending
  const trouble = <ActionTrouble error={act.error} />
  if (alert.state === 'normal' || alert.state === 'suppressed' || alert.state === 'out-of-service')
    return trouble
  if (alert.state === 'shelved')
    return (
      <div className="acts">
        <Button primary busy={busy} onPress={() => act.mutate({ do: 'unshelve' })}>
          {t('button.unshelve')}
        </Button>
        {trouble}
      </div>
    )
  const acknowledged = alert.state === 'acknowledged'
  const escalated = alert.escalatedAt !== undefined
  const who = alert.escalateTo?.name
  return (
    <div className="acts">
      <Button
        primary={!alert.actionDoneAt}
        off={acknowledged && alert.actionDoneAt !== undefined}
        busy={busy}
        onPress={() => act.mutate({ do: acknowledged ? 'done' : 'acknowledge' })}
      >
        {t(acknowledged ? 'button.actionDone' : 'button.acknowledge')}
      </Button>
      <Button off={escalated} busy={busy} onPress={() => act.mutate({ do: 'escalate' })}>
        {escalated ? t('button.escalated') : who ? t('button.escalateTo', { who }) : t('button.escalate')}
      </Button>
      <Button busy={busy} aria-haspopup="dialog" onPress={() => setShelving(true)}>
        {t('button.shelve')}
      </Button>
      {trouble}
      <ShelveDialog
        open={shelving}
        onClose={() => setShelving(false)}
        onShelve={(minutes, reason) => {
          setShelving(false)
          act.mutate({ do: 'shelve', minutes, reason })
        }}
      />
    </div>
  )
}
