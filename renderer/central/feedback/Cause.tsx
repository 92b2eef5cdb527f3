import { useTranslation } from 'react-i18next'
import type { RetrainingCause } from '#core/contracts/retraining.ts'
import { useFormat } from '../../ui/use-format.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { When } from '../parts/Time.tsx'
import { shareWords } from '../performance/share-words.ts'

/** Why a model is to be trained anew, in a line or two. */
export function Cause({ of }: { of: RetrainingCause }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (of.kind === 'guardrail') {
    const newest = of.firings.toSorted((a, b) => b.at.localeCompare(a.at))[0]
    return (
      <>
        {t('cause.guardrail', { guardrail: of.guardrail, count: of.times })}
        {newest && (
          <div className="note">
            {measured(newest.metric, newest.feature)}: {figures(newest)}
          </div>
        )}
      </>
    )
  }
  if (of.kind === 'schedule') return t('cause.schedule', { count: of.everyDays })
  if (of.kind === 'person') return of.reason
  return (
    <>
      {of.source}: {of.reason}
      <div className="note">
        {Object.entries(of.figures)
          .map(([name, value]) => `${name} ${value}`)
          .join(' · ')}
      </div>
    </>
  )

  function figures({ metric, value, limit, n }: Firing): string {
    const shown = (it: number) => (metric === 'latency-p95' ? format.ms(it) : shareWords(it, format.number))
    return t('cause.figures', { value: shown(value), limit: shown(limit), n: format.number(n) })
  }
}

type Firing = Extract<RetrainingCause, { kind: 'guardrail' }>['firings'][number]
const measured = (metric: string, feature: string | undefined): string =>
  feature === undefined ? metric : `${metric} (${feature})`

/** Each firing that is kept, newest first. */
export function Firings({ of }: { of: RetrainingCause }) {
  const { t } = useTranslation()
  if (of.kind !== 'guardrail' || of.firings.length === 0) return null
  return (
    <>
      <h3 className="strong">{t('cause.firings')}</h3>
      <ul className="plain">
        {of.firings
          .toSorted((a, b) => b.at.localeCompare(a.at))
          .slice(0, 5)
          .map(({ at, device, machine, site, n }) => (
            <li key={`${at} ${device}`}>
              <When at={at} /> <MachineLink of={{ device, name: machine, site }} />{' '}
              <span className="note">n = {n}</span>
            </li>
          ))}
      </ul>
    </>
  )
}
