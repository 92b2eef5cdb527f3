import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type RolloutDetail, rolloutDetailSchema, rolloutPageSchema } from '#core/contracts/rollout.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useMay } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { When } from '../parts/Time.tsx'
import { Gate } from './Gate.tsx'
import { Groups } from './Groups.tsx'
import { RolloutActs } from './RolloutActs.tsx'
import { activeGroup, isOpen, partsOf, useStateWords } from './rollout-words.ts'
import './rollouts.css'

export const rolloutEveryMs = 10_000

/** The rollout that its gate stopped, else the newest under way: how far it is, and what would stop it. */
export function RolloutCard() {
  const { t } = useTranslation()
  const may = useMay()
  const { data, error, refetch } = useGet(rolloutPageSchema, '/api/rollouts', {
    params: { open: true, limit: 100 },
    everyMs: rolloutEveryMs,
  })
  const open = data?.items ?? []
  const shown = open.find(({ state }) => state.state === 'halted') ?? open[0]
  return (
    <section className="panel roll">
      {shown ? (
        <Card id={shown.id} />
      ) : (
        <>
          <h2>{t('rollout.title')}</h2>
          {data ? (
            <p className="muted">{t('rollout.noneOpen')}</p>
          ) : (
            <Pending error={error} retry={() => void refetch()} />
          )}
          {data && may('publisher') && (
            <p>
              <Link className="btn" to="/rollouts/new">
                {t('newRollout.title')}
              </Link>
            </p>
          )}
        </>
      )}
      {open.length > 1 && (
        <p className="more">
          <Link className="inline" to="/rollouts">
            {t('rollout.others', { count: open.length - 1 })}
          </Link>
        </p>
      )}
    </section>
  )
}

function Card({ id }: { id: number }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useGet(rolloutDetailSchema, `/api/rollouts/${id}`, {
    everyMs: rolloutEveryMs,
  })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return (
    <>
      <div className="head">
        <h2>
          <Link to="/rollouts/$id" params={{ id: String(id) }}>
            {t('rollout.of', { model: data.model, version: data.version })}
          </Link>
        </h2>
        <span>
          {t('rollout.since')} <When at={data.createdAt} />, {data.proposedBy}
        </span>
      </div>
      <RolloutBody rollout={data} />
      <div className="foot">
        <StateLine rollout={data} />
        <div className="acts">
          <RolloutActs rollout={data} />
        </div>
      </div>
    </>
  )
}

/** Groups, and the gate of the one at work. */
export function RolloutBody({ rollout: { groups, state } }: { rollout: RolloutDetail }) {
  const at = activeGroup(state)
  const group = at === null ? undefined : groups[at]
  return (
    <>
      <Groups
        isOpen={isOpen(state)}
        groups={groups.map(({ name, state: of, machines, counts }) => ({
          name,
          state: of,
          machines,
          ...partsOf(counts, machines),
        }))}
      />
      {group && <Gate name={group.name} figures={group.figures} />}
    </>
  )
}

/** In what state it is, why, and the most frequent failure. */
export function StateLine({ rollout: { state, failures } }: { rollout: RolloutDetail }) {
  const { t } = useTranslation()
  const words = useStateWords()
  const [worst] = failures
  const stopped = state.state === 'halted' || state.state === 'paused'
  return (
    <div className="note state-line">
      <p className={stopped ? 'strong' : undefined}>
        {words(state)}
        {'by' in state && `, ${state.by}`}
        {'reason' in state && <span lang="en">: {state.reason}</span>}
      </p>
      {worst && (
        <p>
          {t(`machineState.${worst.state}`)},{' '}
          {t('fleet.count', { count: worst.machines, n: String(worst.machines) })}:{' '}
          <span lang="en">{worst.reason}</span>
        </p>
      )}
    </div>
  )
}
