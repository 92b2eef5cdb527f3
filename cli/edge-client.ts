import { EdgewrightError, type ErrorBody, type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'

import { readRuntimeInfo } from '#edge/journal/lock.ts'
import { type Io, readToken, userPath } from './io.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What answers at the other end, and the code of its not answering. */
interface Kind {
  name: string
  code: ErrorCode
}
const edgeKind: Kind = { name: 'the edge', code: 'edge-unreachable' }
export const centralKind: Kind = { name: 'central', code: 'central-unreachable' }

/** One edge or central, as its admin sees it over HTTP. */
export class EdgeClient {
  readonly #url: URL
  readonly #token: string
  readonly #is: Kind

  constructor(url: string, token: string, is: Kind = edgeKind) {
    this.#is = is
    if (!URL.canParse(url))
      throw new EdgewrightError(is.code, `"${url}" is not an address such as http://127.0.0.1:8700`)
    this.#url = new URL(url)
    this.#token = token
  }

  get origin(): string {
    return this.#url.origin
  }

  async json<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, {
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    return (await response.json()) as T
  }

  /** Rejects with the edge's own error, or `edge-unreachable`. */
  async send(method: Method, path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.#token}` }
    let response: Response
    try {
      response = await fetch(new URL(path, this.#url), { ...init, method, headers })
    } catch (error) {
      throw unreachable(this.#url, error, this.#is)
    }
    if (!response.ok) throw await refusal(response, this.#is)
    return response
  }
}

/** The edge that a person means: the one at --edge, or the one that runs on the data folder they named. */
export function connect(io: Io, options: { edge?: string; data?: string }): EdgeClient {
  const url =
    options.edge ??
    (options.data === undefined ? undefined : readRuntimeInfo(userPath(io, options.data))?.address)
  if (url === undefined)
    throw new EdgewrightError(
      'edge-unreachable',
      options.data === undefined ? 'it is not said which edge' : `no edge runs on ${options.data}`,
      {
        hint:
          options.data === undefined
            ? 'Name its address with --edge URL, or its data folder with --data DIR.'
            : `Start it: edgewright edge --data ${options.data}; or name another with --edge URL.`,
      },
    )
  return new EdgeClient(url, readToken(io, options.data))
}

export function unreachable(url: URL, error: unknown, { code, name }: Kind = edgeKind): EdgewrightError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  return new EdgewrightError(code, `${name} at ${url.origin} does not answer (${cause})`, { cause: error })
}

async function refusal(response: Response, { code, name }: Kind): Promise<EdgewrightError> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as ErrorBody
    if (error.code in errorRegistry)
      return new EdgewrightError(error.code, error.message, { hint: error.hint })
  } catch (error) {
    return new EdgewrightError(code, `what answers is not ${name} (status ${response.status})`, {
      cause: error,
    })
  }
  return new EdgewrightError(code, `${name} answers with status ${response.status}: ${text.slice(0, 200)}`)
}
