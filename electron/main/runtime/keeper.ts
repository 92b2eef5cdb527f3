import { nextStep, type Problem } from '../decide/attach-or-start.ts'
import type { LinkState } from '../decide/link-state.ts'
import { ownership } from '../decide/link-state.ts'
import { type QuitFacts, quitStep, stopBoundMs } from '../decide/quit.ts'
import {
  afterEnding,
  describeEnding,
  type Ending,
  type SupervisionLimits,
  supervisionLimits,
} from '../decide/supervision.ts'
import type { RuntimeClient } from './client.ts'
import type { OwnRuntime } from './own-runtime.ts'
import type { Probe } from './probe.ts'

export interface KeeperParts {
  probe: () => Promise<Probe>
  start: () => OwnRuntime
  /** Whether the runtime at this origin answers. */
  answers: (origin: string) => Promise<boolean>
  /** Epoch ms. */
  now: () => number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Hears of each change; `client` where there is a runtime to talk to. Must not throw. */
  changed: (state: LinkState, client: RuntimeClient | undefined) => void
  log: (line: string) => void
  mayStart: boolean
  limits?: SupervisionLimits
  stopWithinMs?: number
}

const lookEveryMs = 500
const attachedEveryMs = 3_000
/** A runtime under load may miss an answer; this many in a row and it is gone. */
const missesAllowed = 3
const startWithinMs = 120_000

