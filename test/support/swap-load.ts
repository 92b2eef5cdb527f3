import { once } from 'node:events'
import { Agent, type ClientRequest, type RequestOptions, request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Decision } from '#core/contracts/decision.ts'
import type { SwapLedger, SwapReading } from './swap-ledger.ts'

export interface SwapTarget {
  host: string
  port: number
  token: string
  model: string
}

export interface SwapLoadOptions {
  /** Senders with one request under way each: three single readings, then an array of five, in turn. */
  clients: number
  /** Their rest after an answer, ms. */
  pauseMs: number
  /** Readings a second in one NDJSON stream, of eight assets in turn; 0: none. */
  rowsPerS: number
}

const streamAssets = 8
const streamTickMs = 25
const arraySize = 5

/** Senders that go on while versions are swapped. Every reading has an id of its own, and the ledger keeps what became of it. */
export class SwapLoad {
  readonly ledger: SwapLedger
  readonly #target: SwapTarget
  readonly #options: SwapLoadOptions
  readonly #agents: Agent[] = []
  readonly #commands: Agent
  readonly #probes: Agent
  #senders: Promise<void>[] = []
  #stopping = false

  constructor(target: SwapTarget, options: SwapLoadOptions, ledger: SwapLedger) {
    this.#target = target
    this.#options = options
    this.ledger = ledger
    this.#commands = this.#agent()
    this.#probes = this.#agent()
  }

  start(): void {
    const { clients, rowsPerS } = this.#options
    this.#stopping = false
    this.#senders = Array.from({ length: clients }, (_, k) => this.#client(`client-${k}`))
    if (rowsPerS > 0) this.#senders.push(this.#stream(rowsPerS))
    for (const sender of this.#senders)
      sender.catch((error: unknown) => this.ledger.problem(`a sender gave up: ${String(error)}`))
  }

  /** Resolves when everything that was sent is answered, or its sender has given up. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.allSettled(this.#senders)
    for (const agent of this.#agents) agent.destroy()
  }

  /** One command over a connection that is kept open. Rejects where it is not answered with 200. */
  async command<T>(step: string, body: object): Promise<T> {
    const { status, text } = await this.#post(this.#commands, `/${step}`, JSON.stringify(body))
    if (status !== 200) throw new Error(`${step} was answered with ${status}: ${text}`)
    return JSON.parse(text) as T
  }

  /** One reading after the other, without a rest, until a reading is answered by this version. */
  async probe(version: string): Promise<void> {
    while (this.ledger.newest !== version) await this.#send(this.#probes, 'probe', 1)
  }

  #agent(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    this.#agents.push(agent)
    return agent
  }

  async #client(asset: string): Promise<void> {
    const agent = this.#agent()
    for (let turn = 0; !this.#stopping; turn++) {
      await this.#send(agent, asset, turn % 4 === 3 ? arraySize : 1)
      await sleep(this.#options.pauseMs)
    }
  }

  /** Until it is answered: a full queue is no answer. */
  async #send(agent: Agent, asset: string, size: number): Promise<void> {
    const readings = this.ledger.next(asset, size)
    const body = JSON.stringify(size === 1 ? readings[0] : readings)
    for (;;) {
      const { status, text } = await this.#post(agent, '/readings', body)
      if (status === 429) {
        this.ledger.refused += 1
        await sleep(20)
      } else if (status === 200) {
        const decisions = (size === 1 ? [JSON.parse(text)] : JSON.parse(text)) as Decision[]
        return this.ledger.answered(readings, decisions)
      } else return this.ledger.problem(`${readings[0]!.id} was answered with ${status}: ${text}`)
    }
  }

  async #stream(rowsPerS: number): Promise<void> {
    const sending = this.#request(this.#agent(), '/readings', { 'content-type': 'application/x-ndjson' })
    const waiting: SwapReading[] = []
    const answering = once(sending, 'response').then(async ([response]) => {
      if (response.statusCode !== 200)
        this.ledger.problem(`the stream was answered with ${response.statusCode}`)
      for await (const line of createInterface({ input: response }))
        this.ledger.answered(waiting.splice(0, 1), [JSON.parse(line) as Decision], true)
    })
    const startedMs = performance.now()
    for (let sent = 0; !this.#stopping; await sleep(streamTickMs)) {
      let lines = ''
      for (; sent < ((performance.now() - startedMs) / 1000) * rowsPerS; sent++) {
        const [reading] = this.ledger.next(`line-${sent % streamAssets}`, 1)
        waiting.push(reading!)
        lines += `${JSON.stringify(reading)}\n`
      }
      if (lines !== '' && !sending.write(lines)) await Promise.race([once(sending, 'drain'), answering])
    }
    sending.end()
    await answering
  }

  #request(agent: Agent, path: string, headers: RequestOptions['headers']): ClientRequest {
    const { host, port, token, model } = this.#target
    return request({
      ...{ host, port, agent, method: 'POST', path: `/api/models/${model}${path}` },
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
  }

  async #post(agent: Agent, path: string, body: string): Promise<{ status: number; text: string }> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sending = this.#request(agent, path, headers)
    sending.end(body)
    const [response] = await once(sending, 'response')
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return { status: response.statusCode, text }
  }
}
