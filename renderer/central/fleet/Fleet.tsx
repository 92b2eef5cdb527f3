import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { presenceSchema } from '#core/contracts/central.ts'
import { type FleetSummary, fleetSummarySchema } from '#core/contracts/fleet.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useFormat } from '../../ui/use-format.ts'
import { useMay } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { PresenceDot } from '../parts/Presence.tsx'
import { RolloutCard } from '../rollouts/RolloutCard.tsx'
import { Attention } from './Attention.tsx'
import { Sites } from './Sites.tsx'
import './fleet.css'

/** Which machines, how far is the rollout and what would stop it, and what needs a hand. */
export function Fleet() {
  const { t } = useTranslation()
  useTitle(t('screens.fleet'))
  const { data, error, refetch } = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs })
  return (
    <>
      <h1 className="sr" tabIndex={-1}>
        {t('screens.fleet')}
      </h1>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && data.machines === 0 && <NoMachines />}
      {data && data.machines > 0 && (
        <>
          <Health fleet={data} />
          <div className="mid">
            <Sites fleet={data} />
            <RolloutCard />
          </div>
          <Attention fleet={data} />
        </>
      )}
    </>
  )
}

function NoMachines() {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <section className="panel notice">
      <h2 className="say">{t('fleet.none')}</h2>
      <p>{t(may('admin') ? 'fleet.noneAdmin' : 'fleet.noneOther')}</p>
      {may('admin') && (
        <Link className="btn primary" to="/enrol">
          {t('enrol.title')}
        </Link>
      )}
    </section>
  )
}

function Health({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const may = useMay()
  return (
    <section className="health" aria-label={t('fleet.health')}>
      {presenceSchema.options.map((presence) => {
        const count = fleet.presence[presence]
        return (
          <Link
            key={presence}
            to="/machines"
            search={{ presence }}
            className={count === 0 ? 'muted' : undefined}
          >
            <PresenceDot presence={presence} />
            <b>{format.number(count)}</b>
            <span>{t(`presenceLong.${presence}`)}</span>
          </Link>
        )
      })}
      {may('admin') && (
        <Link className="btn enrol" to="/enrol">
          {t('enrol.title')}
        </Link>
      )}
    </section>
  )
}
