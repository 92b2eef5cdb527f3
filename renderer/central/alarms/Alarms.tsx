import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fleetSummarySchema } from '#core/contracts/fleet.ts'
import { alarmFiguresSchema } from '#core/contracts/fleet-alerts.ts'
import { registryPageSchema } from '#core/contracts/registry.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useServerNow } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { fleetEveryMs } from '../frame/Strip.tsx'
import { Choice } from '../parts/Choice.tsx'
import { Page } from '../parts/Page.tsx'
import { Goals } from './Goals.tsx'
import { Worst } from './Worst.tsx'
import './alarms.css'

const spans = [1, 7, 30, 90] as const
const hourMs = 3_600_000

/** How well the alarms themselves do, as ISA-18.2 and EEMUA 191 measure them, each beside its goal. */
export function Alarms() {
  const { t } = useTranslation()
  const [days, setDays] = useState<(typeof spans)[number]>(7)
  const [site, setSite] = useState('')
  const [model, setModel] = useState('')
  const fleet = useGet(fleetSummarySchema, '/api/fleet', { everyMs: fleetEveryMs }).data
  const models = useGet(registryPageSchema, '/api/registry', { params: { limit: 200 } }).data
  // Whole hours: the same question until the next one begins.
  const toMs = Math.ceil(useServerNow(60_000) / hourMs) * hourMs
  const params = {
    ...{ site, model, to: new Date(toMs).toISOString() },
    from: new Date(toMs - days * 24 * hourMs).toISOString(),
  }
  const { data, error, refetch } = useGet(alarmFiguresSchema, '/api/alarm-figures', {
    params,
    everyMs: 60_000,
  })
  const all = ['', t('machines.all')] as [string, string]
  return (
    <Page title={t('screens.alarms')} note={t('alarms.what')}>
      <section className="panel filters" aria-label={t('machines.filter')}>
        <Choice
          label={t('performance.over')}
          value={String(days)}
          options={spans.map((each) => [String(each), t('performance.days', { count: each })])}
          onChange={(text) => setDays(spans.find((each) => String(each) === text) ?? 7)}
        />
        <Choice
          label={t('fleet.site')}
          value={site}
          options={[all, ...(fleet?.sites ?? []).map((each): [string, string] => [each.site, each.site])]}
          onChange={setSite}
        />
        <Choice
          label={t('table.model')}
          value={model}
          options={[all, ...(models?.items ?? []).map((each): [string, string] => [each.model, each.model])]}
          onChange={setModel}
        />
      </section>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <Goals of={data} />
          <Worst of={data} />
        </>
      )}
    </Page>
  )
}
