import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { fleetSummarySchema } from '#core/contracts/fleet.ts'
import { type MeasuredModels, measuredModelsSchema } from '#core/contracts/performance.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useServerNow } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Choice } from '../parts/Choice.tsx'
import { Page } from '../parts/Page.tsx'
import { Hours } from './Hours.tsx'
import { Lines } from './Lines.tsx'
import { type PerformanceFilter, spans } from './performance-filter.ts'
import { SideBySide } from './SideBySide.tsx'
import './performance.css'

const hourMs = 3_600_000

/** What versions did in the field; every figure stands beside how many it was taken from. */
export function Performance() {
  const { t } = useTranslation()
  const { data, error, refetch } = useGet(measuredModelsSchema, '/api/performance/models', {
    everyMs: 60_000,
  })
  return (
    <Page title={t('screens.performance')} note={t('performance.what')}>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data?.models.length === 0 && <p className="panel">{t('performance.nothing')}</p>}
      {data && data.models.length > 0 && <Measured models={data.models} />}
    </Page>
  )
}

function Measured({ models }: MeasuredModels) {
  const { t } = useTranslation()
  const filter = useSearch({ from: '/performance' })
  const navigate = useNavigate()
  const set = (change: Partial<PerformanceFilter>) =>
    void navigate({ to: '/performance', search: { ...filter, ...change }, replace: true })
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  const newest = models.toSorted((a, b) => b.newest.localeCompare(a.newest))[0]
  const model = models.find((each) => each.model === filter.model) ?? newest!
  const { days = 7, by = 'version', measure = 'alerts' } = filter
  // Whole hours: the same question until the next one begins.
  const toMs = Math.ceil(useServerNow(60_000) / hourMs) * hourMs
  const within = {
    model: model.model,
    version: filter.version,
    site: filter.site,
    device: filter.device,
    from: new Date(toMs - days * 24 * hourMs).toISOString(),
    to: new Date(toMs).toISOString(),
  }
  const all = [['', t('machines.all')]] as const
  return (
    <>
      <section className="panel filters" aria-label={t('machines.filter')}>
        <Choice
          label={t('table.model')}
          value={model.model}
          options={models.map((each) => [each.model, each.model])}
          onChange={(name) => set({ model: name, version: undefined })}
        />
        <Choice
          label={t('table.version')}
          value={filter.version ?? ''}
          options={[...all, ...model.versions.map((each) => [each, each] as const)]}
          onChange={(version) => set({ version: version || undefined })}
        />
        <Choice
          label={t('fleet.site')}
          value={filter.site ?? ''}
          options={[...all, ...(fleet?.sites ?? []).map(({ site }) => [site, site] as const)]}
          onChange={(site) => set({ site: site || undefined })}
        />
        <Choice
          label={t('performance.over')}
          value={String(days)}
          options={spans.map((each) => [String(each), t('performance.days', { count: each })])}
          onChange={(text) => set({ days: spans.find((each) => String(each) === text) })}
        />
        {filter.device !== undefined && (
          <div className="field">
            <span className="note">{t('performance.oneMachine')}</span>
            <Button onPress={() => set({ device: undefined })}>{t('performance.allMachines')}</Button>
          </div>
        )}
      </section>
      <Hours within={within} measure={measure} onMeasure={(each) => set({ measure: each })} />
      {model.versions.length > 1 && filter.version === undefined && (
        <SideBySide key={model.model} within={within} versions={model.versions} />
      )}
      <Lines
        within={within}
        by={by}
        onBy={(each) => set({ by: each })}
        onMachine={(device) => set({ device, by: 'version' })}
      />
    </>
  )
}
