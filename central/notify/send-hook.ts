import { lookup as resolve } from 'node:dns'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { type AllowedAddresses, whyNotCalled, whyNotTaken } from './address.ts'
import { signature } from './sign.ts'

export interface HookMessage {
  url: string
  id: string
  body: string
  secret: string
  /** Epoch ms of this attempt. */
  nowMs: number
}

/** From the first byte of the name look-up to the head of the answer, ms. */
const deadlineMs = 10_000

/**
 * One attempt. Resolves with the status that the receiver answered; redirects are not followed, and its body is not read. Rejects
 * where there was no answer, or where its address must not be called: looked at after the name was resolved, on the very
 * connection, so that a name that changes in between gains nothing.
 */
export function sendHook(
  { url, id, body, secret, nowMs }: HookMessage,
  allowed: AllowedAddresses,
): Promise<number> {
  const refused = whyNotTaken(url, allowed)
  if (refused) return Promise.reject(new Error(refused))
  const { protocol, hostname } = new URL(url)
  const lookup: LookupFunction = (host, options, done) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const refusal = found.map(({ address }) => whyNotCalled(hostname, address, allowed)).find(Boolean)
      const first = found[0]
      if (refusal || !first) return done(new Error(refusal ?? 'the name stands for no address'), '')
      return options.all ? done(null, found) : done(null, first.address, first.family)
    })
  const timestamp = String(Math.floor(nowMs / 1000))
  return new Promise((answer, reject) => {
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        method: 'POST',
        agent: false,
        lookup,
        signal: AbortSignal.timeout(deadlineMs),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'edgewright-central',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signature({ id, timestamp, body }, secret),
        },
      },
      (response) => {
        answer(response.statusCode ?? 0)
        response.destroy()
      },
    )
    request.on('error', (error) =>
      reject(
        error.name === 'AbortError' || error.name === 'TimeoutError' ? new Error('no answer in 10 s') : error,
      ),
    )
    request.end(body)
  })
}
