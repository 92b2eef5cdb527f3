import type { Journal } from '../journal/journal.ts'

/** The key of a fleet's server, as it gave it to this machine when an admin enrolled it there. */
export interface KnownCentral {
  /** Raw Ed25519 key, 32 bytes, hex. */
  publicKey: string
  /** RFC 3339. */
  since: string
}

/** In the journal's state: what was countersigned once stays countersigned, so that none is forgotten. */
const centralsKey = 'audit:centrals'

/** Oldest first. */
export const knownCentrals = (journal: Pick<Journal, 'state'>): KnownCentral[] =>
  journal.state<KnownCentral[]>(centralsKey) ?? []

export const centralKeys = (journal: Pick<Journal, 'state'>): Set<string> =>
  new Set(knownCentrals(journal).map(({ publicKey }) => publicKey))

/** Durable when it resolves; of one that is known already, nothing is written. */
export async function knowCentral(
  journal: Pick<Journal, 'state' | 'write'>,
  central: KnownCentral,
): Promise<void> {
  const known = knownCentrals(journal)
  if (known.some(({ publicKey }) => publicKey === central.publicKey)) return
  await journal.write((tx) => tx.putState(centralsKey, [...known, central]))
}
