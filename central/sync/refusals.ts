import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Expected } from '#core/contracts/sync.ts'

/** The machine is to send from another row on, or to tell of its epochs first; what it needs for that stands beside the error. */
export class SyncGap extends EdgewrightError {
  readonly beside: Expected
  constructor(message: string, beside: Expected) {
    super('sync-gap', message)
    this.beside = beside
  }
}

/** Central has enough to do: the same again after `retryMs`. */
export class Busy extends EdgewrightError {
  readonly beside: { retryMs: number }
  constructor(retryMs: number) {
    super('queue-full', 'central has enough to do at this moment')
    this.beside = { retryMs }
  }
}

/** It says something else than it said before: found inside a transaction, acted upon after it. */
export class Forked extends Error {
  override readonly name = 'Forked'
  readonly detail: object
  constructor(words: string, detail: object) {
    super(words)
    this.detail = detail
  }
}
