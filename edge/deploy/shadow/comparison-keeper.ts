import type { EventRow, Journal } from '../../journal/journal.ts'
import type { Case } from './cases.ts'
import type { ComparisonTracker, StoredComparison } from './comparison-tracker.ts'
import type { StoredAlarms } from './private-alarms.ts'

const minuteMs = 60_000

/** What is durable of a comparison: enough to go on after a start. */
export interface KeptComparison {
  comparison: StoredComparison
  /** Shadow: the challenger's own alarm conditions. */
  alarms?: StoredAlarms
}

export const comparisonKey = (model: string) => `comparison:${model}`

export interface KeeperParts {
  journal: Journal
  now: () => number
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

/** Makes a comparison durable: its state, a window a minute and the cases in which the two differ, as events of `metrics`. */
export class ComparisonKeeper {
  readonly #parts: KeeperParts
  readonly #model: string
  readonly #tracker: ComparisonTracker
  readonly #alarms: () => StoredAlarms | undefined
  readonly #casesPerMinute: number
  #minuteFromMs: number
  #casesInMinute = 0
  #casesLeftOut = 0

  constructor(
    parts: KeeperParts,
    model: string,
    tracker: ComparisonTracker,
    casesPerMinute: number,
    alarms: () => StoredAlarms | undefined = () => undefined,
  ) {
    this.#parts = parts
    this.#model = model
    this.#tracker = tracker
    this.#casesPerMinute = casesPerMinute
    this.#alarms = alarms
    this.#minuteFromMs = parts.now()
  }

  /** Records cases, at most so many a minute; how many were left out stands in the minute's window. */
  cases(cases: readonly Case[]): void {
    const room = Math.max(0, this.#casesPerMinute - this.#casesInMinute)
    const written = cases.slice(0, room)
    this.#casesInMinute += written.length
    this.#casesLeftOut += cases.length - written.length
    if (written.length === 0) return
    const body = (one: Case) => ({ id: this.#model, ...one })
    this.#write(written.map((one) => this.#event('comparison.case', body(one)))).catch(this.#parts.failed)
  }

  /** Once a minute: the window and the state. Cheap otherwise. */
  tick(): void {
    const now = this.#parts.now()
    if (now - this.#minuteFromMs >= minuteMs || now < this.#minuteFromMs)
      this.keep().catch(this.#parts.failed)
  }

  /** Resolves once all that is known is durable. */
  keep(isClosed = false): Promise<void> {
    const now = this.#parts.now()
    const window = this.#tracker.takeWindow()
    const span = { from: iso(this.#minuteFromMs), to: iso(now), casesLeftOut: this.#casesLeftOut }
    this.#minuteFromMs = now
    this.#casesInMinute = 0
    this.#casesLeftOut = 0
    const rows = window ? [this.#event('comparison.window', { ...window, ...span })] : []
    return this.#write(rows, isClosed)
  }

  /** The state goes with every event: what is told and what is remembered do not differ after a kill. */
  async #write(rows: EventRow[], isClosed = false): Promise<void> {
    const alarms = this.#alarms()
    const kept: KeptComparison = { comparison: this.#tracker.toJSON(isClosed), ...(alarms && { alarms }) }
    await this.#parts.journal.write((tx) => {
      if (rows.length > 0) tx.events('metrics', rows)
      tx.putState(comparisonKey(this.#model), kept)
    })
  }

  #event(kind: string, body: unknown): EventRow {
    return { kind, timeMs: this.#parts.now(), by: 'runtime', body }
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
