import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { briefReason, type Standing, shortened, standing } from '../versions/standing.ts'
import { useActor } from '../versions/use-actor.ts'
import { useFormat } from '../words.ts'

/**
 * Which version answers, in words. The line is always there, so that nothing below it moves when it changes. Of several
 * models only those that are not as usual are named.
 */
export function ModelState({ status }: { status: Status }) {
  const { t } = useTranslation()
  const nowMs = useServerNow()
  const all = status.models.map((model) => ({ model, stands: standing(model, nowMs) }))
  const [first, ...more] = all.filter(({ stands }) => stands.kind !== 'normal' && stands.kind !== 'nobody')
  const single = all.length === 1 ? all[0] : undefined
  const shown = first ?? single
  return (
    <p className="model-state" role="status">
      <Link to="/swap" className={first ? 'told' : 'muted'}>
        {shown ? (
          <Words model={shown.model} stands={shown.stands} />
        ) : (
          t('standing.several', { count: all.length })
        )}
        {more.length > 0 && ` ${t('standing.more', { count: more.length })}`}
      </Link>
    </p>
  )
}

function Words({ model, stands }: { model: ModelSummary; stands: Standing }) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const actor = useActor(model)
  const name = say(model.title, i18n.language)
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  switch (stands.kind) {
    case 'normal':
      return t('standing.normal', { model: name, version: stands.version })
    case 'rules':
      return t('standing.rules', { model: name })
    case 'nobody':
      return t('standing.nobody', { model: name })
    case 'trial': {
      const { version, until, back } = stands
      const trial = t('standing.trial', { model: name, version, time: at(until) })
      return back === undefined ? trial : `${trial} ${t('standing.back', { back })}`
    }
    case 'taken-back': {
      const { at: time, by, reason, version, running } = stands
      return t('standing.takenBack', {
        version,
        running,
        time: at(time),
        // With the reason, never more than the two lines that have room here.
        who: shortened(actor(by), 60),
        reason: briefReason(by, reason),
      })
    }
    default:
      return t(`standing.${stands.kind}`, { model: name, ...stands })
  }
}
