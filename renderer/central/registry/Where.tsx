import { useTranslation } from 'react-i18next'
import type { Where } from '#core/contracts/registry.ts'
import { useFormat } from '../../ui/use-format.ts'

/** Machines by site, by their newest report. */
export function WhereItRuns({ where }: { where: readonly Where[] }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <section className="panel">
      <h2>{t('model.where')}</h2>
      {where.length === 0 ? (
        <p className="muted">{t('model.nowhere')}</p>
      ) : (
        <div className="table-wrap">
          <table className="table" aria-label={t('model.where')}>
            <thead>
              <tr>
                <th scope="col">{t('fleet.site')}</th>
                <th scope="col">{t('table.version')}</th>
                <th scope="col">{t('model.slot')}</th>
                <th scope="col" className="num">
                  {t('model.machines')}
                </th>
              </tr>
            </thead>
            <tbody>
              {where.map(({ site, version, slot, machines }) => (
                <tr key={`${site} ${version} ${slot}`}>
                  <td>{site}</td>
                  <td>{version}</td>
                  <td className={slot === 'running' ? undefined : 'muted'}>{t(`slot.${slot}`)}</td>
                  <td className="num">{format.number(machines)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
