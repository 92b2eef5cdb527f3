import { useTranslation } from 'react-i18next'
import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { chosenTrial, providerName, shortDigest } from './figures.ts'
import { Revoked } from './Revoked.tsx'
import { LastRollback, RollbackAsk, RollbackButton, useRollback } from './Rollback.tsx'
import { StagedFoot } from './StagedFoot.tsx'
import { useActor } from './use-actor.ts'
import { useSlotState } from './use-slot-state.ts'

const places = ['running', 'previous', 'staged'] as const
export type Place = (typeof places)[number]
const rows = ['installed', 'digest', 'signed', 'selfTest', 'time', 'memory'] as const

/** Running, previous, staged, side by side: the same fact in the same line of each. */
export function Slots({ model }: { model: ModelSummary }) {
  const { t } = useTranslation()
  const rollback = useRollback(model)
  return (
    <section className="slots" aria-label={t('models.slots')}>
      <div className="labels" aria-hidden="true">
        <span />
        {rows.map((row) => (
          <span key={row}>{t(`slot.${row}`)}</span>
        ))}
      </div>
      {places.map((place) => {
        const slot = model.slots[place]
        return (
          <article key={place} className={`slot ${place}`} aria-label={t(`slot.${place}`)}>
            {slot ? <Filled model={model} slot={slot} place={place} /> : <Empty place={place} />}
            <footer>
              {place === 'running' && <LastRollback model={model} here={rollback.deploy.isSuccess} />}
              {place === 'previous' && <RollbackButton model={model} rollback={rollback} />}
              {place === 'staged' && <StagedFoot slot={slot} />}
            </footer>
          </article>
        )
      })}
      <RollbackAsk model={model} rollback={rollback} />
    </section>
  )
}

function Empty({ place }: { place: Place }) {
  const { t } = useTranslation()
  return (
    <header className="none">
      <h2>{t(`slot.${place}`)}</h2>
      <b aria-hidden="true">–</b>
      <p className="muted">{t(`slot.none.${place}`)}</p>
    </header>
  )
}

function Filled({ model, slot, place }: { model: ModelSummary; slot: Slot; place: Place }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  const actor = useActor(model)
  const state = useSlotState(model)(slot, place)
  const { selfTest, qualification } = slot
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  const trial = chosenTrial(qualification)
  const provider = providerName(slot.provider)
  const facts: Record<(typeof rows)[number], React.ReactNode> = {
    installed: t('slot.at', { time: at(slot.installedAt), who: actor(slot.installedBy) }),
    digest: <code title={slot.digest}>{shortDigest(slot.digest)}</code>,
    signed: (
      <>
        {slot.signedBy.length > 0 ? format.list(slot.signedBy) : t('slot.nobody')}
        <Revoked slot={slot} />
      </>
    ),
    selfTest: selfTest
      ? t('slot.tested', { passed: selfTest.passed, of: selfTest.of, time: at(selfTest.at) })
      : t('slot.untested'),
    time: trial?.latency
      ? t('slot.on', { time: format.ms(trial.latency.oneMs), provider })
      : t('slot.untimed', { provider }),
    memory: slot.lane
      ? slot.memoryMb === null
        ? t('slot.unmeasured')
        : `${format.number(slot.memoryMb)} MB`
      : t('slot.unloaded'),
  }
  return (
    <>
      <header>
        <h2>{t(`slot.${place}`)}</h2>
        <b>{slot.version}</b>
        <p className="muted">{state}</p>
      </header>
      {rows.map((row) => (
        <p key={row}>
          <span className="sr">{t(`slot.${row}`)}: </span>
          {facts[row]}
        </p>
      ))}
    </>
  )
}
