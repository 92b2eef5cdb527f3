import { EdgewrightError } from '#core/contracts/errors.ts'
import { noPolicy, type View } from '#core/contracts/update.ts'

/** A version as those who decide about it see it. */
export interface Named {
  id: string
  version: string
  release: number
  /** sha256 of the package file, hex. */
  digest: string
}

/** Who stands behind the bytes of a package. */
export interface Vouched {
  /** Owners of the keys that signed for it; nobody where it is accepted all the same. */
  signedBy: string[]
  /** What those signers say that it is; undefined: nobody signed. */
  as?: Named
}

/** A version that must not run any more, or one that runs on under a warning. */
export interface Revocation {
  action: 'stop' | 'warn'
  /** In words. */
  reason: string
}

/** Whose packages may come in, and which versions may run. */
export interface Trust {
  /** Asked before anything of a package is parsed. Throws `unsigned-refused`. */
  vouch(digest: string): Vouched
  /** undefined: it may run. */
  revocation(version: Named): Revocation | undefined
}

/**
 * What signed metadata says; and packages that nobody signed, where the data folder allows them. `expired`: why the metadata
 * brings no new trust any more in the package at a path; what it said about versions that are here holds on.
 */
export function signedTrust(
  view: () => View | null,
  allowUnsigned: () => boolean,
  expired: (path: string) => string | undefined = () => undefined,
): Trust {
  return {
    vouch(digest) {
      const found = view()
      const assigned = found?.assigned.find((one) => one.digest === digest)
      const { package: signed } = assigned ?? {}
      const over = signed ? expired(signed.path) : undefined
      if (signed && over !== undefined && !allowUnsigned()) throw new EdgewrightError('update-expired', over)
      if (signed && over === undefined)
        return {
          signedBy: signed.signedBy,
          as: { id: signed.model, version: signed.version, release: signed.release, digest },
        }
      if (allowUnsigned()) return { signedBy: [] }
      throw new EdgewrightError(
        'unsigned-refused',
        whyNot(digest, found, assigned?.problem),
        assigned?.problem === undefined
          ? {}
          : { hint: 'Tell the central team; it assigns another version. What runs here goes on.' },
      )
    },
    revocation({ id, version, release, digest }) {
      const { revoked, minimumRelease } = view()?.policy ?? noPolicy
      const found = revoked.find((one) => one.digest === digest)
      if (found?.action === 'stop')
        return { action: 'stop', reason: `${version} was revoked: ${found.reason}` }
      const least = minimumRelease[id] ?? 0
      if (release < least)
        return {
          action: 'stop',
          reason: `${version} is release ${release}, and no release below ${least} may run any more`,
        }
      return found && { action: 'warn', reason: found.reason }
    },
  }
}

function whyNot(digest: string, view: View | null, problem: string | undefined): string {
  const what = `the package with the digest ${digest.slice(0, 12)}…`
  if (!view) return `${what} is not signed for this machine: it has no signed metadata yet`
  if (problem !== undefined) return `${what} is refused: ${problem}`
  const others = view.assigned.map(({ model, version }) => `${model} ${version}`).join(', ')
  return `${what} is not what signed metadata assigns to this site (${others || 'nothing is assigned'})`
}
