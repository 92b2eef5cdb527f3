import { useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type RolloutDetail, rolloutDetailSchema } from '#core/contracts/rollout.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { Did, reasonOf } from '../audit/Did.tsx'
import { useGet } from '../client/queries.ts'
import { Facts } from '../parts/Facts.tsx'
import { Page } from '../parts/Page.tsx'
import { When } from '../parts/Time.tsx'
import { RolloutActs, wantedApproval } from './RolloutActs.tsx'
import { RolloutBody, rolloutEveryMs, StateLine } from './RolloutCard.tsx'
import { RolloutMachines } from './RolloutMachines.tsx'
import './rollouts.css'

/** One rollout: how far it is, what it waits for, what failed and why, and who did what to it. */
export function Rollout() {
  const { t } = useTranslation()
  const { id } = useParams({ from: '/rollouts/$id' })
  const path = `/api/rollouts/${encodeURIComponent(id)}`
  const { data, error, refetch } = useGet(rolloutDetailSchema, path, { everyMs: rolloutEveryMs })
  if (!data)
    return (
      <Page title={t('rollout.title')}>
        <Pending error={error} retry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title={t('rollout.of', { model: data.model, version: data.version })}
      note={data.reason}
      acts={<RolloutActs rollout={data} all />}
    >
      <div className="two">
        <section className="panel roll">
          <h2>{t('rollout.groups')}</h2>
          <RolloutBody rollout={data} />
          <StateLine rollout={data} />
        </section>
        <section className="panel">
          <h2>{t('rollout.waitsFor')}</h2>
          <Waits rollout={data} />
          <About rollout={data} />
        </section>
      </div>
      {data.failures.length > 0 && <Failures rollout={data} />}
      <RolloutMachines rollout={data} />
      <History rollout={data} />
    </Page>
  )
}

function Waits({ rollout }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  const wanted = wantedApproval(rollout)
  const { state } = rollout.state
  if (state === 'draft') return <p className="strong">{t('rollout.waitsForStart')}</p>
  if (state === 'paused' || state === 'halted') return <p className="strong">{t('rollout.waitsForLook')}</p>
  const waits = rollout.groups.filter(({ state }) => state === 'active').flatMap(({ waitsFor }) => waitsFor)
  if (!wanted && waits.length === 0 && rollout.signing.length === 0)
    return <p className="muted">{t('rollout.waitsForNothing')}</p>
  return (
    <ul className="plain">
      {wanted && (
        <li className="strong">
          {t(wanted.group === null ? 'rollout.approvalsToStart' : 'rollout.approvalsToGoOn', {
            given: wanted.given.length,
            needed: wanted.needed,
          })}
        </li>
      )}
      {waits.map((each) => (
        <li key={each} lang="en">
          {each}
        </li>
      ))}
      {rollout.signing.map(({ role, why, hint }) => (
        <li key={role} lang="en">
          <span className="strong">{role}</span>: {why} <span className="note">{hint}</span>
        </li>
      ))}
    </ul>
  )
}

function About({ rollout }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  const { given, needed } = rollout.approvals
  return (
    <Facts
      of={[
        [
          t('rollout.proposed'),
          <span key="p">
            <When at={rollout.createdAt} />, {rollout.proposedBy}
          </span>,
        ],
        needed === 0
          ? null
          : [
              t('rollout.approved'),
              given.length === 0 ? t('rollout.nobody') : given.map(({ by }) => by).join(', '),
            ],
        [t('rollout.activate'), t(`activate.${rollout.activate}`)],
        [
          t('rollout.digest'),
          <code key="d" className="digest">
            {rollout.digest}
          </code>,
        ],
      ]}
    />
  )
}

function Failures({ rollout: { failures } }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  return (
    <section className="panel">
      <h2>{t('rollout.failed')}</h2>
      <ul className="plain">
        {failures.map(({ state, reason, machines }) => (
          <li key={`${state} ${reason}`}>
            <span className="strong">{t('fleet.count', { count: machines, n: String(machines) })}</span>,{' '}
            {t(`machineState.${state}`)}: <span lang="en">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function History({ rollout: { history } }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  return (
    <section className="panel">
      <h2>{t('rollout.history')}</h2>
      <ul className="plain">
        {history.map(({ at, by, kind, body }) => (
          <li key={`${at} ${kind} ${by}`}>
            <When at={at} /> <span className="strong">{by}</span>: <Did kind={kind} />
            {typeof body['name'] === 'string' && ` (${body['name']})`}{' '}
            <span className="muted">{reasonOf(body)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