/** Attaches to a runtime or starts and supervises one, until it is closed. */
export class RuntimeKeeper {
  readonly #parts: KeeperParts
  #state: LinkState = { at: 'looking' }
  #own: OwnRuntime | undefined
  #endings: Ending[] = []
  #wake = new AbortController()
  #closing = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  get state(): LinkState {
    return this.#state
  }

  /** Runs until `close`. */
  async run(): Promise<void> {
    while (!this.#closing) await this.#once()
  }

  /** Looks again at once; what ended before is forgotten, since a person asked. */
  tryAgain(): void {
    this.#endings = []
    this.#wake.abort()
  }

  /** Stops a runtime of our own, in order and within a bound; leaves another alone. Resolves when nothing is left behind. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    const own = this.#own
    const whose = own ? 'own' : ownership(this.#state) === 'attached' ? 'attached' : 'none'
    if (own) this.#set({ at: 'stopping' })
    this.#wake.abort()
    let alive = own !== undefined
    void own?.ended.then(() => {
      alive = false
    })
    let toldAtMs: number | undefined
    for (;;) {
      const stoppingForMs = toldAtMs === undefined ? undefined : this.#parts.now() - toldAtMs
      const facts: QuitFacts = whose === 'own' ? { runtime: 'own', stoppingForMs, alive } : { runtime: whose }
      const step = quitStep(facts, this.#parts.stopWithinMs ?? stopBoundMs)
      if (step.do === 'exit') break
      if (step.do === 'tell-to-stop') {
        toldAtMs = this.#parts.now()
        own?.stop()
      } else if (step.do === 'wait') {
        const waiting = new AbortController()
        await Promise.race([own?.ended, this.#parts.sleep(step.moreMs, waiting.signal)])
        waiting.abort()
      } else {
        this.#parts.log('The runtime did not end in time and was killed.')
        own?.kill()
        await own?.ended
      }
    }
    this.#set({ at: 'stopped' })
  }

  async #once(): Promise<void> {
    this.#set({ at: 'looking' })
    const beganMs = this.#parts.now()
    let refused: string | undefined
    while (!this.#closing) {
      const { facts, client } = await this.#parts.probe()
      const waitedMs = this.#parts.now() - beganMs
      const step = nextStep(facts, {
        waitedMs,
        refusedBefore: refused !== undefined,
        mayStart: this.#parts.mayStart,
      })
      if (this.#closing) return
      if (step.do === 'attach' && client) return await this.#whileAttached(step.origin, client)
      if (step.do === 'explain') return await this.#explain(step.problem, holder(facts.info))
      if (step.do === 'wait') await this.#rest(lookEveryMs)
      else if (refused !== undefined) {
        // The lock did not refuse it (nobody holds the folder), so its own words are the reason.
        this.#set({ at: 'refused', reason: refused })
        return await this.#untilAsked()
      } else refused = await this.#runOwn()
      if (refused === undefined && step.do === 'start') return
    }
  }

  /** Until it has ended and what follows has been waited for; returns its words where it would not run. */
  async #runOwn(): Promise<string | undefined> {
    this.#set({ at: 'starting' })
    const own = this.#parts.start()
    this.#own = own
    const late = new AbortController()
    const origin = await Promise.race([
      own.ready,
      this.#parts.sleep(startWithinMs, late.signal).then(() => 'late' as const),
    ])
    late.abort()
    if (origin === 'late') {
      this.#parts.log(`The runtime did not answer within ${startWithinMs / 1000} s.`)
      own.kill()
    } else if (origin !== undefined && !this.#closing) {
      this.#set({ at: 'running', origin, pid: own.pid }, await this.#clientOfOwn())
    }
    const { code, signal, lastWords } = await own.ended
    this.#own = undefined
    if (this.#closing) return undefined
    const wasReady = origin !== undefined && origin !== 'late'
    const ending: Ending = { atMs: this.#parts.now(), wasReady, code, signal, lastWords }
    this.#endings.push(ending)
    const reason = describeEnding(ending)
    this.#parts.log(`The runtime ended (${reason}).`)
    const next = afterEnding(this.#endings, this.#parts.limits ?? supervisionLimits)
    if (next.do === 'refused') return reason
    if (next.do === 'give-up') {
      this.#set({ at: 'crash-loop', reason, endings: next.endings, withinMs: next.withinMs })
      await this.#untilAsked()
    } else {
      const { restart, of, delayMs } = next
      this.#set({ at: 'restarting', reason, restart, of, delayMs })
      await this.#rest(delayMs)
    }
    return undefined
  }

  /** It answers and has written its token; a busy machine may need more than one try to see that. */
  async #clientOfOwn(): Promise<RuntimeClient | undefined> {
    for (let tries = 0; tries < 5 && !this.#closing; tries++) {
      const { client } = await this.#parts.probe()
      if (client) return client
      await this.#rest(lookEveryMs)
    }
    return undefined
  }

  async #whileAttached(origin: string, client: RuntimeClient): Promise<void> {
    this.#set({ at: 'attached', origin }, client)
    let misses = 0
    while (!this.#closing && misses < missesAllowed) {
      const asked = await this.#rest(attachedEveryMs)
      misses = (await this.#parts.answers(origin)) ? 0 : misses + 1
      if (asked && misses > 0) return
    }
    if (this.#closing) return
    this.#set({ at: 'lost', origin })
    while (!this.#closing) {
      if (await this.#rest(attachedEveryMs)) return
      // It may be back under another address, so the folder is looked at anew.
      const { facts } = await this.#parts.probe()
      if (facts.answers) return
    }
  }

  async #explain(problem: Problem, detail: string): Promise<void> {
    this.#set({ at: 'problem', problem, detail })
    await this.#untilAsked()
  }

  /** Until a person asks to try again, or the app closes. */
  async #untilAsked(): Promise<void> {
    while (!this.#closing && !(await this.#rest(24 * 3_600_000)));
  }

  /** Waits; true where a person asked meanwhile. */
  async #rest(ms: number): Promise<boolean> {
    const { signal } = this.#wake
    if (!signal.aborted) await this.#parts.sleep(ms, signal)
    if (!signal.aborted) return false
    if (!this.#closing) this.#wake = new AbortController()
    return true
  }

  #set(state: LinkState, client?: RuntimeClient): void {
    this.#state = state
    this.#parts.changed(state, client)
  }
}

function holder(info: { pid: number; address?: string | undefined } | undefined): string {
  if (info === undefined) return ''
  return `process ${info.pid}${info.address === undefined ? '' : `, ${info.address}`}`
}
