import { EdgewrightError } from '#core/contracts/errors.ts'

interface Why {
  /** What the server asked for (Retry-After), ms. */
  retryAfterMs?: number | undefined
  /** false: it will fail alike at once, so it is left to the next check. */
  again?: boolean
  cause?: unknown
}

/** A source that cannot be reached, or broke off: `update-unreachable`, and when it is worth another try. */
export class Unreachable extends EdgewrightError {
  readonly retryAfterMs: number | undefined
  readonly again: boolean
  constructor(message: string, { retryAfterMs, again = true, cause }: Why = {}) {
    super('update-unreachable', message, { cause })
    this.retryAfterMs = retryAfterMs
    this.again = again
  }
  /** The same, said of what it was that could not be reached. */
  of(name: string): Unreachable {
    const { message, retryAfterMs, again } = this
    return new Unreachable(`${name}: ${message}`, { retryAfterMs, again, cause: this })
  }
}

/** What a source failed with, as an EdgewrightError. */
export function asUnreachable(name: string, error: unknown, again = true): EdgewrightError {
  if (error instanceof EdgewrightError) return error
  return new Unreachable(`${name}: ${inWords(error)}`, { again, cause: error })
}

/** errno(3) and what Node's fetch adds to it. */
const words: Record<string, string> = {
  ECONNREFUSED: 'nothing answers at this address',
  ENOTFOUND: 'there is no such name in the network',
  EAI_AGAIN: 'the name cannot be looked up: there is no network, or no name server',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to this machine',
  ETIMEDOUT: 'no connection came about in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  ECONNRESET: 'the line broke',
  EPIPE: 'the line broke',
  UND_ERR_SOCKET: 'the line broke',
  ERR_STREAM_PREMATURE_CLOSE: 'the line broke',
  EIO: 'it cannot be read any more: a damaged drive, or one that was pulled',
  ENODEV: 'the drive is gone',
  ENXIO: 'the drive is gone',
  ENOMEDIUM: 'the drive is gone',
  ESTALE: 'the drive is gone',
  ENOTCONN: 'the drive is gone',
  EACCES: 'this machine may not read it',
  EPERM: 'this machine may not read it',
}

/** fetch says "fetch failed", and why only in the cause. */
function inWords(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { code, message } = cause as NodeJS.ErrnoException
  const said = words[code ?? '']
  if (said !== undefined) return `${said} (${code})`
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
