/** What is asked of metadata beyond TUF 1.0, and how much of it is read. */
export interface Rules {
  /** A key counts only under the ID that is its own: sha256 of the canonical JSON of {keytype, scheme, keyval}. */
  ownKeyIds: boolean
  /** Root must promise consistent snapshots (TUF 1.0, 6.2). */
  consistentSnapshot: boolean
  /** Every target has a sha256; what a role lists outside of its paths is refused, not passed over; `targets` delegates. */
  strictTargets: boolean
  /** What a delegated role may be called. */
  roleName: RegExp
}

/** Of the repositories that Edgewright's own signing desk makes. */
export const ownRules: Rules = {
  ownKeyIds: true,
  consistentSnapshot: true,
  strictTargets: true,
  roleName: /^[a-z0-9][a-z0-9-]{0,79}$/,
}

/** Of any repository after TUF 1.0: for the public conformance suite. */
export const tufRules: Rules = {
  ownKeyIds: false,
  consistentSnapshot: false,
  strictTargets: false,
  roleName: /^.{1,200}$/u,
}

/** Bytes are tuf-js's own limits, and those of TUF's reference client. */
export interface Limits {
  rootBytes: number
  timestampBytes: number
  snapshotBytes: number
  /** Of `targets` and of each delegated role. */
  targetsBytes: number
  /** Newer roots in one refresh; the next goes on from there. */
  rootHops: number
  /** Delegated roles in one refresh. */
  delegatedRoles: number
  /**
   * Targets, delegations, keys or listed roles in one file. tuf-js 6.0.2 takes quadratic time to read them: 0.1 s for 1,000,
   * 4 s for 4,000, a minute for 16,000, within which this process answers nobody.
   */
  entries: number
}

export const defaultLimits: Limits = {
  rootBytes: 512_000,
  timestampBytes: 16_384,
  snapshotBytes: 2_000_000,
  targetsBytes: 5_000_000,
  rootHops: 256,
  delegatedRoles: 32,
  entries: 1_000,
}
