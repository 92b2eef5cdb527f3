import type { Alert } from '#core/contracts/alert.ts'
import type { EventRow, InferenceRecord, Placed, Transaction } from './journal.ts'
import type { StoredRecord } from './record.ts'
import type { EventStream } from './streams.ts'
import type { Work } from './transaction.ts'

/** The transaction as one unit of work sees it: over when the unit is, and it remembers a failure that the unit hides. */
export class UnitTransaction implements Transaction {
  #work: Work | undefined
  #failure: { error: unknown } | undefined

  constructor(work: Work) {
    this.#work = work
  }

  /** What the first call that failed threw. A unit in which anything failed is undone, whether it caught that or not. */
  get failure(): { error: unknown } | undefined {
    return this.#failure
  }

  end(): void {
    this.#work = undefined
  }

  record(record: InferenceRecord): Placed {
    return this.#call((work) => work.record(record))
  }

  events(stream: EventStream, rows: EventRow[]): Placed {
    return this.#call((work) => work.events(stream, rows))
  }

  putAlert(alert: Alert): void {
    this.#call((work) => work.putAlert(alert))
  }

  putState(key: string, value: unknown): void {
    this.#call((work) => work.putState(key, value))
  }

  /** For retention only, so not part of Transaction. */
  drop(block: { id: number; model: number }, record: StoredRecord | undefined): void {
    this.#call((work) => work.drop(block, record))
  }

  #call<T>(call: (work: Work) => T): T {
    if (!this.#work) throw new Error('This unit of work is over: its transaction cannot be used any more.')
    try {
      return call(this.#work)
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }
}
