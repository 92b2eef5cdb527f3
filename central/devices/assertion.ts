import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import { z } from 'zod'

/** Nothing signed is older than this, or good for longer. */
export const longestMs = 60_000
/** By how much two clocks that are right may differ. */
export const leewayMs = 5_000

const seconds = z.number().nonnegative().max(253_402_300_800) // year 10000
const claimsSchema = z.object({
  aud: z.string(),
  jti: z.string().min(8).max(200),
  iat: seconds,
  exp: seconds,
  nonce: z.string().max(500).optional(),
})
export const assertionSchema = claimsSchema.extend({ iss: z.string(), sub: z.string() })
export const proofSchema = claimsSchema.extend({ token_sha256: z.string() })
export type Claims = z.infer<typeof claimsSchema>

/** Raw Ed25519 key, 32 bytes, hex, as node knows it. */
export const keyOf = (publicKey: string): KeyObject =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'hex').toString('base64url') },
    format: 'jwk',
  })

/** The claims of a JWT that this very key signed, EdDSA and nothing else; or why not, in words. */
export async function signedClaims<S extends z.ZodType>(
  jwt: string,
  key: KeyObject,
  schema: S,
): Promise<{ claims: z.output<S> } | { problem: string }> {
  let payload: Uint8Array
  try {
    ;({ payload } = await compactVerify(jwt, key, { algorithms: ['EdDSA', 'Ed25519'] }))
  } catch (error) {
    return { problem: `its signature does not hold (${error instanceof Error ? error.message : error})` }
  }
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(payload)))
    if (parsed.success) return { claims: parsed.data }
    return {
      problem: `its claims are not as they must be (${parsed.error.issues[0]?.path.join('.') || 'form'})`,
    }
  } catch {
    return { problem: 'its claims are no JSON' }
  }
}

export type Timing = 'timely' | 'clock' | 'too-long'

/** Whether an assertion is of this minute. `clock`: it would be, were the two clocks the same. */
export function timingOf({ iat, exp }: Pick<Claims, 'iat' | 'exp'>, nowMs: number): Timing {
  if (exp <= iat || (exp - iat) * 1000 > longestMs) return 'too-long'
  return iat * 1000 <= nowMs + leewayMs && exp * 1000 > nowMs - leewayMs ? 'timely' : 'clock'
}
