import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'
import { useFormat } from '../../ui/use-format.ts'
import { MachineLink } from '../fleet/Attention.tsx'
import { shareWords } from '../performance/share-words.ts'
import { useSay } from '../registry/version-words.ts'

/** The ten sources that raise most. */
export function Worst({ of: { worst } }: { of: AlarmFigures }) {
  const { t } = useTranslation()
  const format = useFormat()
  const say = useSay()
  return (
    <section className="panel">
      <h2>{t('alarms.worst')}</h2>
      {worst.length === 0 ? (
        <p className="muted">{t('alarms.none')}</p>
      ) : (
        <div className="table-wrap">
          <table className="table worst" aria-label={t('alarms.worst')}>
            <thead>
              <tr>
                <th scope="col">{t('alarms.source')}</th>
                <th scope="col">{t('machines.name')}</th>
                <th scope="col">{t('table.model')}</th>
                <th scope="col">
                  <span className="sr">{t('alarms.bar')}</span>
                </th>
                <th scope="col" className="num">
                  {t('alarms.count')}
                </th>
                <th scope="col" className="num">
                  {t('alarms.share')}
                </th>
              </tr>
            </thead>
            <tbody>
              {worst.map(({ device, machine, site, model, rule, asset, title, count, share }) => (
                <tr key={`${device} ${model} ${rule} ${asset}`}>
                  <th scope="row">
                    <span className="strong">{say(title)}</span>
                    {asset !== null && <div className="note">{asset}</div>}
                  </th>
                  <td>
                    <MachineLink of={{ device, name: machine, site }} />
                  </td>
                  <td>
                    <Link className="cell-link" to="/registry/$model" params={{ model }}>
                      {model}
                    </Link>
                  </td>
                  <td>
                    <span className="meter" aria-hidden="true">
                      <i style={{ width: `${(100 * share) / (worst[0]?.share || 1)}%` }} />
                    </span>
                  </td>
                  <td className="num">{format.number(count)}</td>
                  <td className="num">{shareWords(share, format.number)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
