import { useTranslation } from 'react-i18next'
import { type FleetFinding, findingsPageSchema } from '#core/contracts/fleet-record.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import type { ViewProps } from './Audit.tsx'
import { Body } from './Body.tsx'
import { kindOf } from './finding-kinds.ts'

/** What does not fit what a machine said before. */
export function Findings({ filter }: Pick<ViewProps, 'filter'>) {
  const { t } = useTranslation()
  return (
    <PagedTable<FleetFinding>
      label={t('auditView.findings')}
      schema={findingsPageSchema}
      path="/api/findings"
      params={{ device: filter.device }}
      id={({ id }) => id}
      empty={t('audit.noFindings')}
      columns={[
        { key: 'at', head: t('table.when'), width: '16%', cell: ({ at }) => <When at={at} /> },
        {
          key: 'machine',
          head: t('machines.name'),
          width: '20%',
          cell: (it) => <MachineLink of={{ device: it.device, name: it.machine, site: it.site }} />,
        },
        {
          key: 'what',
          head: t('table.what'),
          cell: ({ kind, words, detail }) => (
            <Body label={<span className="strong">{t(`finding.${kindOf(kind)}`)}</span>} body={detail}>
              <div className="note" lang="en">
                {words}
              </div>
            </Body>
          ),
        },
      ]}
    />
  )
}
