import { join } from 'node:path'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { policyPath, targetFile, targetsFolder } from '#core/update/names.ts'
import { readText } from './files.ts'
import { keyId, ownerOf, type PublicKey, publicKeySchema, type SigningKey, signatureHolds } from './key.ts'
import {
  type Envelope,
  parseMetadata,
  type Root,
  sha256,
  signedBytes,
  signWith,
  type Targets,
} from './metadata.ts'
import { liveOf, nextAuthority, type Repository } from './repository.ts'
import { lacks, signersOf } from './settle.ts'
import { changesIn } from './summary.ts'

/** What travels to those who sign on other machines, and comes back with their signatures. */
export const signingFileSchema = z.strictObject({
  'edgewright-signing': z.literal(1),
  roles: z
    .array(
      z.strictObject({
        role: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
        metadata: z.unknown(),
        /** What it takes the place of, as it was signed; null: nothing. For the summary only. */
        before: z.unknown(),
        keys: z.array(publicKeySchema),
        threshold: z.int(),
        /** Of targets: what policy.json says, and said. */
        policy: z.string().optional(),
        policyBefore: z.string().optional(),
      }),
    )
    .min(1),
})
export type SigningFile = z.infer<typeof signingFileSchema>

export interface ToSign {
  role: string
  version: number
  /** What changes, in lines; computed from what is signed, on the machine that signs. */
  changes: string[]
  /** sha256 of the bytes that are signed. */
  digest: string
  have: string[]
  threshold: number
  /** Owners of the keys that may sign. */
  signers: string[]
}

/** Everything that is pending and lacks signatures, or the roles that are named. @throws EdgewrightError repository-refused */
export async function exportForSigning(repository: Repository, names?: string[]): Promise<SigningFile> {
  for (const name of names ?? [])
    if (!repository.pending.has(name)) {
      nextAuthority(repository, name)
      throw new EdgewrightError('repository-refused', `nothing of ${name} waits for signatures`)
    }
  const roles: SigningFile['roles'] = []
  for (const [role, metadata] of repository.pending) {
    if (names ? !names.includes(role) : lacks(repository, role) === undefined) continue
    const { keys, role: by } = nextAuthority(repository, role)
    const all = { ...repository.live.root?.signed.keys, ...keys }
    const before = liveOf(repository, role)
    const texts = await Promise.all([metadata, before].map((one) => policyText(repository, one)))
    roles.push({
      role,
      metadata,
      before: before ?? null,
      keys: [...new Set(signersOf(repository, role))].flatMap((id) => all[id] ?? []),
      threshold: by.threshold,
      ...(texts[0] !== undefined && { policy: texts[0] }),
      ...(texts[1] !== undefined && { policyBefore: texts[1] }),
    })
  }
  if (roles.length === 0)
    throw new EdgewrightError('repository-refused', 'nothing waits for signatures', {
      hint: 'edgewright repo status shows what stands.',
    })
  return { 'edgewright-signing': 1, roles }
}

async function policyText(repository: Repository, of: Envelope | undefined): Promise<string | undefined> {
  if (of?.signed._type !== 'targets') return undefined
  const digest = of.signed.targets[policyPath]?.hashes.sha256
  if (digest === undefined) return undefined
  const path = join(targetsFolder, targetFile(policyPath, digest))
  return repository.newTargets.get(path) ?? (await readText(join(repository.dir, path)))
}

/** @throws EdgewrightError request-invalid */
export function parseSigningFile(text: string, name: string): SigningFile {
  try {
    const file = signingFileSchema.parse(JSON.parse(text))
    for (const { role, metadata, before } of file.roles)
      for (const one of before === null ? [metadata] : [metadata, before])
        parseMetadata(role, JSON.stringify(one), name)
    return file
  } catch (error) {
    if (error instanceof EdgewrightError) throw error
    throw new EdgewrightError('request-invalid', `${name} is no file for signatures`, {
      hint: 'It comes from `edgewright repo export FILE`.',
      cause: error,
    })
  }
}

type Entry = SigningFile['roles'][number]
const envelopeOf = (entry: Entry) => entry.metadata as Envelope<Root | Targets>

/**
 * What a file asks to be signed, in words. `signer`: whose machine this is; there a change is told against what this key has
 * signed itself, and else all of it, for whoever made the file could name anything as what was there before.
 */
