import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { sentence } from '../../ui/frame/failure-words.ts'
import { useServerNow } from '../client/context.ts'
import { isBarred, Revoked } from '../versions/Revoked.tsx'
import { bare, startable, swapSteps } from '../versions/standing.ts'
import { useActor } from '../versions/use-actor.ts'
import { useFormat } from '../words.ts'
import { Path } from './Path.tsx'

interface Props {
  model: ModelSummary
  slot: Slot
  children: ReactNode
}

/** The version on its way in. */
export function Candidate({ model, slot, children }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const { deployment, version, damaged, revocation } = slot
  const told = deployment.state === 'rolled-back' && deployment.reason === revocation?.reason
  const heading =
    startable(deployment) && isBarred(slot)
      ? t('candidate.title.barred', { version })
      : deployment.state === 'verifying' ||
          deployment.state === 'qualifying' ||
          deployment.state === 'refused'
        ? t(`candidate.title.${deployment.state}`, { version })
        : deployment.state === 'rolled-back'
          ? t('candidate.title.held', { version })
          : deployment.state === 'shadow'
            ? t('candidate.title.shadow', { version })
            : deployment.state === 'canary'
              ? t('candidate.title.canary', { version, percent: deployment.percent })
              : t('candidate.title.staged', { version })
  return (
    <section className="panel candidate" aria-label={t('slot.staged')}>
      <h2 className="say">{heading}</h2>
      <Path steps={swapSteps(slot, nowMs)} big />
      <div className="going-on" role="status">
        <GoingOn model={model} slot={slot} />
        <p className="note">
          {slot.signedBy.length > 0
            ? t('candidate.signed', { who: format.list(slot.signedBy) })
            : t('candidate.unsigned')}{' '}
          <code>{slot.digest}</code>
        </p>
        {!told && <Revoked slot={slot} />}
        {damaged !== undefined && <p className="strong">{t('candidate.damaged', { reason: damaged })}</p>}
      </div>
      {children}
    </section>
  )
}

/** What is happening in this step, or why it ended, in full. */
function GoingOn({ model, slot }: { model: ModelSummary; slot: Slot }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const actor = useActor(model)
  const { deployment, version, lane } = slot
  const running = model.slots.running?.version
  const untouched = running === undefined ? '' : t('candidate.untouched', { running })
  const time = format.whenS(Date.parse(deployment.since), nowMs)
  switch (deployment.state) {
    case 'verifying':
      return <p>{t('candidate.verifying')}</p>
    case 'qualifying':
      return (
        <p>
          {t(lane?.state === 'ready' ? 'candidate.golden' : 'candidate.loading')} {untouched}
        </p>
      )
    case 'refused':
      return (
        <>
          <p className="reason">{sentence(deployment.reason)}</p>
          <p className="muted">
            {t('candidate.refusedAt', { time })} {untouched}
          </p>
        </>
      )
    case 'rolled-back':
      return (
        <>
          <p className="reason">
            {t('candidate.takenBack', { time, who: actor(deployment.by), reason: bare(deployment.reason) })}
            {deployment.ms !== null && ` ${t('candidate.tookMs', { time: format.ms(deployment.ms) })}`}
          </p>
          <p className="muted">{t(isBarred(slot) ? 'candidate.barred' : 'candidate.hold', { version })}</p>
        </>
      )
    case 'shadow':
      return (
        <p>
          {t('candidate.inShadow', { version, running: running ?? '' })}{' '}
          {t('candidate.since', { time, who: actor(deployment.by), reason: bare(deployment.reason) })}
        </p>
      )
    case 'canary':
      return (
        <p>
          {t('candidate.inCanary', { version, running: running ?? '', percent: deployment.percent })}{' '}
          {t('candidate.since', { time, who: actor(deployment.by), reason: bare(deployment.reason) })}
        </p>
      )
    default:
      return <p>{isBarred(slot) ? t('candidate.barred', { version }) : t('candidate.waits', { time })}</p>
  }
}
