import { useTranslation } from 'react-i18next'
import type { DeviceDetail, DeviceModel } from '#core/contracts/fleet.ts'
import { say } from '#core/contracts/text.ts'
import { Facts } from '../parts/Facts.tsx'
import { When } from '../parts/Time.tsx'

const known = ['waiting', 'downloading', 'installing', 'activating', 'done', 'held', 'failed'] as const

/** What runs, since when, what people or the machine itself took out and why, and what is on its way. */
export function MachineModels({ machine }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  return (
    <section className="panel">
      <h2>{t('machine.models')}</h2>
      {machine.models.length === 0 && <p className="muted">{t('machine.noModels')}</p>}
      {machine.models.map((model) => (
        <One key={model.id} model={model} machine={machine} />
      ))}
    </section>
  )
}

function One({ model, machine: { report } }: { model: DeviceModel; machine: DeviceDetail }) {
  const { t, i18n } = useTranslation()
  const told = report?.models.find(({ id }) => id === model.id)
  const back = told?.lastRollback
  const { held, progress } = model
  const state = known.find((each) => each === progress?.state)
  // What was taken back and is held since stands there once.
  const isHeld = state === 'held' && held?.version === progress?.version
  return (
    <div className="model">
      <h3>
        <span className="strong">{told ? say(told.title, i18n.language) : model.id}</span>{' '}
        {told && <span className="note">{model.id}</span>}
      </h3>
      <Facts
        of={[
          [
            t('machine.running'),
            <span key="r">
              <span className="strong">{model.running ?? t('machine.nothing')}</span>
              {model.since !== null && (
                <>
                  {' '}
                  {t('machine.since')} <When at={model.since} />
                </>
              )}
              {model.answeredBy !== 'model' && (
                <div className="strong">{t(`answeredBy.${model.answeredBy}`)}</div>
              )}
              {told?.why !== undefined && <div lang="en">{told.why}</div>}
            </span>,
          ],
          model.previous === null ? null : [t('machine.previous'), model.previous],
          model.staged === null ? null : [t('machine.staged'), model.staged],
          !progress || isHeld
            ? null
            : [
                t('machine.progress'),
                <span key="p">
                  {progress.version}: {state ? t(`progress.${state}`) : progress.state}
                  {progress.reason !== null && <div lang="en">{progress.reason}</div>}
                </span>,
              ],
          held && [
            t('machine.held'),
            <span key="h">
              <span className="strong">{held.version}</span>, <When at={held.since} />, {held.by}
              <div lang="en">{held.reason}</div>
            </span>,
          ],
          back
            ? [
                t('machine.lastRollback'),
                <span key="b">
                  {t('machine.fromTo', { from: back.from, to: back.to })}, <When at={back.at} />, {back.by}
                  {back.reason !== held?.reason && <div lang="en">{back.reason}</div>}
                </span>,
              ]
            : null,
        ]}
      />
    </div>
  )
}
