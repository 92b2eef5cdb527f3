import type { EventRow } from '../journal/journal.ts'
import type { DeploymentParts } from './parts.ts'
import { type ModelRecord, steps, versionsIn } from './slots.ts'

export const recordKey = (id: string) => `deployment:${id}`

/** What is durable of one model: its record, and an event for every state that a version enters. */
export abstract class Ledger {
  readonly id: string
  readonly parts: DeploymentParts
  /** As it is now; what could not be written yet included. */
  record: ModelRecord
  /** How often a state was entered. */
  #changes = 0
  /** Happened, and could not be written yet. */
  #unwritten: EventRow[] | undefined

  constructor(record: ModelRecord, parts: DeploymentParts) {
    this.id = record.id
    this.record = record
    this.parts = parts
  }

  /** Tells those around that something is different. */
  abstract changed(): void

  /** Enters a state: durable when this resolves. Where the journal refuses, nothing has changed. */
  async enter(next: ModelRecord, by: string, more: EventRow[] = []): Promise<void> {
    const before = this.record
    const rows = [...this.#rows(before, next, by), ...more]
    this.record = next
    const change = ++this.#changes
    try {
      await this.#write(rows)
    } catch (error) {
      // Figures that were noted meanwhile are no reason to stay in a state that nothing knows of.
      if (this.#changes === change) this.record = before
      throw error
    }
    this.changed()
  }

  /** Keeps what has happened already. Where the journal refuses, that is tried again with every tick, and rejects here. */
  async keep(next: ModelRecord, by: string, more: EventRow[] = []): Promise<void> {
    const rows = [...this.#rows(this.record, next, by), ...more]
    this.record = next
    this.#changes += 1
    this.changed()
    try {
      await this.#write(rows)
    } catch (error) {
      this.#unwritten = [...(this.#unwritten ?? []), ...rows]
      throw error
    }
  }

  /** An event of this model, for its record. */
  event(kind: string, by: string, body: object): EventRow {
    return { kind, timeMs: this.parts.now(), by, body: { id: this.id, ...body } }
  }

  /** Writes what could not be written before. */
  async catchUp(): Promise<void> {
    if (!this.#unwritten) return
    const rows = this.#unwritten
    this.#unwritten = undefined
    await this.#write(rows).catch((error) => {
      this.#unwritten = [...rows, ...(this.#unwritten ?? [])]
      throw error
    })
  }

  #rows(before: ModelRecord, next: ModelRecord, by: string): EventRow[] {
    const timeMs = this.parts.now()
    return steps(before, next, timeMs).map(({ version: { version, digest, deployment }, from }) => ({
      kind: `deployment.${deployment.state}`,
      timeMs,
      by,
      body: { id: this.id, version, digest, from, ...deployment },
    }))
  }

  async #write(rows: EventRow[]): Promise<void> {
    const { journal } = this.parts
    await journal.write((tx) => {
      // The newest record, whoever is written first.
      const empty = versionsIn(this.record).length === 0
      const models = journal.state<string[]>('models') ?? []
      if (empty)
        tx.putState(
          'models',
          models.filter((id) => id !== this.id),
        )
      else if (!models.includes(this.id)) tx.putState('models', [...models, this.id])
      tx.putState(recordKey(this.id), empty ? undefined : this.record)
      if (rows.length > 0) tx.events('rollout', rows)
    })
  }
}
