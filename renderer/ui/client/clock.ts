/** The runtime's clock as this page knows it. Ages count against it, never against the browser's own. */
export class ServerClock {
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()
  #offsetMs = 0
  #shownMs: number
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(now: () => number) {
    this.#now = now
    this.#shownMs = now()
  }

  /** Called with each `serverTimeMs` the moment it arrives. */
  sync(serverTimeMs: number): void {
    this.#offsetMs = serverTimeMs - this.#now()
    this.#shownMs = serverTimeMs
  }

  readonly now = (): number => this.#now() + this.#offsetMs

  /** As of the last tick: a page that takes seconds to be drawn sees one time, and does not begin anew for ever. */
  readonly shown = (): number => this.#shownMs

  /** How far the runtime's clock is ahead of this screen's, ms. */
  offsetMs(): number {
    return this.#offsetMs
  }

  /** Four ticks a second, only while somebody looks. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (!this.#timer) this.#shownMs = this.now()
    this.#timer ??= setInterval(() => {
      this.#shownMs = this.now()
      for (const each of this.#listeners) each()
    }, 250)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }
}
