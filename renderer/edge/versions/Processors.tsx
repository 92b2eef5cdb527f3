import { useTranslation } from 'react-i18next'
import type { Slot } from '#core/contracts/deployment.ts'
import type { ProviderTrial } from '#core/contracts/hardware.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'
import { chosenTrial, timeBars } from './figures.ts'

/** Which processor runs a version, and why: what was tried on this machine, and what came of it. */
export function Processors({ slot }: { slot: Slot }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const { qualification, version } = slot
  const chosen = chosenTrial(qualification)
  const title = t('processors.title', { version })
  if (!qualification)
    return (
      <section>
        <h2>{title}</h2>
        <p className="muted">{t('processors.none')}</p>
      </section>
    )
  const bars = timeBars(qualification.trials)
  const runs = chosen?.latency?.runs
  return (
    <section>
      <h2>{title}</h2>
      <div className="wide-table">
        <table className="qual" aria-label={title}>
          <thead>
            <tr>
              <th>{t('processors.processor')}</th>
              <th>{t('processors.result')}</th>
              <th>{t('processors.golden')}</th>
              <th>{t('processors.differs')}</th>
              <th className="times">
                {runs === undefined ? t('processors.time') : t('processors.timeOf', { count: runs })}
              </th>
            </tr>
          </thead>
          <tbody>
            {qualification.trials.map((trial) => (
              <Trial
                key={trial.provider}
                trial={trial}
                chosen={chosen}
                alone={bars.size === 1}
                bar={bars.get(trial.provider)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="because">
        <span lang="en">{qualification.reason}</span>{' '}
        <span className="note">
          {t('processors.measured', {
            time: format.when(Date.parse(qualification.measuredAt), nowMs),
            runtime: qualification.onnxruntime,
          })}
        </span>
      </p>
    </section>
  )
}

interface TrialProps {
  trial: ProviderTrial
  chosen: ProviderTrial | undefined
  /** Nothing else could be timed. */
  alone: boolean
  bar: number | undefined
}

function Trial({ trial, chosen, alone, bar }: TrialProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { device, result, golden, largestDifference, latency, reason } = trial
  const isChosen = trial === chosen
  if (!golden && !latency)
    return (
      <tr className="muted">
        <td>{device}</td>
        <td>{t(`processors.results.${result}`)}</td>
        <td colSpan={3} lang="en">
          {reason}
        </td>
      </tr>
    )
  return (
    <tr className={isChosen ? 'chosen' : undefined}>
      <td>{device}</td>
      <td>
        {t(`processors.results.${isChosen && alone ? 'only' : result}`)}
        {!isChosen && result !== 'slower' && (
          <span className="note trial-reason" lang="en">
            {reason}
          </span>
        )}
      </td>
      <td>{golden ? t('processors.of', golden) : t('processors.notRun')}</td>
      <td>
        {trial.provider === 'cpu' && golden
          ? t('processors.reference')
          : largestDifference === null
            ? ''
            : difference(largestDifference, format.language)}
      </td>
      <td>
        {latency && (
          <span className="time">
            {format.ms(latency.oneMs)}
            <i className={isChosen ? undefined : 'slow'} style={{ width: `${bar ?? 0}%` }} />
          </span>
        )}
      </td>
    </tr>
  )
}

/** Two figures, written out: 0.0000021. */
function difference(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 2, maximumFractionDigits: 20 }).format(
    value,
  )
}
