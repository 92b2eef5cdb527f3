import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { presenceSchema } from '#core/contracts/central.ts'
import type { FleetSummary, PresenceCounts, SiteSummary } from '#core/contracts/fleet.ts'
import { useFormat } from '../../ui/use-format.ts'
import { Squares } from './Squares.tsx'

/** ISA-18.2: about one alarm in ten minutes is what an operator can bear. */
const goalPer10Min = 1

/** Each site in a row: its machines as squares, or as one bar where there are too many to be drawn. */
export function Sites({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  return (
    <section className="panel grid">
      <div className="head">
        <h2>
          <Link to="/machines">{t('fleet.machines')}</Link>
        </h2>
        <span>{t('fleet.rate')}</span>
      </div>
      <table aria-label={t('fleet.bySite')}>
        <thead>
          <tr>
            <th scope="col">{t('fleet.site')}</th>
            <th scope="col">{t('fleet.machines')}</th>
            <th scope="col">{t('fleet.rateHead')}</th>
          </tr>
        </thead>
        <tbody>
          {fleet.sites.map((site) => (
            <Row key={site.site} site={site} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** `40 online, 2 updating`; what there is none of is left out. */
export function useCountsInWords(): (counts: PresenceCounts) => string {
  const { t } = useTranslation()
  const format = useFormat()
  return (counts) =>
    presenceSchema.options
      .filter((presence) => counts[presence] > 0)
      .map((presence) => `${format.number(counts[presence])} ${t(`presence.${presence}`)}`)
      .join(', ')
}

function Row({ site }: { site: SiteSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const inWords = useCountsInWords()
  const rate = site.alertsPer10Min
  const label = `${site.site}: ${inWords(site.presence)}`
  return (
    <tr>
      <td>
        <Link to="/machines" search={{ site: site.site }}>
          <span className="strong">{site.site}</span>
          <span className="note">
            {t('fleet.count', { count: site.machines, n: format.number(site.machines) })}
          </span>
        </Link>
      </td>
      <td>
        {site.squares ? (
          <Squares squares={site.squares} label={label} />
        ) : (
          <Shares site={site} label={label} />
        )}
      </td>
      <td>
        {rate === null ? (
          <span className="muted">{t('fleet.noRate')}</span>
        ) : (
          <span className={rate > goalPer10Min ? 'strong' : undefined}>{format.number(rate, 1)}</span>
        )}
      </td>
    </tr>
  )
}

/** A bar, and its largest parts in words. */
function Shares({ site, label }: { site: SiteSummary; label: string }) {
  const inWords = useCountsInWords()
  return (
    <div>
      <div className="shares" role="img" aria-label={label}>
        {presenceSchema.options.map(
          (presence) =>
            site.presence[presence] > 0 && (
              <i key={presence} className={`dot ${presence}`} style={{ flexGrow: site.presence[presence] }} />
            ),
        )}
      </div>
      <p className="note" aria-hidden="true">
        {inWords(site.presence)}
      </p>
    </div>
  )
}
