import { createHash, createPublicKey } from 'node:crypto'
import { Key } from '@tufjs/models'
import { ownerField } from '#core/contracts/update.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import type { Rules } from './rules.ts'
import type { Envelope, Holders, KeyShape } from './shapes.ts'

/** Who may sign a role, and how many of them must; out of metadata that is believed. */
export interface Authority {
  /** As people call the metadata that says so: `root version 2`. */
  says: string
  keys: Record<string, KeyShape>
  role: Holders
}

export interface Signers {
  /** Owners, else key IDs, of the distinct keys whose signatures hold. */
  owners: string[]
  threshold: number
  /** Distinct keys that may sign it. */
  keys: number
}

/**
 * The distinct keys whose signatures on a file hold. A key counts once, under however many IDs it stands: its public part
 * decides. A signature that does not hold does no harm beside enough that do.
 */
export function signersOf(envelope: Envelope, { keys, role }: Authority, rules: Rules): Signers {
  const found = new Map<string, string>()
  for (const id of role.keyids) {
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined
    const signature = envelope.signatures.find(({ keyid }) => keyid === id)
    if (!key || !signature || (rules.ownKeyIds && idOf(key) !== id)) continue
    const material = materialOf(key)
    if (!found.has(material) && holds(id, key, signature.sig, envelope.signed))
      found.set(material, ownerOf(key) ?? id)
  }
  const { size } = materials({ keys, role })
  return { owners: [...found.values()], threshold: role.threshold, keys: size }
}

/** Keys of a role, by their public part. */
export const materials = ({ keys, role }: Pick<Authority, 'keys' | 'role'>): Set<string> =>
  new Set(role.keyids.flatMap((id) => (Object.hasOwn(keys, id) ? [materialOf(keys[id]!)] : [])))

const idOf = ({ keytype, scheme, keyval }: KeyShape): string =>
  createHash('sha256').update(canonicalJson({ keytype, scheme, keyval })).digest('hex')

function ownerOf(key: KeyShape): string | undefined {
  const owner = key[ownerField]
  return typeof owner === 'string' && owner !== '' ? owner : undefined
}

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410, section 4). */
const ed25519Der = '302a300506032b6570032100'

/** The public part, the same for every way to write it down: DER in hex where it is known. */
function materialOf({ keytype, keyval }: KeyShape): string {
  const text = keyval['public'] ?? ''
  if (!text.startsWith('-----BEGIN'))
    return keytype === 'ed25519' ? `${ed25519Der}${text.toLowerCase()}` : text.toLowerCase()
  try {
    return createPublicKey(text).export({ type: 'spki', format: 'der' }).toString('hex')
  } catch {
    return text // no key: no signature of it will hold
  }
}

type FromJSON = Parameters<typeof Key.fromJSON>
type Signable = Parameters<Key['verifySignature']>[0]

function holds(id: string, key: KeyShape, sig: string, signed: Envelope['signed']): boolean {
  if (!/^([0-9a-f]{2})+$/i.test(sig)) return false // Buffer.from would take what stands before the first wrong letter
  try {
    // What is signed goes in as it came: building tuf-js's own objects of it takes quadratic time, and nobody vouches for it yet.
    const signable = { signatures: { [id]: { keyID: id, sig } }, signed: { toJSON: () => signed } }
    Key.fromJSON(id, key as FromJSON[1]).verifySignature(signable as unknown as Signable)
    return true
  } catch {
    return false
  }
}