export function toSign(file: SigningFile, signer?: PublicKey): ToSign[] {
  return file.roles.map((entry) => {
    const { signed, signatures } = envelopeOf(entry)
    const bytes = signedBytes(signed)
    const listed = signed._type === 'targets' ? signed.targets[policyPath]?.hashes.sha256 : undefined
    const trueText = (text: string | undefined, digest: string | undefined) =>
      text !== undefined && sha256(text) === digest ? text : undefined
    const given = entry.before as Envelope<Root | Targets> | null
    const isKnown = !signer || (given !== null && hasSigned(signer, given) && isEarlier(given.signed, signed))
    const before = isKnown ? (given?.signed ?? null) : null
    const was = before?._type === 'targets' ? before.targets[policyPath]?.hashes.sha256 : undefined
    const holds = (key: PublicKey) =>
      signatures.some(({ keyid, sig }) => keyid === keyId(key) && signatureHolds(key, bytes, sig))
    return {
      role: entry.role,
      version: signed.version,
      changes: [
        ...(signer && !isKnown && signed.version > 1
          ? [`all that it says, for ${ownerOf(signer)} did not sign what was there before:`]
          : []),
        ...changesIn(signed, before, {
          text: trueText(entry.policy, listed),
          before: trueText(entry.policyBefore, was),
        }),
      ],
      digest: sha256(bytes),
      have: entry.keys.filter(holds).map(ownerOf),
      threshold: entry.threshold,
      signers: entry.keys.map(ownerOf),
    }
  })
}

function hasSigned(signer: PublicKey, { signed, signatures }: Envelope): boolean {
  const bytes = signedBytes(signed)
  return signatures.some(({ keyid, sig }) => keyid === keyId(signer) && signatureHolds(signer, bytes, sig))
}

const isEarlier = (before: Root | Targets, { _type, version }: Root | Targets): boolean =>
  before._type === _type && before.version < version

/** Signs what a key may sign. Returns the file with its signature, and the roles that got it. */
export function signFile(file: SigningFile, key: SigningKey): { file: SigningFile; signed: string[] } {
  const signed: string[] = []
  const roles = file.roles.map((entry) => {
    const envelope = envelopeOf(entry)
    const may = entry.keys.some((one) => keyId(one) === key.id)
    if (!may || envelope.signatures.some(({ keyid }) => keyid === key.id)) return entry
    signed.push(entry.role)
    return { ...entry, metadata: signWith(envelope, [key]) }
  })
  return { file: { ...file, roles }, signed }
}

export interface Imported {
  role: string
  /** Owners whose signatures are new here. */
  added: string[]
}

/**
 * Takes the signatures out of a file that came back; its content only has to be what is pending here. What went live since,
 * as the file has it, needs no more of them: the file may come back once more for its other roles.
 * @throws EdgewrightError repository-refused: what is pending has changed since, or a signature does not hold
 */
export function importSigned(repository: Repository, file: SigningFile): Imported[] {
  return file.roles.map((entry) => {
    const { role } = entry
    const pending = repository.pending.get(role)
    const came = envelopeOf(entry)
    const live = liveOf(repository, role)
    if (!pending && live && canonicalJson(live.signed) === canonicalJson(came.signed))
      return { role, added: [] }
    if (!pending || canonicalJson(pending.signed) !== canonicalJson(came.signed))
      throw new EdgewrightError(
        'repository-refused',
        pending
          ? `version ${pending.signed.version} of ${role} was changed after it was exported, and the signatures are for what it was`
          : `nothing of ${role} waits for signatures; it is live already, or was discarded`,
        { hint: 'Export it again and let it be signed: edgewright repo export FILE.' },
      )
    const may = new Set(signersOf(repository, role))
    const { keys } = nextAuthority(repository, role)
    const all: Record<string, PublicKey> = { ...repository.live.root?.signed.keys, ...keys }
    const bytes = signedBytes(pending.signed)
    const added: string[] = []
    const signatures = [...pending.signatures]
    for (const { keyid, sig } of came.signatures) {
      if (signatures.some((one) => one.keyid === keyid)) continue
      const key = may.has(keyid) ? all[keyid] : undefined
      if (!key || !signatureHolds(key, bytes, sig))
        throw new EdgewrightError(
          'repository-refused',
          key
            ? `the signature of ${ownerOf(key)} on ${role} does not hold`
            : `${role} was signed by key ${keyid.slice(0, 12)}…, which may not sign it`,
          { hint: 'The file was damaged or changed on its way; let it be signed again.' },
        )
      signatures.push({ keyid, sig })
      added.push(ownerOf(key))
    }
    repository.pending.set(role, { ...pending, signatures } as Envelope<Root>)
    return { role, added }
  })
}
