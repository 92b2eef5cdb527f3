import { existsSync } from 'node:fs'
import { packages, revoke, setPolicy } from '#central/registry/changes.ts'
import { hashOf } from '#central/registry/files.ts'
import type { Repository } from '#central/registry/repository.ts'
import type { Settled } from '#central/registry/settle.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { modelIdSchema } from '#core/contracts/manifest.ts'
import type { Policy } from '#core/contracts/update.ts'
import { type Io, userPath } from './io.ts'
import { change, type DeskOptions } from './repo-desk.ts'

export interface RevokeOptions extends DeskOptions {
  stop?: boolean
  warn?: boolean
  /** Take the revocation back. */
  lift?: boolean
  reason?: string
}

/** Says that the bytes of a version must not run any more, or that people are to be told; or takes it back. */
export async function revokeDigest(
  io: Io,
  what: string,
  { stop, warn, lift, reason, ...options }: RevokeOptions,
): Promise<{ policy: Policy } & Settled> {
  if ([stop, warn, lift].filter(Boolean).length !== 1)
    throw new EdgewrightError('request-invalid', 'it is not said what is to happen', {
      hint: '--stop: it must not run any more. --warn: it runs on, and people are told. --lift: it may run again.',
    })
  if (!lift && !reason)
    throw new EdgewrightError(
      'request-invalid',
      'a revocation has a reason; people at the machines read it',
      {
        hint: 'Add --reason "…".',
      },
    )
  return change(io, options, async (repository, nowMs) => {
    const digest = await digestOf(io, repository, what)
    if (lift) {
      const policy = await setPolicy(repository, nowMs, (one) => {
        const before = one.revoked.length
        one.revoked = one.revoked.filter((other) => other.digest !== digest)
        if (one.revoked.length === before)
          throw new EdgewrightError('repository-refused', `${digest} is not revoked`)
      })
      return { policy }
    }
    const known = packages(repository).filter(({ target }) => target.hashes.sha256 === digest)
    if (!io.json)
      io.print(
        `Revokes ${known.map(({ target: { custom } }) => `${custom.model} ${custom.version}`).join(', ') || 'a package that is not published here'} (sha256 ${digest}).`,
      )
    const action = stop ? 'stop' : 'warn'
    return { policy: await revoke(repository, { digest, action, reason: reason! }, nowMs) }
  })
}

/** A digest, the beginning of one that is published here, or a package file. */
async function digestOf(io: Io, repository: Repository, what: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(what)) return what
  const digests = new Set(packages(repository).map(({ target }) => target.hashes.sha256))
  const found = /^[0-9a-f]{8,63}$/.test(what) ? [...digests].filter((one) => one.startsWith(what)) : []
  if (found.length === 1) return found[0]!
  const path = userPath(io, what)
  if (existsSync(path)) return (await hashOf(path)).sha256
  throw new EdgewrightError('request-invalid', `"${what}" is no digest and no package file`, {
    hint: '`edgewright repo verify` lists the digests of all packages.',
  })
}

/** The oldest release of a model that may run; 0: any. */
export async function minimumRelease(
  io: Io,
  model: string,
  release: number,
  options: DeskOptions,
): Promise<{ policy: Policy } & Settled> {
  if (!modelIdSchema.safeParse(model).success)
    throw new EdgewrightError('request-invalid', `"${model}" is no id of a model`)
  return change(io, options, async (repository, nowMs) => {
    const policy = await setPolicy(repository, nowMs, (one) => {
      if (release === 0) delete one.minimumRelease[model]
      else one.minimumRelease[model] = release
    })
    return { policy }
  })
}
