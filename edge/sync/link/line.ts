import { z } from 'zod'
import { EdgewrightError, type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'
import type { CentralAnswer } from '../client.ts'

/** Answers are small; whatever is longer is no answer of central's. */
const maxAnswerBytes = 1024 * 1024

export interface Asking {
  method: string
  headers: Record<string, string>
  body?: string | Uint8Array
  signal: AbortSignal
}
export type Fetch = typeof globalThis.fetch

/**
 * One request, redirects not followed: a token must not go where central did not say.
 * @throws EdgewrightError central-unreachable, with the reason in words
 */
export async function ask(fetch: Fetch, url: string, asking: Asking): Promise<CentralAnswer> {
  try {
    const response = await fetch(url, {
      ...asking,
      body: (asking.body ?? null) as NonNullable<RequestInit['body']> | null,
      redirect: 'manual',
    })
    const text = await whole(response)
    return { status: response.status, body: text === '' ? undefined : parsed(text, response) }
  } catch (error) {
    if (error instanceof EdgewrightError) throw error
    throw unreachable(whyNot(error), error)
  }
}

async function whole(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    if (bytes > maxAnswerBytes) throw unreachable('what answers there is not central (its answer has no end)')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parsed(text: string, { status, headers }: Response): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const location = headers.get('location')
    const to = location === null ? '' : `, and sends to ${location.slice(0, 100)}`
    // A proxy, a captive portal: whoever it is, central was not reached.
    throw unreachable(`what answers there is not central (HTTP ${status}, no JSON${to})`)
  }
}

export const unreachable = (why: string, cause?: unknown): EdgewrightError =>
  new EdgewrightError('central-unreachable', why, cause === undefined ? {} : { cause })

const inWords: Record<string, string> = {
  ENOTFOUND: 'its name is not known to this network',
  EAI_AGAIN: 'names cannot be looked up: this machine has no network, or its name server does not answer',
  ECONNREFUSED: 'nothing listens at this address',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENETUNREACH: 'this machine has no way to it',
  EHOSTUNREACH: 'this machine has no way to it',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer did not end in time',
  CERT_HAS_EXPIRED: 'its certificate has expired (or the clock of this machine is wrong)',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock of this machine right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name it with EDGEWRIGHT_CA=FILE',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate comes from an authority that this machine does not know: name it with EDGEWRIGHT_CA=FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that this machine does not know: name it with EDGEWRIGHT_CA=FILE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an authority that this machine does not know: name it with EDGEWRIGHT_CA=FILE',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name than this address',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there: is it http:// and not https://?',
}

/** Why a request got no answer, in words. */
export function whyNot(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError') return 'it did not answer in time'
    const { code } = at as NodeJS.ErrnoException
    if (code !== undefined && inWords[code] !== undefined) return inWords[code]
    if (at instanceof AggregateError && at.errors[0] instanceof Error) return whyNot(at.errors[0])
  }
  const innermost = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return innermost instanceof Error ? innermost.message : String(innermost)
}

const refusalSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

/** What central refused, in its own words; `otherwise` where it gave none that are known. */
export function refusalOf({ status, body }: CentralAnswer, otherwise: ErrorCode): EdgewrightError {
  const parsed = refusalSchema.safeParse(body)
  if (!parsed.success) return new EdgewrightError(otherwise, `central answers with HTTP ${status}`)
  const { code, message, hint } = parsed.data.error
  const known = code in errorRegistry ? (code as ErrorCode) : otherwise
  return new EdgewrightError(known, message, hint === undefined ? {} : { hint })
}

const nonceSchema = z.object({ nonce: z.string(), serverMs: z.number().optional() })

/** Of a 401 `assertion-clock`: what an assertion must carry to be taken whatever the clock says. */
export function nonceIn({ status, body }: CentralAnswer): { nonce: string; serverMs?: number } | undefined {
  if (status !== 401 || refusalSchema.safeParse(body).data?.error.code !== 'assertion-clock') return undefined
  const found =
    nonceSchema.safeParse(body).data ?? nonceSchema.safeParse((body as { error: unknown }).error).data
  return found && { nonce: found.nonce, ...(found.serverMs !== undefined && { serverMs: found.serverMs }) }
}
