import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const nonceMs = 60_000

/** Good once, for this device, for a minute; nothing is kept of it until it is used. `secret`: of the server. */
export function makeNonce(secret: Buffer, device: string, nowMs: number): string {
  const body = `${nowMs + nonceMs}.${randomBytes(12).toString('base64url')}`
  return `${body}.${seal(secret, device, body)}`
}

/** Until when it holds, epoch ms; undefined: it is not one of this server's for this device, or its time is over. */
export function nonceEnd(secret: Buffer, device: string, nonce: string, nowMs: number): number | undefined {
  const [end = '', random = '', sealed = '', ...rest] = nonce.split('.')
  const [given, wanted] = [Buffer.from(sealed), Buffer.from(seal(secret, device, `${end}.${random}`))]
  if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  return Number(end) > nowMs ? Number(end) : undefined
}

const seal = (secret: Buffer, device: string, body: string): string =>
  createHmac('sha256', secret).update(`nonce\n${device}\n${body}`).digest('base64url')
