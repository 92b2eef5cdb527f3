import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { presenceSchema } from '#core/contracts/central.ts'
import {
  type DeviceSummary,
  deviceStateSchema,
  devicesPageSchema,
  fleetSummarySchema,
} from '#core/contracts/fleet.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { PresenceWord } from '../parts/Presence.tsx'
import { Ago } from '../parts/Time.tsx'
import { MachineLink } from './Attention.tsx'
import type { MachineFilter } from './machine-filter.ts'
import { Problems } from './Problems.tsx'
import './fleet.css'

const typingMs = 300

/** Every machine, filtered and paged by the server; the filter stands in the address. */
export function Machines() {
  const { t } = useTranslation()
  const filter = useSearch({ from: '/machines' })
  const navigate = useNavigate({ from: '/machines' })
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  const set = (change: Partial<MachineFilter>) =>
    void navigate({
      to: '/machines',
      search: (before: MachineFilter) => ({ ...before, ...change }),
      replace: true,
    })
  const [search, setSearch] = useState(filter.search ?? '')
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed is waited for
  useEffect(() => {
    const wanted = search.trim() || undefined
    if (wanted === filter.search) return
    const timer = setTimeout(() => set({ search: wanted }), typingMs)
    return () => clearTimeout(timer)
  }, [search])
  const all = [['', t('machines.all')]] as const
  return (
    <Page title={t('fleet.machines')}>
      <section className="panel filters" aria-label={t('machines.filter')}>
        <Field type="search" label={t('machines.search')} maxLength={100} value={search} onText={setSearch} />
        <Choice
          label={t('fleet.site')}
          value={filter.site ?? ''}
          options={[...all, ...(fleet?.sites ?? []).map(({ site }) => [site, site] as const)]}
          onChange={(site) => set({ site: site || undefined })}
        />
        <Choice
          label={t('machines.presence')}
          value={filter.presence ?? ''}
          options={[...all, ...presenceSchema.options.map((each) => [each, t(`presence.${each}`)] as const)]}
          onChange={(presence) => set({ presence: presence || undefined })}
        />
        <Choice
          label={t('machines.state')}
          value={filter.state ?? ''}
          options={[
            ...all,
            ...deviceStateSchema.options.map((each) => [each, t(`deviceState.${each}`)] as const),
          ]}
          onChange={(state) => set({ state: state || undefined })}
        />
        <Choice
          label={t('machines.problems')}
          value={filter.problem === undefined ? '' : (String(filter.problem) as 'true' | 'false')}
          options={[...all, ['true', t('machines.withProblem')], ['false', t('machines.noProblem')]]}
          onChange={(problem) => set({ problem: problem === '' ? undefined : problem === 'true' })}
        />
      </section>
      <section className="panel">
        <PagedTable
          label={t('fleet.machines')}
          schema={devicesPageSchema}
          path="/api/devices"
          params={{ ...filter }}
          everyMs={20_000}
          id={({ device }) => device}
          empty={t('machines.empty')}
          columns={[
            { key: 'name', head: t('machines.name'), width: '22%', cell: (it) => <MachineLink of={it} /> },
            {
              key: 'presence',
              head: t('machines.presence'),
              width: '18%',
              cell: (it) => <Standing of={it} />,
            },
            { key: 'runs', head: t('machines.runs'), width: '18%', cell: (it) => <Runs of={it} /> },
            {
              key: 'seen',
              head: t('machines.seen'),
              width: '13%',
              cell: ({ lastSeenAt }) => (lastSeenAt === null ? '' : <Ago at={lastSeenAt} />),
            },
            { key: 'what', head: t('machines.problems'), cell: (it) => <Problems of={it} /> },
          ]}
        />
      </section>
    </Page>
  )
}

function Standing({ of: { presence, state } }: { of: DeviceSummary }) {
  const { t } = useTranslation()
  return (
    <>
      <PresenceWord presence={presence} />
      {state !== 'enrolled' && <div className="strong">{t(`deviceState.${state}`)}</div>}
    </>
  )
}

/** `milling 1.1.0`, each model in a line. */
function Runs({ of: { models } }: { of: DeviceSummary }) {
  const { t } = useTranslation()
  return models.map(({ id, running, answeredBy }) => (
    <div key={id}>
      {id} {running ?? ''}
      {answeredBy !== 'model' && <span className="strong"> {t(`answeredBy.${answeredBy}`)}</span>}
    </div>
  ))
}
