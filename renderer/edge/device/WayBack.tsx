import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { LastRollback, RollbackAsk, RollbackButton, useRollback } from '../versions/Rollback.tsx'
import { useSlotState } from '../versions/use-slot-state.ts'

/** What runs, and the way back from it: two touches from here. */
export function WayBack({ model }: { model: ModelSummary }) {
  const { t, i18n } = useTranslation()
  const rollback = useRollback(model)
  const state = useSlotState(model)
  const { running, previous } = model.slots
  const name = say(model.title, i18n.language)
  return (
    <section className={rollback.asking ? 'panel way-back asking' : 'panel way-back'} aria-label={name}>
      <div>
        <h2 className="say">{running ? `${name} ${running.version}` : name}</h2>
        <p className="muted">{running ? state(running, 'running') : t('slot.none.running')}</p>
        <LastRollback model={model} here={rollback.deploy.isSuccess} />
      </div>
      <div className="to-back">
        <RollbackButton model={model} rollback={rollback} />
        {!previous && <p className="muted">{t('slot.none.previous')}</p>}
      </div>
      <RollbackAsk model={model} rollback={rollback} />
    </section>
  )
}
