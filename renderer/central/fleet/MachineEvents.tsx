import { useTranslation } from 'react-i18next'
import { deviceEventsPageSchema } from '#core/contracts/deployments.ts'
import type { DeviceDetail } from '#core/contracts/fleet.ts'
import { Did, doerOf, reasonOf } from '../audit/Did.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'

/** What happened there, as the machine tells it, and what was done to it here. */
export function MachineEvents({ machine: { device, log } }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  return (
    <>
      <section className="panel">
        <h2>{t('machine.happened')}</h2>
        <PagedTable
          label={t('machine.happened')}
          schema={deviceEventsPageSchema}
          path="/api/deployments/history"
          params={{ device }}
          limit={10}
          id={(event) => `${event.at} ${event.kind} ${event.arrivedAt} ${event.version}`}
          empty={t('machine.nothingHappened')}
          columns={[
            { key: 'at', head: t('table.when'), width: '15%', cell: ({ at }) => <When at={at} /> },
            { key: 'kind', head: t('table.what'), width: '24%', cell: ({ kind }) => <code>{kind}</code> },
            {
              key: 'version',
              head: t('table.version'),
              width: '18%',
              cell: ({ model, version }) => [model, version].filter(Boolean).join(' '),
            },
            { key: 'by', head: t('table.who'), width: '15%', cell: ({ by }) => by },
            {
              key: 'reason',
              head: t('table.why'),
              cell: ({ reason }) => <span lang="en">{reason ?? ''}</span>,
            },
          ]}
        />
      </section>
      {log.length > 0 && (
        <section className="panel">
          <h2>{t('machine.log')}</h2>
          <ul className="plain">
            {log.slice(0, 20).map(({ id, at, by, kind, body }) => (
              <li key={id}>
                <When at={at} /> <span className="strong">{doerOf(by, body)}</span>: <Did kind={kind} />{' '}
                <span className="muted">{reasonOf(body)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
