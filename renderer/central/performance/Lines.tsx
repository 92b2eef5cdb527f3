import { useTranslation } from 'react-i18next'
import { type PerformanceLine, performancePageSchema } from '#core/contracts/performance.ts'
import { Button } from '../../ui/Button.tsx'
import { useFormat } from '../../ui/use-format.ts'
import type { Params } from '../client/queries.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Ago } from '../parts/Time.tsx'
import { Ms, Real, Share } from './Figures.tsx'

const ways = ['version', 'site', 'device'] as const
type By = (typeof ways)[number]

interface Props {
  within: Params
  by: By
  onBy: (by: By) => void
  onMachine: (device: string) => void
}

/** One line for each version, site or machine. */
export function Lines({ within, by, onBy, onMachine }: Props) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('performance.byWhat')}</h2>
        <fieldset className="pick" aria-label={t('performance.byWhat')}>
          {ways.map((each) => (
            <button key={each} type="button" aria-pressed={by === each} onClick={() => onBy(each)}>
              {t(`performanceBy.${each}`)}
            </button>
          ))}
        </fieldset>
      </div>
      <PagedTable<PerformanceLine>
        label={t('performance.byWhat')}
        schema={performancePageSchema}
        path="/api/performance"
        params={{ ...within, by }}
        limit={20}
        everyMs={60_000}
        id={({ key }) => key}
        empty={t('performance.nothingHere')}
        columns={[
          {
            key: 'key',
            head: t(`performanceBy.${by}`),
            width: by === 'device' ? '15%' : '12%',
            cell: ({ key, name }) =>
              by === 'device' ? (
                <Button className="bare name" onPress={() => onMachine(key)}>
                  {name ?? key.slice(0, 16)}
                </Button>
              ) : (
                <span className="strong">{name ?? key}</span>
              ),
          },
          ...(by === 'device'
            ? []
            : [
                {
                  key: 'machines',
                  head: t('model.machines'),
                  numeric: true,
                  width: '9%',
                  cell: ({ machines }: PerformanceLine) => format.number(machines),
                },
              ]),
          {
            key: 'readings',
            head: t('measure.readings'),
            numeric: true,
            cell: ({ readings }) => format.number(readings),
          },
          {
            key: 'alerts',
            head: t('measure.alerts'),
            numeric: true,
            cell: ({ alert, readings }) => <Share part={alert} n={readings} />,
          },
          {
            key: 'abstained',
            head: t('measure.abstained'),
            numeric: true,
            cell: ({ abstain, readings }) => <Share part={abstain} n={readings} />,
          },
          {
            key: 'rejected',
            head: t('measure.rejected'),
            numeric: true,
            cell: ({ rejected, readings }) => <Share part={rejected} n={readings} />,
          },
          { key: 'real', head: t('measure.real'), numeric: true, cell: ({ real }) => <Real of={real} /> },
          {
            key: 'p',
            head: t('measure.latency'),
            numeric: true,
            cell: ({ latency: { p50, p95 } }) =>
              p50 === null ? (
                <Ms ms={null} />
              ) : (
                <>
                  <Ms ms={p50} />
                  <div className="note">
                    p95 <Ms ms={p95} />
                  </div>
                </>
              ),
          },
          {
            key: 'newest',
            head: t('performance.newest'),
            numeric: true,
            cell: ({ newest }) => <Ago at={newest} />,
          },
        ]}
      />
    </section>
  )
}
