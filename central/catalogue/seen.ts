import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Policy, packageCustomSchema, policySchema } from '#core/contracts/update.ts'
import { metadataFolder, policyPath, targetFile, targetsFolder } from '#core/update/names.ts'
import { keyId, ownerOf } from '../registry/key.ts'
import { type Envelope, holdingKeys, parseMetadata, sha256, type Targets } from '../registry/metadata.ts'
import {
  type Authority,
  authorityOf,
  nextAuthority,
  type Repository,
  versionsIn,
} from '../registry/repository.ts'
import { lacks } from '../registry/settle.ts'
import type { SeenVersion, Signer } from '../store/registry-changes.ts'

/** Every package that is published, or waits for signatures, as the folder shows it. A package that stands in both counts once. */
export async function seenVersions(repository: Repository): Promise<SeenVersion[]> {
  const { live, pending } = repository
  const revoked = revocations(await livePolicy(repository))
  const found = new Map<string, SeenVersion>()
  const add = (role: string, envelope: Envelope<Targets>, by: Authority, state: SeenVersion['state']) => {
    const signers = signersOf(envelope, by)
    for (const [path, { length: bytes, hashes, custom }] of Object.entries(envelope.signed.targets)) {
      const parsed = packageCustomSchema.safeParse(custom)
      const at = `${path} ${hashes.sha256}`
      if (!parsed.success || found.has(at)) continue
      const { model, version, release, platforms = null } = parsed.data
      const digest = hashes.sha256
      found.set(at, {
        ...{ model, version, release, digest, bytes, platforms, path, state, signers },
        family: role.slice('models-'.length),
        threshold: by.role.threshold,
        keys: by.role.keyids.length,
        lacks: state === 'published' ? null : (lacks(repository, role) ?? waitsBeside),
        revoked: revoked(model, release, digest),
      })
    }
  }
  if (live.root)
    for (const [role, envelope] of live.delegated) {
      const by = role.startsWith('models-') && authorityOf(role, live.root.signed, live.targets?.signed)
      if (by) add(role, envelope, by, 'published')
    }
  for (const [role, envelope] of pending)
    if (role.startsWith('models-'))
      add(role, envelope as Envelope<Targets>, nextAuthority(repository, role), 'proposed')
  return [...found.values()]
}

const waitsBeside =
  'signed; it waits for what is pending beside it, or for the keys of snapshot and timestamp'

const signersOf = (envelope: Envelope, { role, keys }: Authority): Signer[] =>
  holdingKeys(envelope, role, keys).map((key) => ({ keyId: keyId(key), owner: ownerOf(key) }))

/**
 * Who let a published version in: the signers of the first metadata that name it. Later metadata carry it along, and their
 * signers vouched for what they added. Where its keys are not known any more: the signers of the newest.
 */
export async function bringersOf({ dir, live }: Repository, seen: SeenVersion): Promise<Signer[]> {
  const role = `models-${seen.family}`
  const by = authorityOf(role, live.root!.signed, live.targets?.signed)!
  let first = seen.signers
  for (const version of (await versionsIn(dir, role)).reverse()) {
    const name = `${version}.${role}.json`
    const envelope = parseMetadata<Targets>(
      role,
      await readFile(join(dir, metadataFolder, name), 'utf8'),
      name,
    )
    if (envelope.signed.targets[seen.path]?.hashes.sha256 !== seen.digest) break
    const signers = signersOf(envelope, by)
    if (signers.length > 0) first = signers
  }
  return first
}

/** What the signed policy says now; not what is pending of it. */
async function livePolicy({ dir, live }: Repository): Promise<Policy | undefined> {
  const digest = live.targets?.signed.targets[policyPath]?.hashes.sha256
  if (digest === undefined) return undefined
  const text = await readFile(join(dir, targetsFolder, targetFile(policyPath, digest)), 'utf8')
  return sha256(text) === digest ? policySchema.safeParse(JSON.parse(text)).data : undefined
}

function revocations(policy: Policy | undefined) {
  const byDigest = new Map(policy?.revoked.map((one) => [one.digest, one]))
  return (model: string, release: number, digest: string): SeenVersion['revoked'] => {
    const named = byDigest.get(digest)
    if (named) return { action: named.action, reason: named.reason, since: named.since }
    const least = policy?.minimumRelease[model]
    return least !== undefined && release < least
      ? { action: 'stop', reason: `the signed policy lets no release below ${least} run`, since: '' }
      : null
  }
}
