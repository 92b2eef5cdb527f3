/** One piece of work at a time, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  /** Under way or to come. */
  waiting = 0

  take<T>(work: () => Promise<T>): Promise<T> {
    this.waiting += 1
    const mine = this.#last.then(work).finally(() => {
      this.waiting -= 1
    })
    this.#last = mine.catch(() => undefined) // told to whoever asked for it
    return mine
  }

  async settled(): Promise<void> {
    await this.#last
  }
}
