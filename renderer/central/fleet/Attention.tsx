import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type DeviceSummary, devicesPageSchema, type FleetSummary } from '#core/contracts/fleet.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { PresenceWord } from '../parts/Presence.tsx'
import { Problems } from './Problems.tsx'

/** Machines that somebody should look at: what is wrong, in words. */
export function Attention({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const count = fleet.sites.reduce((sum, { problems }) => sum + problems, 0)
  return (
    <section className="attention">
      <div className="head">
        <h2>{t('fleet.attention')}</h2>
        <span className="note">
          {count === 0 ? t('fleet.noAttention') : t('fleet.attentionCount', { count })}
        </span>
      </div>
      {count > 0 && (
        <PagedTable
          label={t('fleet.attention')}
          schema={devicesPageSchema}
          path="/api/devices"
          params={{ problem: true }}
          limit={10}
          everyMs={20_000}
          id={({ device }) => device}
          empty={t('fleet.noAttention')}
          columns={[
            { key: 'name', head: t('machines.name'), width: '24%', cell: (it) => <MachineLink of={it} /> },
            {
              key: 'presence',
              head: t('machines.presence'),
              width: '14%',
              cell: ({ presence }) => <PresenceWord presence={presence} />,
            },
            { key: 'why', head: t('table.why'), cell: (it) => <Problems of={it} /> },
          ]}
        />
      )}
    </section>
  )
}

export function MachineLink({
  of: { device, name, site },
}: {
  of: Pick<DeviceSummary, 'device' | 'name' | 'site'>
}) {
  return (
    <Link className="cell-link" to="/machines/$device" params={{ device }}>
      <span>
        <span className="strong">{name}</span>, {site}
      </span>
    </Link>
  )
}
