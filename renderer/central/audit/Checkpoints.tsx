import { useTranslation } from 'react-i18next'
import { checkpointsPageSchema } from '#core/contracts/fleet-record.ts'
import { useFormat } from '../../ui/use-format.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import type { ViewProps } from './Audit.tsx'
import { Body } from './Body.tsx'

/** Which checkpoints of a machine central has countersigned: nothing up to them can be changed unseen. */
export function Checkpoints({ filter: { device } }: Pick<ViewProps, 'filter'>) {
  const { t } = useTranslation()
  const format = useFormat()
  if (device === undefined) return <p className="muted">{t('audit.chooseMachine')}</p>
  return (
    <PagedTable
      label={t('auditView.checkpoints')}
      schema={checkpointsPageSchema}
      path={`/api/devices/${device}/checkpoints`}
      limit={20}
      id={({ counter, epoch }) => `${counter} ${epoch}`}
      empty={t('audit.noCheckpoints')}
      columns={[
        {
          key: 'counter',
          head: t('audit.counter'),
          width: '34%',
          cell: ({ counter, kept }) => <Body label={format.number(counter)} body={kept} />,
        },
        { key: 'at', head: t('audit.taken'), cell: ({ at }) => <When at={at} /> },
        { key: 'arrived', head: t('audit.arrived'), cell: ({ receivedAt }) => <When at={receivedAt} /> },
        {
          key: 'signed',
          head: t('audit.countersigned'),
          cell: ({ kept: { countersignature } }) =>
            countersignature ? (
              <When at={countersignature.at} />
            ) : (
              <span className="strong">{t('audit.notYet')}</span>
            ),
        },
      ]}
    />
  )
}
