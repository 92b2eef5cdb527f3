import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { DeviceDetail } from '#core/contracts/fleet.ts'
import { findingsPageSchema } from '#core/contracts/fleet-record.ts'
import { useFormat } from '../../ui/use-format.ts'
import { kindOf } from '../audit/finding-kinds.ts'
import { useGet } from '../client/queries.ts'
import { When } from '../parts/Time.tsx'

/** How much of the machine's record is here, life by life, and which of its checkpoints central has signed. */
export function MachineRecord({ machine: { device, epochs, checkpoints } }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const format = useFormat()
  const findings = useGet(findingsPageSchema, '/api/findings', { params: { device, limit: 3 } }).data?.items
  return (
    <section className="panel">
      <h2>{t('machine.record')}</h2>
      {findings !== undefined && findings.length > 0 && (
        <>
          <p className="strong">{t('machine.contradicts')}</p>
          <ul className="plain">
            {findings.map(({ id, at, kind }) => (
              <li key={id}>
                <When at={at} />{' '}
                <Link className="inline" to="/audit" search={{ view: 'findings', device }}>
                  {t(`finding.${kindOf(kind)}`)}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {epochs.length === 0 && <p className="muted">{t('machine.noRecord')}</p>}
      {epochs.length > 1 && <p>{t('machine.lives', { count: epochs.length })}</p>}
      <ul className="plain">
        {epochs.toReversed().map(({ epoch, startedAt, why, streams }) => (
          <li key={epoch}>
            <When at={startedAt} /> <span lang="en">{why}</span>
            <div className="note">
              {streams.map(({ stream, ack }) => `${stream} ${format.number(ack)}`).join(' · ')}
            </div>
          </li>
        ))}
      </ul>
      <h3 className="strong">{t('machine.checkpoints')}</h3>
      {checkpoints.length === 0 && <p className="muted">{t('machine.noCheckpoints')}</p>}
      <ul className="plain">
        {checkpoints.slice(0, 5).map(({ counter, at, countersignedAt, problem }) => (
          <li key={counter}>
            {format.number(counter)}, <When at={at} />:{' '}
            {countersignedAt === null ? (
              <span className="strong" lang={problem === null ? undefined : 'en'}>
                {problem ?? t('machine.notCountersigned')}
              </span>
            ) : (
              t('machine.countersigned')
            )}
          </li>
        ))}
      </ul>
      <p>
        <Link className="inline" to="/audit" search={{ device }}>
          {t('machine.allRecord')}
        </Link>
      </p>
    </section>
  )
}
