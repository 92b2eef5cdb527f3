import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { ownerField } from '#core/contracts/update.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'

/** A key as metadata holds it (TUF 1.0, section 4.2), with its owner's name beside. */
export const publicKeySchema = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: z.string().regex(/^[0-9a-f]{64}$/, '32 bytes in hex') }),
  [ownerField]: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'no control characters'),
})
export type PublicKey = z.infer<typeof publicKeySchema>

export interface SigningKey {
  id: string
  owner: string
  public: PublicKey
  /** 64 bytes in hex. */
  sign(bytes: Uint8Array): string
}

/** sha256 of the canonical JSON of what makes the key, without its owner's name; hex. */
export const keyId = ({ keytype, scheme, keyval }: PublicKey): string =>
  createHash('sha256').update(canonicalJson({ keytype, scheme, keyval })).digest('hex')

export const ownerOf = (key: PublicKey): string => key[ownerField]

/** A new Ed25519 key. `privateKey` stays with its owner: `sealKey` puts it into a file. */
export function createKey(owner: string): SigningKey & { privateKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { ...signingKey(owner, privateKey), privateKey }
}

export function signingKey(owner: string, privateKey: KeyObject): SigningKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  const key = publicKeySchema.parse({
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(x!, 'base64url').toString('hex') },
    [ownerField]: owner,
  })
  return {
    id: keyId(key),
    owner: ownerOf(key),
    public: key,
    sign: (bytes) => sign(null, bytes, privateKey).toString('hex'),
  }
}

export function signatureHolds(key: PublicKey, bytes: Uint8Array, signature: string): boolean {
  const x = Buffer.from(key.keyval.public, 'hex').toString('base64url')
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
  return verify(null, bytes, publicKey, Buffer.from(signature, 'hex'))
}
