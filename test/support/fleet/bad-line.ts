import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What can become of one request between a machine and central.
 * torn: half of it arrives. unheard: it arrives, its answer does not. twice: it arrives two times at the same moment.
 * held: the machine hears nothing, and it arrives later, behind others. flipped: one bit of it is another.
 */
export const troubles = ['refused', 'torn', 'unheard', 'twice', 'held', 'slow', 'flipped'] as const
export type Trouble = (typeof troubles)[number]

interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: Buffer
}
interface Answered {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface BadLineOptions {
  /** What becomes of the next request; undefined: it passes. */
  trouble: () => Trouble | undefined
  /** In [0, 1). */
  draw: () => number
}

/** A line on which everything goes wrong: an HTTP proxy on loopback that reads whole requests before it spoils them. */
export class BadLine {
  /** Where central answers. */
  target = ''
  /** Nothing gets through, in either direction. */
  isCut = false
  readonly count: Record<Trouble | 'passed', number> = {
    ...{ passed: 0, refused: 0, torn: 0, unheard: 0, twice: 0, held: 0, slow: 0, flipped: 0 },
  }
  readonly #options: BadLineOptions
  readonly #server = createServer((asked, answer) => {
    this.#serve(asked, answer).catch(() => asked.socket.destroy())
  })
  readonly #late = new Set<Promise<unknown>>()

  constructor(options: BadLineOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves once what was held back has arrived or failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#late)
  }

  async close(): Promise<void> {
    await this.settle()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #serve(from: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.isCut) return void from.socket.destroy()
    const chunks: Buffer[] = []
    for await (const chunk of from) chunks.push(chunk as Buffer)
    const { method = 'GET', url = '/', headers } = from
    const asked: Asked = { method, url, headers, body: Buffer.concat(chunks) }
    const trouble = this.#troubleOf(asked)
    this.count[trouble ?? 'passed'] += 1
    switch (trouble) {
      case 'refused':
        return void from.socket.destroy()
      case 'torn':
        await this.#send(asked, { upTo: Math.floor(asked.body.length * this.#options.draw()) }).catch(
          () => undefined,
        )
        return void from.socket.destroy()
      case 'unheard':
        await this.#send(asked)
        return void from.socket.destroy()
      case 'held': {
        const later = sleep(50 + 950 * this.#options.draw())
          .then(() => this.#send(asked))
          .catch(() => undefined)
        this.#late.add(later)
        void later.finally(() => this.#late.delete(later))
        return void from.socket.destroy()
      }
      case 'twice': {
        const [first] = await Promise.all([this.#send(asked), this.#send(asked).catch(() => undefined)])
        return this.#answer(from, answer, first)
      }
      case 'slow': {
        const answered = await this.#send(asked, { piecesMs: 15 })
        await sleep(30 * this.#options.draw())
        return this.#answer(from, answer, answered)
      }
      case 'flipped': {
        const body = Buffer.from(asked.body)
        body[Math.floor(body.length * this.#options.draw())]! ^= 1 << Math.floor(8 * this.#options.draw())
        return this.#answer(from, answer, await this.#send({ ...asked, body }))
      }
      default:
        return this.#answer(from, answer, await this.#send(asked))
    }
  }

  /** A bit of a batch only: its own hash finds it. Everything else is TLS's to find. Assertions are good once: those come once. */
  #troubleOf({ url, headers }: Asked): Trouble | undefined {
    const trouble = this.#options.trouble()
    if (trouble === 'flipped' && headers['content-type'] !== 'application/x-ndjson') return undefined
    return trouble === 'twice' && url.endsWith('/token') ? undefined : trouble
  }

  #answer(from: IncomingMessage, to: ServerResponse, { status, headers, body }: Answered): void {
    if (this.isCut) return void from.socket.destroy()
    const { 'transfer-encoding': _, connection: __, ...rest } = headers
    to.writeHead(status, { ...rest, 'content-length': body.length }).end(body)
  }

  #send(
    { method, url, headers, body }: Asked,
    { upTo, piecesMs }: { upTo?: number; piecesMs?: number } = {},
  ) {
    return new Promise<Answered>((resolve, reject) => {
      const { connection: _, 'transfer-encoding': __, ...rest } = headers
      const own = { ...rest, 'content-length': String(body.length) }
      const to = request(new URL(url, this.target), { method, headers: own, agent: false, timeout: 20_000 })
      to.once('error', reject)
      to.once('timeout', () => to.destroy(new Error('central did not answer')))
      to.once('response', async (answer) => {
        const chunks: Buffer[] = []
        try {
          for await (const chunk of answer) chunks.push(chunk as Buffer)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })
        } catch (error) {
          reject(error)
        }
      })
      if (upTo !== undefined) to.write(body.subarray(0, upTo), () => setTimeout(() => to.destroy(), 5))
      else if (piecesMs === undefined) to.end(body)
      else void inPieces(body, piecesMs, to).catch(reject)
    })
  }
}

async function inPieces(body: Buffer, ms: number, to: ReturnType<typeof request>): Promise<void> {
  const size = Math.max(512, Math.ceil(body.length / 4))
  for (let at = 0; at < body.length; at += size) {
    to.write(body.subarray(at, at + size))
    await sleep(ms)
  }
  to.end()
}
