import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Signatures, Signing, Uploaded } from '#core/contracts/registry.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { modelsRole, packagePath, targetsFolder } from '#core/update/names.ts'
import type { Artefacts } from '../artefacts/artefacts.ts'
import type { Staged } from '../artefacts/staging.ts'
import { addPackage, draft, packages } from '../registry/changes.ts'
import { commit } from '../registry/files.ts'
import { ownerOf, type SigningKey } from '../registry/key.ts'
import { locked } from '../registry/lock.ts'
import { holdingKeys } from '../registry/metadata.ts'
import { type PackageHead, readPackageHead } from '../registry/package-head.ts'
import {
  liveOf,
  nextAuthority,
  nextTargets,
  openRepository,
  pendingFolder,
  type Repository,
} from '../registry/repository.ts'
import { lacks, type Settled, settle } from '../registry/settle.ts'
import {
  exportForSigning,
  importSigned,
  parseSigningFile,
  type SigningFile,
  toSign,
} from '../registry/signing-file.ts'

export interface DeskParts {
  /** The folder of the signed repository. */
  dir: string
  artefacts: Artefacts
  /** Those of snapshot and timestamp bring live what is signed; no family's key is ever among them. */
  keys: readonly SigningKey[]
  now: () => number
}

/** Whoever else changes the repository (the desk, a rollout) is done within this time. */
export const waitMs = 20_000

export const isThere = async (dir: string): Promise<boolean> =>
  openRepository(dir, { finish: false }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof EdgewrightError && /there is no signed repository/.test(error.message))
        return false
      throw error
    },
  )

/** What a staged file says of itself, told without the path that it lies at. @throws EdgewrightError package-refused */
export async function headOf({ file }: Staged): Promise<PackageHead> {
  try {
    return await readPackageHead(file)
  } catch (error) {
    if (!(error instanceof EdgewrightError)) throw error
    throw new EdgewrightError(error.code, error.message.replace(file, 'what was sent'), { cause: error })
  }
}

const settled = (parts: DeskParts, repository: Repository): Promise<Settled> =>
  settle(repository, { keys: [...parts.keys], nowMs: parts.now(), roles: [] })

/**
 * Lists a package in its family's metadata, where it waits for signatures. What is known already stays as it is.
 * @throws EdgewrightError repository-refused, registry-refused
 */
export async function propose(
  parts: DeskParts,
  staged: Staged,
  head: PackageHead,
  { family: wanted, platforms }: { family?: string | undefined; platforms?: string[] | undefined },
): Promise<Uploaded> {
  const { dir, artefacts } = parts
  const { digest, bytes } = staged
  const { known: kept } = await artefacts.keep(staged)
  return locked(
    dir,
    async () => {
      try {
        const repository = await openRepository(dir)
        const family = wanted ?? onlyFamily(repository)
        const role = modelsRole(family)
        const path = packagePath(family, head.model, head.version)
        const all = packages(repository)
        refuseOthers(head, digest, all)
        const known = all.some((one) => one.path === path)
        const voided = known ? [] : signedSoFar(repository, role)
        if (!known)
          await addPackage(
            repository,
            { ...head, file: staged.file, family, link: true, ...(platforms && { platforms }) },
            parts.now(),
          )
        return { ...head, digest, bytes, family, path, known, voided, ...(await settled(parts, repository)) }
      } catch (error) {
        if (!kept) await forget(parts, digest).catch(() => undefined) // What went wrong first is told; what is left is whole.
        throw error
      }
    },
    { waitMs },
  )
}

/** What nothing on the disk names goes again: from the artefacts, and from the repository's folder. */
async function forget({ dir, artefacts }: DeskParts, digest: string): Promise<void> {
  const named = packages(await openRepository(dir)).some(({ target }) => target.hashes.sha256 === digest)
  if (named) return
  await artefacts.remove(digest)
  const folder = join(dir, targetsFolder, 'models')
  const entries = await readdir(folder, { recursive: true }).catch(() => [] as string[]) // None was made yet.
  for (const name of entries)
    if (basename(name).startsWith(`${digest}.`)) await rm(join(folder, name), { force: true })
}

