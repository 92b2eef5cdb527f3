import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { useServerNow } from '../client/context.ts'
import { Revoked } from '../versions/Revoked.tsx'
import { LastRollback, RollbackAsk, RollbackButton, useRollback } from '../versions/Rollback.tsx'
import { swapSteps, trialUntil } from '../versions/standing.ts'
import { useActor } from '../versions/use-actor.ts'
import { useFormat } from '../words.ts'
import { Path } from './Path.tsx'

/** Nothing is on its way: the running version, and how long it is still on trial. */
export function Running({ model, slot }: { model: ModelSummary; slot: Slot }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const actor = useActor(model)
  const rollback = useRollback(model)
  const { version, deployment } = slot
  const until = trialUntil(slot, nowMs)
  const time = format.whenS(Date.parse(deployment.since), nowMs)
  const by = 'by' in deployment ? { who: actor(deployment.by), reason: deployment.reason } : undefined
  return (
    <section className="panel candidate" aria-label={t('slot.running')}>
      <h2 className="say">
        {until === undefined ? t('trial.committed', { version }) : t('trial.title', { version })}
      </h2>
      <Path steps={swapSteps(slot, nowMs)} big />
      <div className="going-on">
        {until !== undefined && (
          <p className="countdown" role="timer">
            {format.left(Date.parse(until) - nowMs).text}
            <small>{t('trial.left', { time: format.timeS(Date.parse(until)) })}</small>
          </p>
        )}
        <p>{until === undefined ? t('trial.over') : t('trial.what')}</p>
        {by && <p className="muted">{t('trial.since', { time, ...by })}</p>}
        <Revoked slot={slot} />
        <LastRollback model={model} />
      </div>
      <div className="trial-back">
        <RollbackButton model={model} rollback={rollback} />
      </div>
      <RollbackAsk model={model} rollback={rollback} />
    </section>
  )
}
