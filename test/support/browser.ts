import type { ErrorBody } from '#core/contracts/errors.ts'
import type { Session } from '#core/contracts/people.ts'

export interface Said<T = unknown> {
  status: number
  body: T
  /** Of a refusal. */
  error?: ErrorBody['error']
  headers: Headers
}

/** A browser at the machine, as far as the runtime can tell: a cookie, and the Origin of its own page. */
export class Browser {
  readonly #url: string
  #cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  /** By a sign-in link. */
  static async at(url: string, code: string): Promise<Browser> {
    const browser = new Browser(url)
    await browser.send('POST', '/api/session', { code })
    return browser
  }

  get cookie(): string {
    return this.#cookie
  }

  async send<T = unknown>(method: string, path: string, body?: object | Buffer): Promise<Said<T>> {
    const isBytes = Buffer.isBuffer(body)
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: {
        origin: this.#url,
        cookie: this.#cookie,
        ...(body && { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    })
    const given = response.headers.get('set-cookie')?.split(';')[0]
    if (given) this.#cookie = given
    const text = await response.text()
    const said = (text === '' ? null : JSON.parse(text)) as T & Partial<ErrorBody>
    return {
      status: response.status,
      body: said,
      headers: response.headers,
      ...(said?.error && { error: said.error }),
    }
  }

  signIn(person: string, pin: string): Promise<Said<Session>> {
    return this.send('POST', '/api/session/person', { person, pin })
  }
}
