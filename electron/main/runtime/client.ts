import { z } from 'zod'
import { alertsPageSchema } from '#core/contracts/api.ts'
import { modelSummarySchema } from '#core/contracts/deployment.ts'
import { type TrustFacts, trustFactsSchema } from '../decide/app-update-trust.ts'
import { type Noticed, noticedSchema } from '../decide/notify.ts'
import { EventReader, type ServerSentEvent } from './server-sent-events.ts'

const answerWithinMs = 5_000
const alertsAsked = 200

const modelsSchema = z.object({
  models: z.array(modelSummarySchema.pick({ id: true, slots: true }).loose()),
})
const codeSchema = z.object({ code: z.string().min(1) })
const pageSchema = alertsPageSchema.pick({ next: true }).extend({ alerts: z.array(noticedSchema) })

/** Whether a runtime is there, in its own words. */
export async function answers(origin: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/healthz', origin), {
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithinMs),
    })
    return response.ok && z.object({ ok: z.literal(true) }).safeParse(await response.json()).success
  } catch {
    return false // Nobody there, or nobody we know: both mean that it does not answer.
  }
}

/** The runtime as the holder of its token sees it. */
export class RuntimeClient {
  readonly origin: string
  readonly #token: string

  constructor(origin: string, token: string) {
    this.origin = origin
    this.#token = token
  }

  async accepted(): Promise<boolean> {
    const response = await this.#ask('/api/status')
    await response.body?.cancel()
    return response.ok
  }

  /** A link that signs one browser in, once. */
  async signInLink(path = '/'): Promise<string> {
    const response = await this.#ask('/api/session/code', { method: 'POST', body: '{}' })
    const { code } = codeSchema.parse(await response.json())
    return `${new URL(path, this.origin)}#code=${code}`
  }

  async models(): Promise<z.infer<typeof modelsSchema>['models']> {
    return modelsSchema.parse(await (await this.#ask('/api/models')).json()).models
  }

  /** What signed metadata lets be trusted here. */
  async trust(): Promise<TrustFacts> {
    return trustFactsSchema.parse(await (await this.#ask('/api/updates')).json())
  }

  async unacknowledged(): Promise<Noticed[]> {
    const response = await this.#ask(`/api/alerts?state=unacknowledged&limit=${alertsAsked}`)
    return pageSchema.parse(await response.json()).alerts
  }

  /** Hears events until the stream ends (resolves), breaks or says nothing for `silenceMs` (rejects). */
  async hear(
    onEvent: (event: ServerSentEvent) => void,
    signal: AbortSignal,
    silenceMs: number,
  ): Promise<void> {
    const silence = new AbortController()
    const restart = () =>
      setTimeout(() => silence.abort(new Error('the event stream fell silent')), silenceMs)
    let timer = restart()
    try {
      const response = await fetch(new URL('/api/events', this.origin), {
        headers: { authorization: `Bearer ${this.#token}` },
        redirect: 'error',
        signal: AbortSignal.any([signal, silence.signal]),
      })
      if (!response.ok || !response.body) throw new Error(`the event stream answers ${response.status}`)
      const reader = new EventReader()
      const text = new TextDecoder()
      for await (const bytes of response.body) {
        clearTimeout(timer)
        timer = restart()
        for (const event of reader.push(text.decode(bytes, { stream: true }))) onEvent(event)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.origin), {
      ...init,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      // A redirect would carry the token somewhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithinMs),
    })
  }
}
