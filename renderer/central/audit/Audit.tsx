import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fleetSummarySchema } from '#core/contracts/fleet.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { Page } from '../parts/Page.tsx'
import { useSettled } from '../parts/use-settled.ts'
import { type AuditFilter, views } from './audit-filter.ts'
import { Checkpoints } from './Checkpoints.tsx'
import { Findings } from './Findings.tsx'
import { Log } from './Log.tsx'
import { PickMachine } from './PickMachine.tsx'
import { MachinesRecord } from './Record.tsx'
import './audit.css'

export interface ViewProps {
  filter: AuditFilter
  onSet: (change: Partial<AuditFilter>) => void
}

/** The record of the fleet: of machines, of this server, what contradicts itself, and what was countersigned. */
export function Audit() {
  const { t } = useTranslation()
  const filter: AuditFilter = useSearch({ from: '/audit' })
  const navigate = useNavigate()
  const set = (change: Partial<AuditFilter>) =>
    void navigate({ to: '/audit', search: { ...filter, ...change }, replace: true })
  const view = filter.view ?? 'record'
  const View: ComponentType<ViewProps> = {
    record: MachinesRecord,
    log: Log,
    findings: Findings,
    checkpoints: Checkpoints,
  }[view]
  return (
    <Page title={t('screens.audit')} note={t('audit.what')}>
      <fieldset className="pick views" aria-label={t('audit.views')}>
        {views.map((each) => (
          <button key={each} type="button" aria-pressed={view === each} onClick={() => set({ view: each })}>
            {t(`auditView.${each}`)}
          </button>
        ))}
      </fieldset>
      <Filters filter={{ ...filter, view }} onSet={set} />
      <section className="panel">
        <View filter={filter} onSet={set} />
      </section>
    </Page>
  )
}

function Filters({ filter, onSet }: ViewProps) {
  const { t } = useTranslation()
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  const { view, site, from = '', to = '' } = filter
  const hasKinds = view === 'record' || view === 'log'
  return (
    <section className="panel filters days" aria-label={t('machines.filter')}>
      {view !== 'log' && <PickMachine device={filter.device} onPick={(device) => onSet({ device })} />}
      {view === 'record' && (
        <Choice
          label={t('fleet.site')}
          value={site ?? ''}
          options={[
            ['', t('machines.all')],
            ...(fleet?.sites ?? []).map((each): [string, string] => [each.site, each.site]),
          ]}
          onChange={(chosen) => onSet({ site: chosen || undefined })}
        />
      )}
      {hasKinds && (
        <>
          <Typed
            label={t('audit.kind')}
            hint={t('audit.kindHint')}
            value={filter.kind}
            onSet={(kind) => onSet({ kind })}
          />
          <Typed label={t('audit.by')} value={filter.by} onSet={(by) => onSet({ by })} />
          <Field
            type="date"
            label={t('audit.from')}
            value={from}
            onText={(day) => onSet({ from: day || undefined })}
          />
          <Field
            type="date"
            label={t('audit.to')}
            value={to}
            onText={(day) => onSet({ to: day || undefined })}
          />
        </>
      )}
    </section>
  )
}

interface TypedProps {
  label: string
  hint?: string
  value: string | undefined
  onSet: (text: string | undefined) => void
}

function Typed({ label, hint, value, onSet }: TypedProps) {
  const [text, setText] = useState(value ?? '')
  const settled = useSettled(text)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed is waited for
  useEffect(() => {
    if (settled !== (value ?? '')) onSet(settled || undefined)
  }, [settled])
  return <Field type="search" label={label} hint={hint} maxLength={100} value={text} onText={setText} />
}
