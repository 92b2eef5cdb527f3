import { useTranslation } from 'react-i18next'
import type { Slot } from '#core/contracts/deployment.ts'
import { bare } from './standing.ts'

/** As the runtime writes it where the digest itself is revoked; else it says which releases may run. */
const byDigest = /^\S+ was revoked: (.+)$/s

/** What the central team said since about a version: it stands beside those who signed it. */
export function Revoked({ slot: { revocation } }: { slot: Pick<Slot, 'revocation'> }) {
  const { t } = useTranslation()
  if (!revocation) return null
  const { action, reason } = revocation
  const revoked = action === 'stop' ? byDigest.exec(reason)?.[1] : undefined
  return (
    <span className={`revoked ${action}`}>
      <b>{t(`slot.revoked.${action === 'warn' ? 'warn' : revoked === undefined ? 'barred' : 'stop'}`)}</b>{' '}
      <span lang="en">{bare(revoked ?? reason)}</span>
    </span>
  )
}

/** It must not run any more: nobody can start it. */
export const isBarred = ({ revocation }: Pick<Slot, 'revocation'>): boolean => revocation?.action === 'stop'
