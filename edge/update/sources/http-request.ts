import { Unreachable } from './unreachable.ts'

export interface Ask {
  fetch: typeof globalThis.fetch
  /** ms since 1970. */
  now: () => number
  redirects: number
  signal: AbortSignal | undefined
}

/**
 * Asks for one address and lets `use` look at the answer, all of it within `deadlineMs`; what `use` leaves unread can be
 * read on after that.
 * @throws Unreachable with `deadline` as its message where that has passed
 */
export async function asked<T>(
  { fetch, redirects, signal }: Ask,
  url: URL,
  headers: Record<string, string>,
  deadlineMs: number,
  deadline: string,
  use: (response: Response) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Unreachable(deadline)), deadlineMs)
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  // What is compressed on its way counts other bytes than were signed. With a range, fetch says so itself.
  const plain = headers['range'] === undefined && { 'accept-encoding': 'identity' }
  const init = { redirect: 'manual', headers: { ...headers, ...plain }, signal: either } as const
  try {
    let at = url
    for (let hops = 0; ; hops++) {
      const response = await fetch(at, init)
      if (![301, 302, 303, 307, 308].includes(response.status)) {
        try {
          return await use(response)
        } catch (error) {
          drop(response)
          throw error
        }
      }
      drop(response)
      if (hops === redirects)
        throw new Unreachable(`it is redirected more than ${redirects} times`, { again: false })
      at = redirected(response, at)
    }
  } catch (error) {
    // fetch wraps the reason of an abort where the body was being read.
    either.throwIfAborted()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Elsewhere only to https: what answers for the repository in a foreign network (a sign-in page) is not followed. */
function redirected({ headers }: Response, from: URL): URL {
  const to = headers.get('location')
  if (to === null || !URL.canParse(to, from.href))
    throw new Unreachable('it is redirected, but not said where to', { again: false })
  const next = new URL(to, from)
  if (next.protocol !== 'https:' && next.origin !== from.origin)
    throw new Unreachable(`it is redirected to ${next.origin}, which is neither the same server nor https`, {
      again: false,
    })
  return next
}

/** Of what is not read to its end, nothing more is to come. */
export function drop({ body }: Response): void {
  if (body && !body.locked) body.cancel().catch(() => undefined) // whoever broke it off was told why
}

/** Statuses after which the same question may be answered: RFC 9110 (408, 5xx), 8470 (425), 6585 (429). */
export function failureOf({ status, statusText, headers }: Response, nowMs: number): Unreachable {
  const again = status >= 500 || [408, 425, 429].includes(status)
  const retryAfterMs = again ? waitOf(headers.get('retry-after'), nowMs) : undefined
  return new Unreachable(`the server answers HTTP ${status} ${statusText}`.trim(), { again, retryAfterMs })
}

/** Retry-After in seconds, or as a date (RFC 9110, 10.2.3); ms from now. */
export function waitOf(said: string | null, nowMs: number): number | undefined {
  if (said === null) return undefined
  const ms = /^\d+$/.test(said.trim()) ? 1000 * Number(said) : Date.parse(said) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
