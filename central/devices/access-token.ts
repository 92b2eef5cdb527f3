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

interface Seen {
  device: string
  endMs: number
}
/** Two of each machine of a large fleet; then all are forgotten and looked at anew. */
const seenMost = 40_000

/**
 * Reads access tokens, each but once: a machine shows the same one with every request. Whose it is; undefined: it is none of this
 * server's, or its time is over.
 */
export function tokenReader(): (secret: Buffer, token: string, nowMs: number) => Promise<string | undefined> {
  const seen = new Map<string, Seen>()
  let of: Buffer | undefined
  return async (secret, token, nowMs) => {
    if (of !== secret || seen.size > seenMost) seen.clear()
    of = secret
    const known = seen.get(token)
    if (known && nowMs < known.endMs && nowMs >= known.endMs - accessTokenMs) return known.device
    const read = await readToken(secret, token, nowMs)
    if (read && of === secret) seen.set(token, read)
    return read?.device
  }
}

async function readToken(secret: Buffer, token: string, nowMs: number): Promise<Seen | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      audience,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'sub'],
    })
    const { sub: device, exp } = payload
    return device === undefined || exp === undefined ? undefined : { device, endMs: exp * 1000 }
  } catch {
    return undefined // whatever is wrong with it, a new one is to be asked for
  }
}
