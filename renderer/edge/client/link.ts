import { z } from 'zod'
import { alertSchema } from '#core/contracts/alert.ts'
import { type EdgeEvents, liveReadingSchema, statusSchema } from '#core/contracts/api.ts'
import { modelSummarySchema } from '#core/contracts/deployment.ts'
import { isSignedOut } from '../../ui/client/failure.ts'
import { Observable } from '../../ui/client/observable.ts'

/** Health comes once a second; three missed ones are no accident. */
export const healthTimeoutMs = 3000
const watchMs = 250
/** Later than this, and the page stood still. A browser lets a tab that nobody sees look once a second. */
const stoodStillMs = 1000
const retryMs = 1000

const schemas = {
  alert: alertSchema,
  deployment: modelSummarySchema,
  live: z.array(liveReadingSchema),
  health: statusSchema,
}

export type LinkState = 'connecting' | 'open' | 'lost' | 'signed-out'

export interface Link {
  state: LinkState
  /** An event did not fit its contract: what is shown may be incomplete. */
  unreadable: boolean
}

/** What the link needs of the world; tests give their own. */
export interface LinkParts {
  open: () => EventSource
  /** Asks for the status and keeps it: says who we are, and whether the runtime answers at all. */
  check: () => Promise<unknown>
  /** Milliseconds that never jump. */
  elapsed: () => number
  heard: <K extends keyof EdgeEvents>(kind: K, payload: EdgeEvents[K]) => void
  /** The stream is open (again): what happened in between has to be asked for. */
  reopened: () => void
}

/** Keeps the stream of events open, notices within a second when it is dead, and comes back by itself. */
export class EdgeLink {
  readonly link = new Observable<Link>({ state: 'connecting', unreadable: false })
  readonly #parts: LinkParts
  #source: EventSource | undefined
  #lastHealthMs = 0
  #watchedMs = 0
  #watch: ReturnType<typeof setInterval> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  /** Counts starts and stops, so that an answer to a former start changes nothing. */
  #run = 0

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** Also after a new sign-in. */
  start(): void {
    this.stop()
    this.#watchedMs = this.#parts.elapsed()
    this.#watch = setInterval(() => this.#watchHealth(), watchMs)
    void this.#connect()
  }

  stop(): void {
    this.#run++
    clearInterval(this.#watch)
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = undefined
  }

  /** The session has ended; nothing is asked any more until somebody signs in. */
  signedOut(): void {
    this.stop()
    this.#become('signed-out')
  }

  async #connect(): Promise<void> {
    const run = this.#run
    try {
      await this.#parts.check()
    } catch (error) {
      if (run !== this.#run) return
      return isSignedOut(error) ? this.signedOut() : this.#lose()
    }
    if (run !== this.#run) return
    const source = this.#parts.open()
    this.#source = source
    this.#lastHealthMs = this.#parts.elapsed()
    source.onopen = () => {
      this.#lastHealthMs = this.#parts.elapsed()
      this.#become('open')
      this.#parts.reopened()
    }
    source.onerror = () => source === this.#source && this.#lose()
    for (const kind of Object.keys(schemas) as (keyof typeof schemas)[]) this.#listen(source, kind)
  }

  #listen<K extends keyof EdgeEvents>(source: EventSource, kind: K): void {
    source.addEventListener(kind, (event) => {
      const parsed = schemas[kind].safeParse(asJson(event.data))
      if (kind === 'health') this.#lastHealthMs = this.#parts.elapsed()
      if (parsed.success) this.#parts.heard(kind, parsed.data as EdgeEvents[K])
      else this.link.set({ ...this.link.get(), unreadable: true })
    })
  }

  #watchHealth(): void {
    const nowMs = this.#parts.elapsed()
    // Where the page itself stood still, what came meanwhile still waits to be read: that time is nobody's silence.
    const lateMs = nowMs - this.#watchedMs - watchMs
    if (lateMs > stoodStillMs) this.#lastHealthMs = Math.min(nowMs, this.#lastHealthMs + lateMs)
    this.#watchedMs = nowMs
    if (this.#source && nowMs - this.#lastHealthMs > healthTimeoutMs) this.#lose()
  }

  #lose(): void {
    this.#source?.close()
    this.#source = undefined
    this.#become('lost')
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#connect(), retryMs)
  }

  #become(state: LinkState): void {
    if (this.link.get().state !== state) this.link.set({ ...this.link.get(), state })
  }
}

function asJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    // Not JSON: the contract refuses it, and the page says so.
    return undefined
  }
}
