import { setTimeout as pause } from 'node:timers/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, targetsFolder } from '#core/update/names.ts'
import { Patience, type Sleep } from '../download/patience.ts'
import type { RepositorySource } from '../source.ts'
import { usableAddress } from './address.ts'
import { byteStream } from './byte-stream.ts'
import { type Ask, asked, drop, failureOf } from './http-request.ts'
import { segmentsOf } from './segments.ts'
import { asUnreachable, Unreachable } from './unreachable.ts'

export interface HttpLimits {
  /** For one metadata file, from asking to its last byte. */
  metadataMs: number
  /** Until a server begins to answer for a package. */
  headMs: number
  /** Redirects that are followed, one after the other. */
  redirects: number
  /** How often one metadata file is asked for. */
  tries: number
  /** A server that asks for more patience than this is left alone until the next check. */
  longestWaitMs: number
}

export const httpLimits: HttpLimits = {
  metadataMs: 60_000,
  headMs: 30_000,
  redirects: 5,
  tries: 4,
  longestWaitMs: 60_000,
}

export interface HttpSourceOptions {
  fetch?: typeof globalThis.fetch
  /** ms since 1970: a Retry-After may name a time. */
  now?: () => number
  random?: () => number
  sleep?: Sleep
  /** Ends whatever is under way. */
  signal?: AbortSignal | undefined
  limits?: Partial<HttpLimits>
}

/**
 * A signed repository on any web server or bucket. File names are as they are in the repository's folder; they are encoded
 * here. Redirects are followed on the same server, or to https. What an address carries after `?` goes along with every
 * request, and is shown nowhere.
 * @throws EdgewrightError request-invalid where the address cannot be used
 */
export function httpSource(address: string, options: HttpSourceOptions = {}): RepositorySource {
  const base = usableAddress(address)
  const name = `${base.origin}${base.pathname}`
  const { now = Date.now, random = Math.random, signal } = options
  const sleep: Sleep = options.sleep ?? (async (ms) => void (await pause(ms, undefined, { signal })))
  const limits = { ...httpLimits, ...options.limits }
  const ask: Ask = { fetch: options.fetch ?? globalThis.fetch, now, redirects: limits.redirects, signal }

  function urlOf(segments: readonly string[]): URL {
    const url = new URL(segments.map(encodeURIComponent).join('/'), base)
    url.search = base.search
    return url
  }

  async function metadata(file: string, maxBytes: number): Promise<Buffer | undefined> {
    const url = urlOf([metadataFolder, ...segmentsOf(file, 'update-refused')])
    const patience = new Patience({ tries: limits.tries, longestWaitMs: limits.longestWaitMs, random, sleep })
    for (;;) {
      const deadline = `no answer within ${limits.metadataMs / 1000} s`
      try {
        return await asked(ask, url, {}, limits.metadataMs, deadline, async (response) => {
          if (response.status === 404 || response.status === 403) return undefined
          if (response.status !== 200) throw failureOf(response, now())
          return await whole(response, file, maxBytes)
        })
      } catch (error) {
        await patience.after(named(`${name}metadata/${file}`, error), 0, signal)
      }
    }
  }

  async function target(file: string, length: number, from: number) {
    const url = urlOf([targetsFolder, ...segmentsOf(file, 'download-refused')])
    const shown = `${name}targets/${file}`
    const stop = new AbortController()
    const within = { ...ask, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal }
    const open = (at: number) => {
      const headers: Record<string, string> = at > 0 ? { range: `bytes=${at}-${length - 1}` } : {}
      const deadline = `no answer within ${limits.headMs / 1000} s`
      return asked(within, url, headers, limits.headMs, deadline, async (response) => response)
    }
    try {
      let response = await open(from)
      if (from > 0 && !isRest(response, from, length)) {
        const { status } = response
        if (status === 206 || status === 416) {
          drop(response)
          response = await open(0)
        }
        from = 0
      }
      const { status, body } = response
      if (status !== (from > 0 ? 206 : 200)) {
        drop(response)
        if (status === 404 || status === 403)
          throw new EdgewrightError('download-refused', `${shown} is not there (HTTP ${status})`, {
            hint: notThereHint,
          })
        throw failureOf(response, now())
      }
      const size = from === 0 ? sizeOf(response) : undefined
      if (!body || (size !== undefined && size !== length)) {
        drop(response)
        throw new EdgewrightError(
          'download-refused',
          `${shown} has ${size ?? 0} bytes, and ${length} were signed`,
        )
      }
      const reader = (body as ReadableStream<Uint8Array>).getReader()
      const pieces = { next: async () => (await reader.read()).value, stop: () => stop.abort() }
      return { from, bytes: byteStream(pieces, length - from, (error) => asUnreachable(shown, error)) }
    } catch (error) {
      signal?.throwIfAborted()
      throw named(shown, error)
    }
  }

  return { name, metadata, target }
}

const named = (shown: string, error: unknown) =>
  error instanceof Unreachable ? error.of(shown) : asUnreachable(shown, error)

const notThereHint =
  'It is tried again by itself, and goes on with what has come; tell the central team if it stays.'

/** Read to its end, or to the first byte beyond what is allowed. */
async function whole(response: Response, file: string, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new EdgewrightError('update-refused', `${file} is larger than the ${maxBytes} bytes allowed`)
  const size = sizeOf(response)
  if (size !== undefined && size > maxBytes) throw tooLarge()
  const pieces: Uint8Array[] = []
  let read = 0
  for await (const piece of response.body ?? []) {
    read += piece.length
    if (read > maxBytes) throw tooLarge()
    pieces.push(piece)
  }
  if (size !== undefined && read < size)
    throw new Unreachable(`the line broke after ${read} of ${size} bytes`)
  return Buffer.concat(pieces)
}

const isEncoded = ({ headers }: Response) => (headers.get('content-encoding') ?? 'identity') !== 'identity'

/** What the server says that is to come; unknown where it compresses, though it was asked not to. */
function sizeOf(response: Response): number | undefined {
  const said = response.headers.get('content-length')
  return said === null || isEncoded(response) || !/^\d+$/.test(said) ? undefined : Number(said)
}

/** Whether these are the bytes that were asked for: of a file of the signed length, from the byte that is missing on. */
function isRest(response: Response, from: number, length: number): boolean {
  if (response.status !== 206 || isEncoded(response)) return false
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  if (!range) return false
  const [, first, last, total] = range
  return Number(first) === from && Number(last) < length && (total === '*' || Number(total) === length)
}
