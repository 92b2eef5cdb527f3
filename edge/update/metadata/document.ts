import { createHash } from 'node:crypto'
import { inWords } from '#core/package/schema-words.ts'
import { refused } from './refusal.ts'
import type { Limits, Rules } from './rules.ts'
import {
  type Envelope,
  envelopeShape,
  type FileShape,
  type Kind,
  longest,
  type Shape,
  shapes,
} from './shapes.ts'
import { type Authority, type Signers, signersOf } from './signers.ts'

/** Metadata of one role whose signatures hold and whose form is right. Expiry and high-water marks are judged elsewhere. */
export interface Document<K extends Kind = Kind> {
  role: string
  kind: K
  /** As people call it: `site-plant-1 version 4`. */
  label: string
  bytes: Buffer
  signed: Shape<K>
  signers: Signers
}

export interface Reading<K extends Kind> {
  role: string
  kind: K
  /** All of them must find enough signatures; of root, the old one (root's own comes by itself). */
  authorities: Authority[]
  /** What snapshot or timestamp say of the file, and who says so. */
  listed?: { file: FileShape; by: string } | undefined
}

/**
 * Reads one file of metadata. What nobody vouches for yet is read in linear time only; its length, its hash and its signatures
 * come before its form.
 * @throws EdgewrightError update-refused, with the reason in words
 */
export function readDocument<K extends Kind>(
  bytes: Buffer,
  { role, kind, authorities, listed }: Reading<K>,
  rules: Rules,
  limits: Limits,
): Document<K> {
  if (listed) checkListed(role, bytes, listed.file, listed.by)
  const envelope = envelopeOf(role, bytes)
  const { signed } = envelope
  const label = Number.isInteger(signed['version']) ? `${role} version ${signed['version']}` : role
  checkSignatureIds(envelope, label)
  for (const authority of authorities) checkSigned(envelope, authority, label, rules)
  const { count, of } = longest(kind, signed)
  if (count > limits.entries)
    throw refused(`${label} has ${count} ${of}, and at most ${limits.entries} are read`)
  const shape = shapes[kind].safeParse(signed)
  if (!shape.success) throw refused(`${label} is malformed: ${inWords(shape.error).slice(0, 3).join('; ')}`)
  const right = shape.data as Shape<K>
  const own = kind === 'root' ? rootAuthority(right as Shape<'root'>, 'root') : undefined
  if (own) checkSigned(envelope, own, label, rules)
  const authority = own ?? authorities.at(-1)
  if (!authority) throw new TypeError(`nobody may sign ${role}`)
  return { role, kind, label, bytes, signed: right, signers: signersOf(envelope, authority, rules) }
}

export const topRoles = ['root', 'timestamp', 'snapshot', 'targets'] as const
export type TopRole = (typeof topRoles)[number]

export const rootAuthority = ({ version, keys, roles }: Shape<'root'>, role: TopRole): Authority => ({
  says: `root version ${version}`,
  keys,
  role: roles[role],
})

function envelopeOf(role: string, bytes: Buffer): Envelope {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw refused(`${role} is no JSON: it is torn, or something else`, cause)
  }
  const envelope = envelopeShape.safeParse(json)
  if (!envelope.success) throw refused(`${role} is no signed metadata: ${inWords(envelope.error)[0]}`)
  return envelope.data
}

/** TUF 1.0, 4.2: each key ID once among the signatures, also where enough others hold. */
function checkSignatureIds({ signatures }: Envelope, label: string): void {
  const ids = new Set<string>()
  for (const { keyid } of signatures) {
    if (ids.has(keyid))
      throw refused(`${label} carries two signatures under one key ID (${keyid.slice(0, 16)}…)`)
    ids.add(keyid)
  }
}

function checkSigned(envelope: Envelope, authority: Authority, label: string, rules: Rules): void {
  const { owners, threshold } = signersOf(envelope, authority, rules)
  if (owners.length >= threshold) return
  const who = owners.length > 0 ? ` (${owners.join(', ')})` : ''
  throw refused(
    `${label} is signed by ${owners.length} of the ${threshold} different keys that ${authority.says} asks for${who}`,
  )
}

function checkListed(role: string, bytes: Buffer, { length, hashes, version }: FileShape, by: string): void {
  const label = `${role} version ${version}`
  if (length !== undefined && bytes.length !== length)
    throw refused(`${label} is ${bytes.length} bytes long, and ${by} says ${length}`)
  for (const [algorithm, hash] of Object.entries(hashes ?? {})) {
    if (algorithm !== 'sha256' && algorithm !== 'sha512')
      throw refused(`${by} gives ${label} a ${algorithm}, which is not known here`)
    const found = createHash(algorithm).update(bytes).digest('hex')
    if (found !== hash)
      throw refused(
        `${label} is not the file that ${by} names: its ${algorithm} is ${found.slice(0, 16)}…, not ${hash.slice(0, 16)}…`,
      )
  }
}
