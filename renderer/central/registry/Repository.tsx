import { useTranslation } from 'react-i18next'
import type { RepositoryStatus } from '#core/contracts/registry.ts'
import { useFormat } from '../../ui/use-format.ts'
import { Facts } from '../parts/Facts.tsx'
import { When } from '../parts/Time.tsx'

/** The signed repository: what it holds, and when which of its files must be signed anew. */
export function Repository({ status }: { status: RepositoryStatus }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (!status.exists)
    return (
      <section className="panel">
        <h2>{t('repository.title')}</h2>
        <p>{t('repository.none')}</p>
        <p>
          <code>edgewright repo init DATA/repository</code>
        </p>
      </section>
    )
  return (
    <section className="panel">
      <h2>{t('repository.title')}</h2>
      {status.problem !== null && (
        <p className="strong" lang="en">
          {status.problem}
        </p>
      )}
      <Facts
        of={[
          [t('repository.packages'), format.number(status.packages)],
          [t('repository.families'), status.families.join(', ')],
          [t('repository.sites'), status.sites.join(', ')],
          [t('repository.artefacts'), t(`artefacts.${status.artefacts}`)],
          status.fingerprint === null
            ? null
            : [
                t('repository.fingerprint'),
                <code key="f" className="digest">
                  {status.fingerprint}
                </code>,
              ],
        ]}
      />
      <h3 className="strong">{t('repository.expire')}</h3>
      <ul className="plain">
        {status.roles
          .toSorted((a, b) => a.expiresInDays - b.expiresInDays)
          .map(({ role, version, expires, expiresInDays }) => (
            <li key={role}>
              {role}, {t('repository.issue', { version })}:{' '}
              <span className={expiresInDays < 7 ? 'strong' : undefined}>
                {expiresInDays < 0
                  ? t('repository.expired')
                  : t('repository.days', { count: Math.floor(expiresInDays) })}
              </span>{' '}
              <span className="note">
                <When at={expires} />
              </span>
            </li>
          ))}
      </ul>
    </section>
  )
}
