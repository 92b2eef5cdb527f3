/** What a role says, once its signatures, its version and its expiry were found to hold. */
export interface VerifiedRole {
  name: string
  version: number
  /** RFC 3339 */
  expires: string
  /** Owners (else key IDs) of the distinct keys whose signatures on it hold, and how many its delegator wants. */
  signedBy: string[]
  threshold: number
  /** Distinct keys that may sign it. */
  keys: number
  /** Of root, timestamp and snapshot: none. */
  targets: VerifiedTarget[]
}

export interface VerifiedTarget {
  path: string
  length: number
  /** hex */
  sha256: string
  custom: Record<string, unknown>
}

/** One consistent set: the newest root, and what it leads to. */
export interface Verified {
  root: VerifiedRole
  timestamp: VerifiedRole & { issued: string | undefined }
  snapshot: VerifiedRole
  targets: VerifiedRole
  /** Direct delegations of `targets` that were wanted and hold. */
  delegated: VerifiedRole[]
}
