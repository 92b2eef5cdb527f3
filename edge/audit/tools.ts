import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { RecordTools } from '#core/audit/format.ts'

/** Raw Ed25519 key, 32 bytes, hex. */
export function publicKeyOf(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return Buffer.from(x ?? '', 'base64url').toString('hex')
}

/** base64 */
export const signWith = (key: KeyObject, bytes: Uint8Array): string =>
  sign(null, bytes, key).toString('base64')

function isSigned(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  try {
    const x = Buffer.from(publicKey, 'hex').toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const raw = Buffer.from(signature, 'base64')
    // One text per signature: base64 has spare bits at its end.
    return raw.toString('base64') === signature && verify(null, bytes, key, raw)
  } catch {
    return false // no key, or no signature: either way not signed
  }
}

/** What the pure part of verification cannot do by itself. */
export const recordTools: RecordTools = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  isSigned,
  fromBase64: (text) => Buffer.from(text, 'base64'),
}
