import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import { say } from '#core/contracts/text.ts'
import { Shape } from '../../ui/Shape.tsx'
import { priorities, rank } from '../alert/order.ts'
import { useServerNow } from '../client/context.ts'
import { Who } from '../people/Who.tsx'
import { useFormat } from '../words.ts'

/** The state of the machine in one line; each cell keeps its place whatever it says. */
export function Strip({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const { central } = status
  return (
    <header className="strip">
      <div>
        <span className="note">{t('strip.machine')}</span>
        <span className="v">{status.machine}</span>
      </div>
      <div>
        <span className="note">{t('strip.model')}</span>
        <span className="v">
          <ModelName status={status} />
        </span>
      </div>
      <div>
        <span className="note">{t('strip.newest')}</span>
        <span className="v">
          <Newest status={status} />
        </span>
      </div>
      <div>
        <span className="note">{t('strip.central')}</span>
        <span className="v">
          <i className={`dot ${central.state}`} />
          {t(`strip.${central.state}`, { count: central.waiting })}
        </span>
      </div>
      <div>
        <span className="note">{t('strip.unacknowledged')}</span>
        <span className="v counts">
          {priorities.map((priority) => {
            const count = status.unacknowledged[priority]
            return (
              <span key={priority} className={count === 0 ? 'muted' : undefined}>
                <Shape p={rank[priority]} none={count === 0} />
                <span className="sr">{t(`priority.${priority}`)}: </span>
                {format.number(count)}
              </span>
            )
          })}
        </span>
      </div>
      <Who />
      <div className="clock">
        <span className="note">{format.weekday(nowMs)}</span>
        <span className="v">{format.timeS(nowMs)}</span>
      </div>
    </header>
  )
}

function ModelName({ status }: { status: Status }) {
  const { t, i18n } = useTranslation()
  const [only, ...others] = status.models
  if (!only) return t('strip.noModel')
  if (others.length > 0) return t('strip.models', { count: status.models.length })
  const version = only.slots.running?.version
  if (only.answeredBy === 'rules') return t('strip.byRules', { model: say(only.title, i18n.language) })
  return `${say(only.title, i18n.language)}${version === undefined ? '' : ` ${version}`}`
}

function Newest({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(500)
  if (status.newestReadingAtMs === null) return t('strip.noReading')
  const ageMs = Math.max(0, nowMs - status.newestReadingAtMs)
  const old = ageMs > status.staleAfterMs
  return <span className={old ? 'hatched old' : undefined}>{t('age.ago', { age: format.age(ageMs) })}</span>
}
