import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PerformanceLine, performancePageSchema } from '#core/contracts/performance.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { type Params, useGet } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Ms, NotMeasured, Real, Share } from './Figures.tsx'

/** Versions, lowest first; as numbers, so that 1.10.0 comes after 1.9.0. */
const collator = new Intl.Collator('en', { numeric: true })

/** Two versions of one model under each other's eyes: each figure in a line, with its n. */
export function SideBySide({ within, versions }: { within: Params; versions: readonly string[] }) {
  const { t } = useTranslation()
  const sorted = versions.toSorted(collator.compare)
  const [left, setLeft] = useState(sorted.at(-2)!)
  const [right, setRight] = useState(sorted.at(-1)!)
  const lines = [useLine(within, left), useLine(within, right)]
  const wrong = lines.find(({ data, error }) => !data && error)
  const options = sorted.map((each): [string, string] => [each, each])
  return (
    <section className="panel">
      <h2>{t('performance.sideBySide')}</h2>
      {wrong && <Pending error={wrong.error} retry={() => void wrong.refetch()} />}
      <div className="table-wrap">
        <table className="table beside" aria-label={t('performance.sideBySide')}>
          <thead>
            <tr>
              <td />
              <th scope="col" aria-label={left}>
                <Choice label={t('table.version')} value={left} options={options} onChange={setLeft} />
              </th>
              <th scope="col" aria-label={right}>
                <Choice
                  label={t('performance.against')}
                  value={right}
                  options={options}
                  onChange={setRight}
                />
              </th>
            </tr>
          </thead>
          <tbody>
            <Row name={t('model.machines')} lines={lines} show={(it) => <Count n={it.machines} />} />
            <Row name={t('measure.readings')} lines={lines} show={(it) => <Count n={it.readings} />} />
            <Row
              name={t('measure.alerts')}
              lines={lines}
              show={(it) => <Share part={it.alert} n={it.readings} />}
            />
            <Row
              name={t('measure.abstained')}
              lines={lines}
              show={(it) => <Share part={it.abstain} n={it.readings} />}
            />
            <Row
              name={t('measure.rejected')}
              lines={lines}
              show={(it) => <Share part={it.rejected} n={it.readings} />}
            />
            <Row
              name={t('measure.byRules')}
              lines={lines}
              show={(it) => <Share part={it.byRules} n={it.readings} />}
            />
            <Row name={t('measure.real')} lines={lines} show={(it) => <Real of={it.real} />} />
            <Row name={t('measure.p50')} lines={lines} show={(it) => <Ms ms={it.latency.p50} />} />
            <Row name={t('measure.p95')} lines={lines} show={(it) => <Ms ms={it.latency.p95} />} />
          </tbody>
        </table>
      </div>
    </section>
  )
}

const useLine = (within: Params, version: string) =>
  useGet(performancePageSchema, '/api/performance', {
    params: { ...within, version, by: 'version', limit: 1 },
  })

interface RowProps {
  name: string
  lines: readonly ReturnType<typeof useLine>[]
  show: (line: PerformanceLine) => ReactNode
}

function Row({ name, lines, show }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {lines.map(({ data }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: left and right, always
        <td key={i}>{data === undefined ? '…' : data.all ? show(data.all) : <NotMeasured />}</td>
      ))}
    </tr>
  )
}

function Count({ n }: { n: number }) {
  const format = useFormat()
  return format.number(n)
}
