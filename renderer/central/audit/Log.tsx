import { useTranslation } from 'react-i18next'
import { type LogItem, logPageSchema } from '#core/contracts/fleet-record.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import type { ViewProps } from './Audit.tsx'
import { between } from './audit-filter.ts'
import { Body } from './Body.tsx'

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
          cell: ({ by }) => <span className="strong">{by}</span>,
        },
        {
          key: 'kind',
          head: t('table.what'),
          cell: ({ kind, body }) => (
            <Body label={<code>{kind}</code>} body={body}>
              {reasonOf(body) !== '' && <div>{reasonOf(body)}</div>}
            </Body>
          ),
        },
      ]}
    />
  )
}

const reasonOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'reason' in body && typeof body.reason === 'string'
    ? body.reason
    : ''
