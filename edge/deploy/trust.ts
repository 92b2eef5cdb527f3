import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Journal } from '../journal/journal.ts'

/** A version as those who decide about it see it. */
export interface Named {
  id: string
  version: string
  release: number
  /** sha256 of the package file, hex. */
  digest: string
}

/** Whose packages may come in, and which versions may run. Signatures join here. */
export interface Trust {
  /** Who vouches for a package; nobody where it is accepted all the same. Throws `unsigned-refused`. */
  accept(version: Named): string[]
  /** Why a version must not run any more, in words; undefined: it may. */
  whyNot(version: Named): string | undefined
}

/** What the central team has decided about versions, as this machine last heard it. */
export interface Policy {
  /** Digests of packages that must not run. */
  revoked: string[]
  /** By model: the oldest release that may run. */
  minimumRelease: Record<string, number>
}

export const policyKey = 'policy'

/** Packages that nobody signed, where the data folder allows them; and the policy that the journal holds. */
export function localTrust(journal: Pick<Journal, 'state'>, allowUnsigned: () => boolean): Trust {
  return {
    accept({ id, version }) {
      if (allowUnsigned()) return []
      throw new EdgewrightError(
        'unsigned-refused',
        `package ${id} ${version} is not signed, and this edge accepts signed packages only`,
      )
    },
    whyNot({ id, version, release, digest }) {
      const policy = journal.state<Policy>(policyKey)
      if (policy?.revoked.includes(digest)) return `${version} was revoked`
      const least = policy?.minimumRelease[id] ?? 0
      if (release < least)
        return `${version} is release ${release}, and no release below ${least} may run any more`
      return undefined
    },
  }
}
