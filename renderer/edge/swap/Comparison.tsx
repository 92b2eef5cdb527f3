import { useTranslation } from 'react-i18next'
import type { Comparison as Compared } from '#core/contracts/comparison.ts'
import { useServerNow } from '../client/context.ts'
import { useFormat } from '../words.ts'

type Side = Compared['champion']
const rows = ['readings', 'time', 'alerts', 'feedback', 'unanswered'] as const

/** Running and candidate side by side, the verdict of the sequential test, and where the two differ. */
export function Comparison({ of }: { of: Compared }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { champion, challenger, verdict, mode, compared, agreed, skipped } = of
  const percent = (share: number) => `${format.number(share * 100, 1, false)}\u00a0%`
  const facts: Record<(typeof rows)[number], (side: Side) => string> = {
    readings: ({ readings }) => format.number(readings),
    time: ({ p50Ms, p95Ms }) =>
      p50Ms === null || p95Ms === null
        ? '–'
        : t('comparison.times', { p50: format.ms(p50Ms), p95: format.ms(p95Ms) }),
    alerts: ({ alertRate }) => (alertRate === null ? '–' : percent(alertRate)),
    feedback: ({ feedback }) => t('comparison.real', feedback),
    unanswered: ({ abstained, rejected }) => t('comparison.without', { abstained, rejected }),
  }
  return (
    <div className="comparison">
      <section aria-label={t('comparison.title')}>
        <h3 className="strong">
          {t(`comparison.verdict.${verdict.state}`, {
            version: challenger.version,
            running: champion.version,
          })}
        </h3>
        <p lang="en">{verdict.reason}</p>
        {verdict.labels > 0 && (
          <p className="note">
            {t('comparison.evidence', {
              wins: verdict.wins,
              losses: verdict.losses,
              labels: verdict.labels,
              e: format.number(verdict.e, verdict.e < 10 ? 1 : 0, false),
            })}
          </p>
        )}
        <table className="device-table">
          <thead>
            <tr>
              <th>
                <span className="sr">{t('comparison.what')}</span>
              </th>
              <th>{t('comparison.champion', { version: champion.version })}</th>
              <th>{t('comparison.challenger', { version: challenger.version })}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row}>
                <th scope="row">{t(`comparison.row.${row}`)}</th>
                <td>{facts[row](champion)}</td>
                <td>{facts[row](challenger)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {mode === 'shadow' && (
        <section>
          <h3 className="strong">
            {compared === 0
              ? t('comparison.noneCompared')
              : t('comparison.agree', {
                  agreed: format.number(agreed),
                  compared: format.number(compared),
                  percent: percent(agreed / compared),
                })}
          </h3>
          {skipped > 0 && <p className="note">{t('comparison.skipped', { count: skipped })}</p>}
          <Cases of={of} />
        </section>
      )}
    </div>
  )
}

/** The newest readings in which the two differ. */
function Cases({ of: { cases, champion, challenger } }: { of: Compared }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  if (cases.length === 0) return <p className="muted">{t('comparison.noCases')}</p>
  const said = ({ verdict, probability, value, label }: Compared['cases'][number]['champion']) => {
    const figure =
      probability === undefined
        ? value === undefined
          ? label
          : format.value(value)
        : format.percent(probability)
    return `${t(`comparison.says.${verdict}`)}${figure === undefined ? '' : `, ${figure}`}`
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by key
    <section className="cases" tabIndex={0} aria-label={t('comparison.cases')}>
      <table className="device-table" aria-label={t('comparison.cases')}>
        <thead>
          <tr>
            <th>{t('comparison.when')}</th>
            <th>{t('comparison.asset')}</th>
            <th>{champion.version}</th>
            <th>{challenger.version}</th>
          </tr>
        </thead>
        <tbody>
          {cases.map((each) => (
            <tr key={each.readingId}>
              <td>{format.whenS(Date.parse(each.time), nowMs)}</td>
              <td>{each.asset}</td>
              <td>{said(each.champion)}</td>
              <td>{said(each.challenger)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
