import { createHash, type KeyObject } from 'node:crypto'

/** An assertion is good for this long (UPDATES.md, Identity: at most 60 s). */
const goodForS = 50

/** What signs for this machine. */
export interface Signer {
  device: string
  privateKey: KeyObject
}

interface Claims {
  /** Central's address, letter for letter as the join code gave it. */
  aud: string
  nowMs: number
  /** Used once. */
  jti: string
  /** From central, where the two clocks differ. */
  nonce?: string | undefined
}

/** private_key_jwt (RFC 7523) for an access token. */
export const tokenAssertion = ({ device, privateKey }: Signer, claims: Claims): Promise<string> =>
  signed(privateKey, claims, { iss: device, sub: device })

/** That the machine which brings this join token holds the key that it names. */
export const enrolProof = (privateKey: KeyObject, token: string, claims: Claims): Promise<string> =>
  signed(privateKey, claims, { token_sha256: createHash('sha256').update(token).digest('hex') })

async function signed(key: KeyObject, { aud, nowMs, jti, nonce }: Claims, more: object): Promise<string> {
  const { SignJWT } = await import('jose') // costs memory: only where a machine is enrolled
  const iat = Math.floor(nowMs / 1000)
  return new SignJWT({ ...more, ...(nonce !== undefined && { nonce }) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
    .setAudience(aud)
    .setJti(jti)
    .setIssuedAt(iat)
    .setExpirationTime(iat + goodForS)
    .sign(key)
}
