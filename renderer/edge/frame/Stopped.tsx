import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { Shape } from '../../ui/Shape.tsx'
import { useServerNow } from '../client/context.ts'
import { type Judging, judging, type Restarts, trackRestarts } from './stopped.ts'

/** Full width, above everything: a model that should judge and does not. Below it, quietly, one that is still being checked. */
export function Stopped({ status }: { status: Status }) {
  const { t, i18n } = useTranslation()
  const nowMs = useServerNow()
  const [restarts, setRestarts] = useState<Restarts>(() => trackRestarts(new Map(), status))
  const next = trackRestarts(restarts, status)
  if (next !== restarts) setRestarts(next)
  const all = status.models.map((model) => ({ model, says: judging(model, next, nowMs) }))
  const stopped = all.filter(({ says }) => !says.judges && says.why !== 'preparing')
  const preparing = all.filter(({ says }) => !says.judges && says.why === 'preparing')
  const name = (model: ModelSummary) => say(model.title, i18n.language)
  return (
    <>
      {stopped.length > 0 && (
        <section className="stopped" data-p="1" role="alert">
          <Shape p={1} big />
          <div>
            <h2>{t('stopped.title')}</h2>
            {stopped.map(({ model, says }) => (
              <div key={model.id}>
                <p>{t('stopped.model', { model: name(model) })}</p>
                <p className="fact">
                  <Why says={says} />
                </p>
              </div>
            ))}
          </div>
        </section>
      )}
      {preparing.map(({ model, says }) => (
        <p key={model.id} className="preparing" role="status">
          {t('preparing', { model: name(model), version: 'version' in says ? says.version : '' })}
        </p>
      ))}
    </>
  )
}

function Why({ says }: { says: Judging }) {
  const { t } = useTranslation()
  if (says.judges || says.why === 'preparing') return null
  if (says.why === 'none') return t('stopped.none')
  if (says.why === 'closed') return t('stopped.closed', { version: says.version })
  return t(`stopped.${says.why}`, { version: says.version, reason: says.reason })
}
