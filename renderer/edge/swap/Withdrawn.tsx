import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { useServerNow } from '../client/context.ts'
import { useDeploy } from '../client/deploy.ts'
import { Ask } from '../versions/Ask.tsx'
import { isBarred } from '../versions/Revoked.tsx'
import { bare } from '../versions/standing.ts'
import { useActor } from '../versions/use-actor.ts'
import { useFormat } from '../words.ts'

const reasons = ['retry', 'mended'] as const

/** A version that was taken out while there was nothing to go back to: why, and the way in again. */
export function Withdrawn({ model, slot }: { model: ModelSummary; slot: Slot }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const actor = useActor(model)
  const deploy = useDeploy(model)
  const { version, deployment } = slot
  const barred = isBarred(slot)
  if (deployment.state !== 'withdrawn') return null
  const time = format.whenS(Date.parse(deployment.since), nowMs)
  return (
    <section className="panel candidate" aria-label={t('slot.running')}>
      <h2 className="say">{t('withdrawn.title', { version })}</h2>
      <div className="going-on">
        <p className="reason">
          {t('withdrawn.why', { time, who: actor(deployment.by), reason: bare(deployment.reason) })}
        </p>
        <p className="muted">
          {model.answeredBy === 'rules' && `${t('withdrawn.rules')} `}
          {t(barred ? 'candidate.barred' : 'withdrawn.again', { version })}
        </p>
      </div>
      {!barred && (
        <Ask
          reasons={reasons.map((each) => t(`withdrawn.reasons.${each}`))}
          go={t('withdrawn.go', { version })}
          busy={deploy.isPending}
          error={deploy.error}
          onGo={(given) => deploy.mutate({ do: 'activate', ask: { version, mode: 'replace', ...given } })}
        />
      )}
    </section>
  )
}
