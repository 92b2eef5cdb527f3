import type { Decision } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { AlertChange, AlertDesk } from './alerts/desk.ts'
import type { Decider, ModelAnswer } from './decide/decide.ts'
import { decisionAt } from './decide/decision-at.ts'
import type { RawOutputs } from './decide/scores.ts'
import { ask } from './inference/ask.ts'
import type { InferenceLane } from './inference/lane.ts'
import type { Checked } from './ingest/checked.ts'
import { type Answered, Intake } from './ingest/intake.ts'
import { intakeLimits } from './ingest/intake-limits.ts'
import { Pace } from './ingest/pace.ts'
import { Repeats } from './ingest/repeats.ts'
import type { Validator } from './ingest/validate.ts'
import type { InferenceRecord, Journal, Placed } from './journal/journal.ts'

/** A version in its running slot, with everything compiled from its package. */
export interface RunningModel {
  manifest: Manifest
  lane: InferenceLane
  validator: Validator
  decider: Decider
}

/** One micro-batch at its end: decided, durable, addressed. */
export interface Decided {
  record: InferenceRecord
  placed: Placed
  /** The model's own outputs: their row `at[row]` answers reading `row`. */
  raw: RawOutputs | undefined
  at: Int32Array
}

export interface PipelineParts {
  journal: Journal
  alerts: AlertDesk
  /** Wall clock, epoch ms. */
  now: () => number
  /** Monotonic clock, ms. */
  elapsed: () => number
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

/** Hears of every batch after it is durable; must not throw. */
export type DecidedListener = (decided: Decided) => void

/**
 * The way of the readings of one model: intake → validate → lane → decide → alerts → journal → reply.
 */
export class Pipeline {
  readonly #model: RunningModel
  readonly #parts: PipelineParts
  readonly #intake: Intake<Decided>
  readonly #pace: Pace
  readonly #repeats: Repeats<Decided>
  readonly #listeners = new Set<DecidedListener>()
  /** Settles when the batch before has had its turn. */
  #turn: Promise<void> = Promise.resolve()

  constructor(model: RunningModel, parts: PipelineParts) {
    this.#model = model
    this.#parts = parts
    const { maxBatch, deadlineMs } = model.manifest.operation
    this.#pace = new Pace(maxBatch, deadlineMs)
    const limits = intakeLimits(model.manifest, () => this.#pace.batch)
    this.#intake = new Intake(limits, (raw) => this.#carry(raw))
    this.#repeats = new Repeats(model.manifest.id, parts.journal)
  }

  get waiting(): number {
    return this.#intake.waiting
  }

  onDecided(listener: DecidedListener): void {
    this.#listeners.add(listener)
  }

  /**
   * Takes what a source sent, as JSON gave it, and answers each reading once its decision is durable.
   * Nothing is thrown for a bad reading: its decision says what is wrong. Throws `queue-full`, and `journal-unwritable`
   * where the journal cannot keep what was decided. `patient`: waits for room in the queue instead of being refused.
   */
  async decide(raw: readonly unknown[], patient = false): Promise<Decision[]> {
    const answers = await this.#repeats.offer(raw, (fresh) =>
      patient ? this.#intake.offerPatiently(fresh) : this.#intake.offer(fresh),
    )
    return answers.map((answer) =>
      'decision' in answer
        ? answer.decision
        : decisionAt(answer.decided.record, answer.row, answer.decided.placed),
    )
  }

  /** The same way for readings whose sender wants the model's own output tensor (Open Inference Protocol). */
  infer(raw: readonly unknown[]): Promise<Answered<Decided>[]> {
    return this.#intake.offer(raw)
  }

  /** The way of one micro-batch. */
  async #carry(raw: unknown[]): Promise<Decided> {
    const { manifest, lane, validator, decider } = this.#model
    const { alerts, now, elapsed } = this.#parts
    const startedMs = elapsed()

    const checked = validator.check(raw, now())
    const myTurn = this.#takeTurn()
    let writing: Promise<Decided>
    try {
      const answer = await ask(lane, manifest, checked, (rows, ms) => this.#pace.ran(rows, ms))
      await myTurn.begins
      const record = decider.decide(checked, answer, elapsed() - startedMs)
      const changes = alerts.observe(record)
      writing = this.#write(checked, answer, record, changes)
    } finally {
      myTurn.ends()
    }

    const decided = await writing
    for (const listener of this.#listeners) listener(decided)
    return decided
  }

  /** The batch and what it changed become durable together; what cannot be kept is taken back. */
  #write(
    checked: Checked,
    { raw, at }: ModelAnswer,
    record: InferenceRecord,
    changes: AlertChange[],
  ): Promise<Decided> {
    const { journal, alerts, failed } = this.#parts
    const writing = journal.write((tx) => {
      const placed = tx.record(record)
      alerts.write(tx, changes, record, placed)
      return { record, placed, raw, at }
    })
    const kept = () => alerts.announce(changes)
    const lost = () => {
      this.#model.validator.forget(checked)
      alerts.forget()
    }
    writing.then(kept, lost).catch(failed)
    return writing
  }

  /** Batches are decided in the order of their intake, whatever the lane does: alarms depend on it. */
  #takeTurn(): { begins: Promise<void>; ends: () => void } {
    const begins = this.#turn
    let ends: () => void = () => undefined
    this.#turn = new Promise((resolve) => {
      ends = resolve
    })
    // Whoever gives up early still leaves in order.
    return { begins, ends: () => void begins.then(ends) }
  }
}
