import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { deployedPageSchema } from '#core/contracts/registry.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { Field } from '../parts/Field.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { useSettled } from '../parts/use-settled.ts'
import { modelPath } from './version-words.ts'

/** What ran where, when, by whom, as the machines tell it. */
export function Ran({ model, version }: { model: string; version?: string }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const site = useSettled(typed)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('ran.title')}</h2>
        <div className="search">
          <Field label={t('fleet.site')} maxLength={63} value={typed} onText={setTyped} />
        </div>
      </div>
      <PagedTable
        label={t('ran.title')}
        schema={deployedPageSchema}
        path={`${modelPath(model)}/history`}
        params={{ version, site }}
        limit={10}
        id={({ device, from, digest }) => `${device} ${from} ${digest}`}
        empty={t('ran.nothing')}
        columns={[
          {
            key: 'where',
            head: t('machines.name'),
            width: '20%',
            cell: ({ device, machine, site: at }) => <MachineLink of={{ device, name: machine, site: at }} />,
          },
          { key: 'version', head: t('table.version'), width: '10%', cell: (it) => it.version },
          { key: 'from', head: t('ran.from'), width: '13%', cell: ({ from }) => <When at={from} /> },
          {
            key: 'to',
            head: t('ran.to'),
            width: '18%',
            cell: ({ to, ended }) =>
              to === null ? (
                t('ran.still')
              ) : (
                <>
                  <When at={to} /> {ended !== null && <code>{ended}</code>}
                </>
              ),
          },
          { key: 'by', head: t('table.who'), width: '15%', cell: ({ by }) => by },
          { key: 'why', head: t('table.why'), cell: ({ reason }) => <span lang="en">{reason}</span> },
        ]}
      />
    </section>
  )
}