function refuseOthers(
  { model, version }: PackageHead,
  digest: string,
  all: ReturnType<typeof packages>,
): void {
  const other = all.find(
    ({ target: { custom, hashes } }) =>
      custom.model === model && custom.version === version && hashes.sha256 !== digest,
  )
  if (other)
    throw new EdgewrightError(
      'registry-refused',
      `${model} ${version} is there with other bytes (sha256 ${other.target.hashes.sha256}); a version never changes`,
      { hint: 'Pack it with another version number.' },
    )
}

function signedSoFar(repository: Repository, role: string): string[] {
  const pending = repository.pending.get(role)
  if (!pending) return []
  const { role: by, keys } = nextAuthority(repository, role)
  return holdingKeys(pending, by, keys).map(ownerOf)
}

function onlyFamily(repository: Repository): string {
  const families = (nextTargets(repository).delegations?.roles ?? []).flatMap(({ name }) =>
    name.startsWith('models-') ? [name.slice('models-'.length)] : [],
  )
  if (families.length === 1) return families[0]!
  throw new EdgewrightError(
    'request-invalid',
    families.length === 0
      ? 'the repository has no family of models'
      : 'it is not said to which family the package belongs',
    {
      hint:
        families.length === 0
          ? 'Add one at the desk: edgewright repo add-family NAME --signer KEY.pub….'
          : `Name it: ${families.join(' or ')}.`,
    },
  )
}

/** Takes back what waits for signatures of one package; others that wait in its family go on waiting, unsigned. */
export async function takeBack(
  parts: DeskParts,
  { family, path, digest }: { family: string; path: string; digest: string },
): Promise<void> {
  const { dir } = parts
  const role = modelsRole(family)
  await locked(
    dir,
    async () => {
      const repository = await openRepository(dir)
      const live = liveOf(repository, role)?.signed
      const isLive = live?._type === 'targets' && live.targets[path]?.hashes.sha256 === digest
      const waits = repository.pending.has(role) && packages(repository).some((one) => one.path === path)
      if (isLive || !waits)
        throw new EdgewrightError(
          'registry-refused',
          isLive ? `${path} is published: what was signed is not taken back` : `${path} waits for nothing`,
          {
            hint: isLive
              ? 'Revoke it (edgewright revoke), or set a date.'
              : 'GET /api/registry/signing says what waits.',
          },
        )
      draft(repository, role, parts.now(), (signed) => {
        delete signed.targets[path]
      })
      const after = repository.pending.get(role)!.signed
      const same =
        live?._type === 'targets' &&
        after._type === 'targets' &&
        canonicalJson({ ...after, version: 0, expires: '' }) ===
          canonicalJson({ ...live, version: 0, expires: '' })
      if (same) {
        repository.pending.delete(role)
        await commit(dir, { write: [], remove: [join(pendingFolder, `${role}.json`)] })
      }
      await settled(parts, repository)
      await forget(parts, digest)
    },
    { waitMs },
  )
}

/** What waits for whom, in words. */
export async function waiting({ dir }: Pick<DeskParts, 'dir'>): Promise<Signing> {
  const repository = await openRepository(dir, { finish: false })
  if (repository.pending.size === 0) return { roles: [] }
  const asked = toSign(await exportForSigning(repository, [...repository.pending.keys()]))
  return { roles: asked.map((one) => ({ ...one, lacks: lacks(repository, one.role) ?? null })) }
}

/** @throws EdgewrightError repository-refused: nothing waits */
export const signingFile = async ({ dir }: Pick<DeskParts, 'dir'>, roles?: string[]): Promise<SigningFile> =>
  exportForSigning(await openRepository(dir, { finish: false }), roles)

/** Takes signatures out of a file that came back; what is complete goes live. `brought`: by role, the IDs of their keys. */
export async function takeSignatures(
  parts: DeskParts,
  text: string,
): Promise<Signatures & { brought: { role: string; keyId: string }[] }> {
  const file = parseSigningFile(text, 'what was sent')
  return locked(
    parts.dir,
    async () => {
      const repository = await openRepository(parts.dir)
      const had = new Map(
        [...repository.pending].map(([role, { signatures }]) => [role, signatures.map(({ keyid }) => keyid)]),
      )
      const imported = importSigned(repository, file)
      const brought = [...repository.pending].flatMap(([role, { signatures }]) =>
        signatures.flatMap(({ keyid }) => (had.get(role)?.includes(keyid) ? [] : [{ role, keyId: keyid }])),
      )
      return { imported, brought, ...(await settled(parts, repository)) }
    },
    { waitMs },
  )
}
