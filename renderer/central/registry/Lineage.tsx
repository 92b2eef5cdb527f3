import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { RegistryVersionDetail } from '#core/contracts/registry.ts'
import { Facts } from '../parts/Facts.tsx'
import { When } from '../parts/Time.tsx'

/** What it was made of, by whom, and who agreed: an approval is a signature, and nothing else is one. */
export function Lineage({ of: { model, manifest, replaces, approvals } }: { of: RegistryVersionDetail }) {
  const { t } = useTranslation()
  return (
    <section className="panel">
      <h2>{t('lineage.title')}</h2>
      <Facts
        of={[
          manifest && [
            t('lineage.data'),
            <span key="d" lang="en">
              {manifest.trainedOn.data}
            </span>,
          ],
          manifest && [
            t('lineage.pipeline'),
            manifest.trainedOn.pipeline ?? <span className="muted">{t('lineage.notSaid')}</span>,
          ],
          [
            t('lineage.replaces'),
            replaces === null ? (
              <span key="none" className="muted">
                {t('lineage.first')}
              </span>
            ) : (
              <Link
                key="replaces"
                className="inline"
                to="/registry/$model/$version"
                params={{ model, version: replaces }}
              >
                {replaces}
              </Link>
            ),
          ],
          manifest && [t('lineage.owner'), manifest.people.owner.name],
          manifest?.people.approver ? [t('lineage.approver'), manifest.people.approver.name] : null,
        ]}
      />
      <h3 className="strong">{t('lineage.approvals')}</h3>
      {approvals.length === 0 && <p className="muted">{t('lineage.noApprovals')}</p>}
      <ul className="plain">
        {approvals.map(({ by, keyId, at, broughtBy }) => (
          <li key={keyId}>
            <span className="strong">{by}</span>, <When at={at} />
            <div className="note">
              {t('lineage.key')} <code className="digest">{keyId.slice(0, 16)}</code>,{' '}
              {broughtBy === null ? t('lineage.withFolder') : t('lineage.broughtBy', { name: broughtBy })}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
