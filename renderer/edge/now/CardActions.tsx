import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { Button } from '../../ui/Button.tsx'
import { ActionTrouble } from '../alert/ActionTrouble.tsx'
import { useAlertAction } from '../client/queries.ts'
import { ShelveDialog } from '../shelve/ShelveDialog.tsx'

/** The buttons of a card: always in the same column, the next step always in the same place. */
export function CardActions({ alert, first }: { alert: Alert; first: boolean }) {
  const { t } = useTranslation()
  const act = useAlertAction(alert)
  const [shelving, setShelving] = useState(false)
  const acknowledged = alert.state === 'acknowledged'
  return (
    <div className="act">
      {acknowledged && alert.actionDoneAt ? (
        <Link className="btn next" to="/alerts/$id" params={{ id: alert.id }} hash="feedback">
          {alert.feedback ? t(`feedback.${alert.feedback.answer}`) : t('button.whatWasIt')}
        </Link>
      ) : (
        <Button
          className="next"
          primary={!acknowledged}
          busy={act.isPending}
          data-acknowledges={acknowledged ? undefined : alert.id}
          aria-keyshortcuts={first ? 'A' : undefined}
          onPress={() => act.mutate({ do: acknowledged ? 'done' : 'acknowledge' })}
        >
          {t(acknowledged ? 'button.actionDone' : 'button.acknowledge')}
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd takes no focus; aria-keyshortcuts says the key */}
          {first && <kbd aria-hidden="true">A</kbd>}
        </Button>
      )}
      <Button
        off={alert.escalatedAt !== undefined}
        busy={act.isPending}
        onPress={() => act.mutate({ do: 'escalate' })}
      >
        {t(alert.escalatedAt === undefined ? 'button.escalate' : 'button.escalated')}
      </Button>
      <Button busy={act.isPending} aria-haspopup="dialog" onPress={() => setShelving(true)}>
        {t('button.shelve')}
      </Button>
      <ActionTrouble error={act.error} />
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
