import { jwtVerify, SignJWT } from 'jose'

export const accessTokenMs = 10 * 60_000
const audience = 'edgewright-sync'

/** What a machine shows with every request for the next ten minutes. HS256: the one who makes it is the one who reads it. */
export const makeAccessToken = (secret: Buffer, device: string, nowMs: number): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(device)
    .setAudience(audience)
    .setIssuedAt(new Date(nowMs))
    .setExpirationTime(new Date(nowMs + accessTokenMs))
    .sign(secret)

/** Whose it is; undefined: it is none of this server's, or its time is over. */
export async function deviceOfToken(
  secret: Buffer,
  token: string,
  nowMs: number,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      audience,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'sub'],
    })
    return payload.sub
  } catch {
    return undefined // whatever is wrong with it, a new one is to be asked for
  }
}
