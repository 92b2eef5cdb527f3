import { createHash } from 'node:crypto'
import { Metadata, MetadataKind } from '@tufjs/models'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { issuedField } from '#core/contracts/update.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import { keyId, ownerOf, type PublicKey, type SigningKey, signatureHolds } from './key.ts'

/** Metadata as its files hold it (TUF 1.0, section 4). */
interface Common {
  spec_version: string
  version: number
  expires: string
}
export interface RoleKeys {
  keyids: string[]
  threshold: number
}
export const topRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const
export type TopRole = (typeof topRoles)[number]

/** Days until the metadata of a role expires; delegated roles as `targets`. Kept in root, so that all who sign agree. */
export const daysField = 'x-edgewright-days'
/** In root: why thresholds are lower than what is usual, in the words of those who decided it. */
export const noteField = 'x-edgewright-note'
export type Days = Record<TopRole, number>

export interface Root extends Common {
  _type: 'root'
  consistent_snapshot: true
  keys: Record<string, PublicKey>
  roles: Record<TopRole, RoleKeys>
  [daysField]: Days
  [noteField]?: string
}
export interface FileMeta {
  version: number
  length: number
  hashes: { sha256: string }
}
export interface Snapshot extends Common {
  _type: 'snapshot'
  meta: Record<string, FileMeta>
}
export interface Timestamp extends Common {
  _type: 'timestamp'
  meta: { 'snapshot.json': FileMeta }
  [issuedField]: string
}
export interface Target {
  length: number
  hashes: { sha256: string }
  custom?: Record<string, unknown>
}
export interface Delegation extends RoleKeys {
  name: string
  terminating: boolean
  paths: string[]
}
export interface Targets extends Common {
  _type: 'targets'
  targets: Record<string, Target>
  delegations?: { keys: Record<string, PublicKey>; roles: Delegation[] }
}
export type Signed = Root | Snapshot | Timestamp | Targets
export interface Envelope<S extends Signed = Signed> {
  signed: S
  signatures: { keyid: string; sig: string }[]
}

export const specVersion = '1.0.31'
const dayMs = 86_400_000

/** Whole seconds in UTC, as TUF writes times (section 4.2.1). */
export const tufTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
export const expiresAfter = (nowMs: number, days: number): string => tufTime(nowMs + days * dayMs)

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
export const signedBytes = (signed: Signed): Buffer => Buffer.from(canonicalJson(signed))
export const fileText = (envelope: Envelope): string => `${JSON.stringify(envelope, null, 1)}\n`

/** How snapshot and timestamp speak of a file. */
export const fileMeta = (version: number, text: string): FileMeta => ({
  version,
  length: Buffer.byteLength(text),
  hashes: { sha256: sha256(text) },
})

/** Adds the signature of each key that has not signed yet. */
export function signWith<S extends Signed>(envelope: Envelope<S>, keys: SigningKey[]): Envelope<S> {
  const bytes = signedBytes(envelope.signed)
  const signatures = [...envelope.signatures]
  for (const key of keys)
    if (!signatures.some(({ keyid }) => keyid === key.id))
      signatures.push({ keyid: key.id, sig: key.sign(bytes) })
  return { ...envelope, signatures }
}

/**
 * Keys of a role whose signatures on the metadata hold. Each key counts once, under however many IDs it stands; one that
 * stands under an ID that is not its own counts for nothing.
 */
export function holdingKeys(
  { signed, signatures }: Envelope,
  role: RoleKeys,
  keys: Record<string, PublicKey>,
): PublicKey[] {
  const bytes = signedBytes(signed)
  const found = new Map<string, PublicKey>()
  for (const id of new Set(role.keyids)) {
    const key = keys[id]
    const signature = signatures.find(({ keyid }) => keyid === id)
    if (key && signature && keyId(key) === id && signatureHolds(key, bytes, signature.sig))
      found.set(key.keyval.public, key)
  }
  return [...found.values()]
}

/** What is still missing before the signatures of a role are enough, in words; undefined: they are. */
export function missing(
  envelope: Envelope,
  role: RoleKeys,
  keys: Record<string, PublicKey>,
): string | undefined {
  const have = holdingKeys(envelope, role, keys)
  if (have.length >= role.threshold) return undefined
  const others = role.keyids.flatMap((id) => {
    const key = keys[id]
    return key && !have.includes(key) ? [ownerOf(key)] : []
  })
  return `${have.length} of ${role.threshold} signatures${have.length > 0 ? ` (${have.map(ownerOf).join(', ')})` : ''}; ${others.join(', ')} may sign`
}

const kinds: Record<TopRole, MetadataKind> = {
  root: MetadataKind.Root,
  targets: MetadataKind.Targets,
  snapshot: MetadataKind.Snapshot,
  timestamp: MetadataKind.Timestamp,
}
export const isTop = (role: string): role is TopRole => (topRoles as readonly string[]).includes(role)

/**
 * Reads metadata of a role; its form is checked, its signatures are not.
 * @throws EdgewrightError repository-refused
 */
export function parseMetadata<S extends Signed>(role: string, text: string, name: string): Envelope<S> {
  try {
    const json = JSON.parse(text)
    Metadata.fromJSON(kinds[isTop(role) ? role : 'targets'] as MetadataKind.Targets, json)
    return json as Envelope<S>
  } catch (error) {
    throw new EdgewrightError(
      'repository-refused',
      `${name} is no metadata of ${role}: ${(error as Error).message}`,
      { hint: 'Fetch that file from a copy of the repository.', cause: error },
    )
  }
}
