import { createHash } from 'node:crypto'
import { readDocument } from './metadata/document.ts'
import { defaultLimits, ownRules } from './metadata/rules.ts'

/** A root that somebody gives to this machine to believe. */
export interface Anchored {
  version: number
  /** RFC 3339 */
  expires: string
  /** sha256 of its bytes, hex: what people compare. */
  fingerprint: string
}

/**
 * Reads a root that must vouch for itself (TUF 1.0, 5.2). Its expiry is not looked at: newer ones may follow.
 * @throws EdgewrightError update-refused
 */
export function anchored(text: string): Anchored {
  const bytes = Buffer.from(text)
  const { signed } = readDocument(
    bytes,
    { role: 'root', kind: 'root', authorities: [] },
    ownRules,
    defaultLimits,
  )
  const { version, expires } = signed
  return { version, expires, fingerprint: createHash('sha256').update(bytes).digest('hex') }
}
