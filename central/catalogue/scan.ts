import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { targetFile, targetsFolder } from '#core/update/names.ts'
import type { Artefacts } from '../artefacts/artefacts.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { openRepository } from '../registry/repository.ts'
import { allVersions, type ShownVersion } from '../store/registry.ts'
import { putApprovals, putRemoved, putSeen, putWords, type SeenVersion } from '../store/registry-changes.ts'
import { readPackageWords } from './package-words.ts'
import { bringersOf, seenVersions } from './seen.ts'

export interface ScanParts {
  base: Pick<Base, 'db' | 'now' | 'record' | 'log'>
  /** The folder of the signed repository. */
  dir: string
  artefacts: Artefacts
  /** Tells those outside who want to know. */
  publish: Notifier['publish']
  /** Digests that are known to lie among the artefacts. */
  kept: Set<string>
}

const desk = 'the signing desk'
const keyOf = ({ path, digest }: { path: string; digest: string }) => `${path} ${digest}`

/**
 * Brings what the database knows of versions up to what the signed repository says: also what was put there by the desk, with
 * central not even running. `broughtBy`: by role and ID of the key (`models-x 0ab…`) who brought its signature, where that is known. `again`: what
 * could not be read is tried anew.
 */
export async function scan(
  parts: ScanParts,
  { broughtBy = new Map(), again = false }: { broughtBy?: ReadonlyMap<string, string>; again?: boolean } = {},
): Promise<void> {
  const { base, dir } = parts
  const repository = await openRepository(dir, { finish: false })
  const seen = await seenVersions(repository)
  const known = new Map((await allVersions(base.db)).map((row) => [keyOf(row), row]))
  const at = new Date(base.now())
  for (const one of seen) {
    const row = known.get(keyOf(one))
    known.delete(keyOf(one))
    const isNew = one.state === 'published' && row?.state !== 'published'
    if (isNew) one.signers = await bringersOf(repository, one)
    else if (one.state === 'published')
      one.signers = (row?.signed_by ?? []).map((owner) => ({ keyId: '', owner })) // As it was when it came in.
    if (!row || differs(row, one)) {
      const id = await putSeen(base.db, one, at)
      if (isNew || one.state === 'proposed')
        await putApprovals(
          base.db,
          id,
          one.signers,
          at,
          ({ keyId }) => broughtBy.get(`models-${one.family} ${keyId}`) ?? null,
        )
      await told(parts, row, one)
    }
  }
  for (const row of known.values())
    if (row.state !== 'removed') {
      await putRemoved(base.db, row.id)
      await base.record('version.removed', desk, named(row))
    }
  await readWords(parts, again)
}

/** Keeps the bytes of what is published among the artefacts, and reads what was not read yet. */
async function readWords({ base, dir, artefacts, kept }: ScanParts, again: boolean): Promise<void> {
  for (const row of await allVersions(base.db)) {
    if (row.state !== 'published') continue
    const file = join(dir, targetsFolder, targetFile(row.path, row.digest))
    const lies = await stat(file).catch(() => undefined)
    if (!kept.has(row.digest) && lies?.size === row.bytes)
      try {
        await artefacts.keep({ file, digest: row.digest, bytes: row.bytes })
        kept.add(row.digest)
      } catch (error) {
        base.log.warn({ err: error, ...named(row) }, 'a package could not be kept among the artefacts')
      }
    if (row.is_read || (row.problem !== null && !again)) continue
    const bytes = lies ? createReadStream(file, { highWaterMark: 1 << 20 }) : await artefacts.open(row.digest)
    const words = bytes
      ? await readPackageWords(bytes, row.digest)
      : { manifest: null, card: null, problem: 'its package is not in the repository' }
    if (words.problem === null || words.problem !== row.problem) await putWords(base.db, row.id, words)
  }
}

function differs(row: ShownVersion, seen: SeenVersion): boolean {
  return (
    row.state !== seen.state ||
    row.lacks !== seen.lacks ||
    row.threshold !== seen.threshold ||
    row.keys !== seen.keys ||
    JSON.stringify(row.platforms) !== JSON.stringify(seen.platforms) ||
    JSON.stringify(row.signed_by) !== JSON.stringify(seen.signers.map(({ owner }) => owner)) ||
    canonical(row.revoked) !== canonical(seen.revoked)
  )
}

/** PostgreSQL keeps the members of an object in an order of its own. */
const canonical = (value: unknown): string =>
  value === null ? '' : JSON.stringify(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)))

async function told(
  { base, publish }: Pick<ScanParts, 'base' | 'publish'>,
  row: ShownVersion | undefined,
  seen: SeenVersion,
): Promise<void> {
  const body = named(seen)
  if (seen.state === 'published' && row?.state !== 'published') {
    const by = seen.signers.map(({ owner }) => owner).join(', ') || desk
    await base.record('version.published', by, body)
    await publish(base.db, 'version.changed', { what: 'published', ...body, by })
  }
  if (seen.revoked && canonical(row?.revoked ?? null) !== canonical(seen.revoked)) {
    await base.record('version.revoked', desk, { ...body, ...seen.revoked })
    await publish(base.db, 'version.changed', { what: 'revoked', ...body, ...seen.revoked })
  }
}

const named = ({ model, version, digest }: { model: string; version: string; digest: string }) => ({
  model,
  version,
  digest,
})
