import { createHash } from 'node:crypto'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { RepositorySource } from '../../update/source.ts'

/** Roots that are looked through: a rotation a month for eighty years. */
const maxRoots = 1000
const maxRootBytes = 512_000

export interface FoundRoot {
  /** The signed metadata, as JSON text. */
  text: string
  fingerprint: string
}

/**
 * The chain of roots that a repository publishes, from the first to the newest. Nothing is believed of it: it is held against
 * the fingerprint that an admin brought.
 */
export async function publishedRoots(source: RepositorySource): Promise<FoundRoot[]> {
  const roots: FoundRoot[] = []
  while (roots.length < maxRoots) {
    const bytes = await source.metadata(`${roots.length + 1}.root.json`, maxRootBytes)
    if (!bytes) return roots
    const text = bytes.toString('utf8')
    roots.push({ text, fingerprint: createHash('sha256').update(bytes).digest('hex') })
  }
  return roots
}

/**
 * The root to anchor: the one that the join code names; or, where this machine believes a root of the same chain already, that
 * one, which stays. `believed`: the fingerprint of this machine's anchor.
 * @throws EdgewrightError join-refused, trust-exists
 */
export function rootFor(
  code: string,
  roots: readonly FoundRoot[],
  believed: string | undefined,
  recover: boolean,
): FoundRoot {
  const named = roots.find(({ fingerprint }) => fingerprint === code)
  if (!named)
    throw new EdgewrightError(
      'join-refused',
      `central publishes ${roots.length === 0 ? 'no root' : 'other roots'} than the join code names (${code.slice(0, 16)}…): nothing was changed`,
      {
        hint: 'Tell the admin at central. Either the code is old, or somebody answers in place of central.',
      },
    )
  if (believed === undefined || recover) return named
  const same = roots.find(({ fingerprint }) => fingerprint === believed)
  if (same) return same
  throw new EdgewrightError(
    'trust-exists',
    `this machine believes the root ${believed.slice(0, 16)}… already, which is none of this central's; the join code names ${code.slice(0, 16)}…`,
    {
      hint: 'Compare the fingerprints with the central team. To believe the other root from now on: edgewright enrol CODE --recover.',
    },
  )
}
