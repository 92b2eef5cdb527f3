import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const prefix = 'whsec_'
const secretBytes = 32
/** How far a sender's clock may be off, seconds (Standard Webhooks leaves it to the receiver; its libraries take five minutes). */
const toleranceS = 300

/** A new secret, as both ends keep it: `whsec_` and base64. */
export const newSecret = (): string => prefix + randomBytes(secretBytes).toString('base64')

export interface Signed {
  id: string
  /** Seconds since 1970, as text. */
  timestamp: string
  body: string | Buffer
}

/** `webhook-signature` of a message: Standard Webhooks 1.0.0, symmetric: v1, base64 of HMAC-SHA256 over `id.timestamp.body`. */
export function signature({ id, timestamp, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return `v1,${mac}`
}

/** Why a message that came is not believed, in words; undefined: it is. `header` may hold several signatures, apart by spaces. */
export function whyNotBelieved(
  message: Signed,
  header: string,
  secret: string,
  nowMs: number,
): string | undefined {
  const seconds = Number(message.timestamp)
  if (!/^\d{1,12}$/.test(message.timestamp) || Math.abs(nowMs / 1000 - seconds) > toleranceS)
    return 'its webhook-timestamp is more than five minutes from now'
  const wanted = Buffer.from(signature(message, secret))
  const matches = header.split(' ').some((one) => {
    const given = Buffer.from(one)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  })
  return matches ? undefined : 'its webhook-signature does not fit'
}
