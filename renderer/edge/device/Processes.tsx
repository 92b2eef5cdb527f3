import { useTranslation } from 'react-i18next'
import type { Status } from '#core/contracts/api.ts'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { say } from '#core/contracts/text.ts'
import { useServerNow } from '../client/context.ts'
import { providerName } from '../versions/figures.ts'
import { useFormat } from '../words.ts'

/** The runtime and one process for each loaded version. */
export function Processes({ status }: { status: Status }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(10_000)
  const lanes = status.models.flatMap((model) =>
    (['running', 'previous', 'staged'] as const).flatMap((place) => {
      const slot = model.slots[place]
      return slot?.lane ? [{ model, place, slot, key: `${model.id} ${slot.version}` }] : []
    }),
  )
  return (
    <section>
      <h2>{t('processes.title')}</h2>
      <div className="wide-table">
        <table className="device-table" aria-label={t('processes.title')}>
          <thead>
            <tr>
              <th>{t('processes.process')}</th>
              <th>{t('processes.state')}</th>
              <th>{t('processes.on')}</th>
              <th className="num">{t('slot.memory')}</th>
              <th className="num">{t('processes.pid')}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{t('processes.runtime', { version: status.version })}</th>
              <td colSpan={4}>{t('processes.since', { time: format.when(status.startedAtMs, nowMs) })}</td>
            </tr>
            {lanes.map(({ key, ...lane }) => (
              <Lane key={key} {...lane} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

interface LaneProps {
  model: ModelSummary
  place: 'running' | 'previous' | 'staged'
  slot: Slot
}

function Lane({ model, place, slot: { version, lane, provider, memoryMb } }: LaneProps) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  if (!lane) return null
  const wrong = lane.state === 'failed' || lane.state === 'restarting'
  return (
    <tr>
      <th scope="row">
        {say(model.title, i18n.language)} {version} <span className="note">{t(`slot.${place}`)}</span>
      </th>
      <td className={wrong ? 'strong' : undefined}>
        {t(`processes.states.${lane.state}`)}
        {wrong && <span className="note reason"> {lane.reason}</span>}
      </td>
      <td>{providerName(provider)}</td>
      <td className="num">{memoryMb === null ? '' : `${format.number(memoryMb)} MB`}</td>
      <td className="num">{lane.state === 'ready' ? lane.pid : ''}</td>
    </tr>
  )
}
