import type { DatabaseSync } from 'node:sqlite'
import type { Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import type { JournalLog } from './journal.ts'
import { closedError, isFatal, unwritable } from './sqlite.ts'
import { type Stream, streamNames, streams } from './streams.ts'
import type { Work } from './transaction.ts'
import { UnitTransaction } from './unit.ts'

/** What one commit may take with it, so that the event loop is not held for long. The rest waits for the next turn. */
const group = { units: 1024, bytes: 4 * 1024 * 1024, ms: 3 } as const

interface Unit {
  work: (tx: UnitTransaction) => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  outcome?: { value: unknown } | { error: unknown }
}

/** The one writer: gathers units of work and commits them together, one fsync for all. */
export class GroupWriter {
  readonly #db: DatabaseSync
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #work: Work
  readonly #grew: (stream: Stream) => void
  readonly #log: JournalLog | undefined
  #queue: Unit[] = []
  #scheduled = false
  #closed = false

  /** `grew` hears of each stream that is longer, once that is durable. Must not throw. */
  constructor(
    db: DatabaseSync,
    blocks: Blocks,
    catalog: Catalog,
    work: Work,
    grew: (stream: Stream) => void,
    log: JournalLog | undefined,
  ) {
    this.#db = db
    this.#blocks = blocks
    this.#catalog = catalog
    this.#work = work
    this.#grew = grew
    this.#log = log
  }

  write<T>(work: (tx: UnitTransaction) => T): Promise<T> {
    if (this.#closed) return Promise.reject(closedError())
    const written = new Promise<unknown>((resolve, reject) => this.#queue.push({ work, resolve, reject }))
    this.#schedule()
    return written as Promise<T>
  }

  /** Commits what waits and takes nothing more. */
  close(): void {
    this.#closed = true
    while (this.#queue.length > 0) this.#flush()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #flush(): void {
    const waiting = this.#queue
    if (waiting.length === 0) return
    const before = this.#blocks.heads
    const bytes = this.#blocks.appendedBytes
    const start = performance.now()
    let taken = 0
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      while (taken < waiting.length && taken < group.units) {
        this.#run(waiting[taken++]!)
        if (this.#blocks.appendedBytes - bytes >= group.bytes || performance.now() - start >= group.ms) break
      }
      this.#blocks.saveHeads(before)
      this.#db.exec('COMMIT')
    } catch (cause) {
      this.#undo(before)
      const error = unwritable(cause)
      // Where not even a transaction could begin, those behind would meet the same: they hear of it now.
      const failed = taken === 0 ? waiting.length : taken
      this.#queue = waiting.slice(failed)
      this.#log?.error({ err: cause, units: failed }, error.message)
      for (const unit of waiting.slice(0, failed)) unit.reject(error)
      return
    }
    this.#queue = waiting.slice(taken)
    for (const unit of waiting.slice(0, taken)) {
      const outcome = unit.outcome!
      if ('error' in outcome) unit.reject(outcome.error)
      else unit.resolve(outcome.value)
    }
    for (const name of streamNames)
      if (this.#blocks.heads[streams[name]] !== before[streams[name]]) this.#grew(name)
  }

  /** Runs one unit inside its savepoint. Throws only what makes the whole group impossible. */
  #run(unit: Unit): void {
    const before = this.#blocks.heads
    this.#db.exec('SAVEPOINT unit')
    const tx = new UnitTransaction(this.#work)
    try {
      const value = unit.work(tx)
      if (tx.failure) throw tx.failure.error
      if (value instanceof Promise) {
        value.catch(() => undefined) // Its end no longer matters, and must not end the process.
        throw new TypeError('Work for the journal must be synchronous; this returned a promise.')
      }
      unit.outcome = { value }
      this.#db.exec('RELEASE unit')
    } catch (error) {
      if (isFatal(tx.failure?.error)) throw tx.failure?.error
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO unit; RELEASE unit')
      this.#blocks.heads = before
      this.#catalog.forget()
      unit.outcome = { error }
    } finally {
      tx.end()
    }
  }

  #undo(heads: Blocks['heads']): void {
    this.#blocks.heads = heads
    this.#catalog.forget()
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch (err) {
      this.#log?.error(
        { err },
        'The journal could not roll back; SQLite undoes the group when it next opens the file.',
      )
    }
  }
}
