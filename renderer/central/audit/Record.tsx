import { useTranslation } from 'react-i18next'
import { type RecordItem, recordPageSchema } from '#core/contracts/fleet-record.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import type { ViewProps } from './Audit.tsx'
import { between } from './audit-filter.ts'
import { Body } from './Body.tsx'

/** What machines wrote down, newest arrival first; of one machine in its own order. */
export function MachinesRecord({ filter }: Pick<ViewProps, 'filter'>) {
  const { t } = useTranslation()
  const { device, site, kind, by } = filter
  return (
    <PagedTable<RecordItem>
      label={t('auditView.record')}
      schema={recordPageSchema}
      path="/api/record"
      params={{ device, site, kind, by, ...between(filter) }}
      id={({ device: of, stream, epoch, seq }) => `${of} ${stream} ${epoch} ${seq}`}
      empty={t('audit.noRecord')}
      columns={[
        {
          key: 'arrived',
          head: t('audit.arrived'),
          width: '14%',
          cell: ({ receivedAt }) => <When at={receivedAt} />,
        },
        {
          key: 'machine',
          head: t('machines.name'),
          width: '18%',
          cell: (it) => <MachineLink of={{ device: it.device, name: it.machine, site: it.site }} />,
        },
        {
          key: 'kind',
          head: t('table.what'),
          cell: ({ kind: what, body, stream, seq, epoch }) => (
            <Body label={<code>{what}</code>} body={body}>
              <div className="note">{t('audit.place', { stream, seq, epoch: epoch.slice(0, 8) })}</div>
            </Body>
          ),
        },
        { key: 'by', head: t('table.who'), width: '16%', cell: (it) => it.by },
        { key: 'at', head: t('audit.written'), width: '14%', cell: ({ at }) => <When at={at} /> },
      ]}
    />
  )
}
