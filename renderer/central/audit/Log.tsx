import { useTranslation } from 'react-i18next'
import { type LogItem, logPageSchema } from '#core/contracts/fleet-record.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import type { ViewProps } from './Audit.tsx'
import { between } from './audit-filter.ts'
import { Body } from './Body.tsx'
import { bodyOf, Did, doerOf, reasonOf, subjectOf } from './Did.tsx'

/** What people and the server itself did here. */
export function Log({ filter }: Pick<ViewProps, 'filter'>) {
  const { t } = useTranslation()
  return (
    <PagedTable<LogItem>
      label={t('auditView.log')}
      schema={logPageSchema}
      path="/api/log"
      params={{ kind: filter.kind, by: filter.by, ...between(filter) }}
      id={({ id }) => id}
      empty={t('audit.noRecord')}
      columns={[
        { key: 'at', head: t('table.when'), width: '16%', cell: ({ at }) => <When at={at} /> },
        {
          key: 'by',
          head: t('table.who'),
          width: '20%',
          cell: ({ by, body }) => <span className="strong">{doerOf(by, bodyOf(body))}</span>,
        },
        {
          key: 'kind',
          head: t('table.what'),
          cell: ({ kind, by, body }) => (
            <Body label={<Did kind={kind} />} body={{ kind, by, body }}>
              <div className="note">{subjectOf(bodyOf(body))}</div>
              {reasonOf(bodyOf(body))}
            </Body>
          ),
        },
      ]}
    />
  )
}
