import { issuedField } from '#core/contracts/update.ts'
import type { Verified, VerifiedRole, VerifiedTarget } from '../verified.ts'
import type { Chain } from './chain.ts'
import type { Document } from './document.ts'

/** One consistent set out of a chain; undefined where a link is missing. */
export function verifiedOf({ root, timestamp, snapshot, roles }: Chain): Verified | undefined {
  const targets = roles.get('targets')
  if (!timestamp || !snapshot || !targets) return undefined
  return {
    root: roleOf(root),
    timestamp: { ...roleOf(timestamp), issued: timestamp.signed[issuedField] },
    snapshot: roleOf(snapshot),
    targets: roleOf(targets),
    delegated: [...roles.values()].filter((role) => role !== targets).map(roleOf),
  }
}

export function roleOf({ role, kind, signed, signers }: Document): VerifiedRole {
  const { version, expires } = signed
  const { owners: signedBy, threshold, keys } = signers
  const targets = kind === 'targets' ? targetsOf(signed as Document<'targets'>['signed']) : []
  return { name: role, version, expires, signedBy, threshold, keys, targets }
}

/** After TUF alone a target may come without a sha256; then it is none for this machine. */
const targetsOf = ({ targets }: Document<'targets'>['signed']): VerifiedTarget[] =>
  Object.entries(targets).flatMap(([path, { length, hashes, custom = {} }]) => {
    const { sha256 } = hashes
    return sha256 === undefined ? [] : [{ path, length, sha256, custom }]
  })
