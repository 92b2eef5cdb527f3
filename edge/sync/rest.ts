/** What is told to one that rests. change: of where this machine belongs, of what central said, of the limits. */
export type News = 'rows' | 'change'

/** How a lane rests: for so many ms, or without a timer until it is told of news. What is told while it looks is not missed. */
export class Rest {
  readonly #told = new Set<News>()
  #waiting: { isForRows: boolean; wake: () => void } | undefined

  /** From here on news count for the next rest. */
  look(): void {
    this.#told.clear()
  }

  /** A change wakes always; rows only one that waits for nothing else. */
  tell(news: News): void {
    this.#told.add(news)
    if (news === 'change' || this.#waiting?.isForRows) this.#waiting?.wake()
  }

  async until(what: number | News): Promise<void> {
    const isForRows = what === 'rows'
    if (this.#told.has('change') || (isForRows && this.#told.has('rows'))) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting = { isForRows, wake: resolve }
    const timer = typeof what === 'number' ? setTimeout(resolve, what) : undefined
    await promise
    clearTimeout(timer)
    this.#waiting = undefined
  }
}
