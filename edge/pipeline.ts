import type { Decision } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { AlertChange, AlertDesk } from './alerts/desk.ts'
import type { Decider, ModelAnswer } from './decide/decide.ts'
import { decisionAt } from './decide/decision-at.ts'
import type { RawOutputs } from './decide/scores.ts'
import { inOrder, limitsOf, type Route, settled, share, versionsOf } from './deploy/route.ts'
import { ask } from './inference/ask.ts'
import type { InferenceLane } from './inference/lane.ts'
import type { Checked } from './ingest/checked.ts'
import { type Answered, Intake, type IntakeLimits } from './ingest/intake.ts'
import type { Pace } from './ingest/pace.ts'
import { Repeats } from './ingest/repeats.ts'
import type { Validator } from './ingest/validate.ts'
import type { InferenceRecord, Journal, Placed } from './journal/journal.ts'

/** A loaded version, with everything compiled from its package. */
export interface Serving {
  manifest: Manifest
  lane: InferenceLane
  validator: Validator
  decider: Decider
  pace: Pace
}

/** One micro-batch at its end: decided, durable, addressed. */
export interface Decided {
  record: InferenceRecord
  placed: Placed
  /** The readings as their senders gave them. */
  sent: readonly unknown[]
  /** The model's own outputs: their row `at[row]` answers reading `row`. */
  raw: RawOutputs | undefined
  at: Int32Array
}

export interface PipelineParts {
  journal: Journal
  alerts: AlertDesk
  /** Wall clock, epoch ms. */
  now: () => number
  /** The machine's clock is known to be wrong: signed times that it has not reached were seen. */
  isClockBehind?: () => boolean
  /** Monotonic clock, ms. */
  elapsed: () => number
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

/** Hears of every batch after it is durable; must not throw. */
export type DecidedListener = (decided: Decided) => void

/** Readings on their way through a version, until it has answered. */
interface UnderWay {
  serving: Serving
  checked: Checked
  /** Has them answered by whoever serves then. */
  rescue: () => void
}

const rescued = Symbol('rescued')

/**
 * The way of the readings of one model: intake → route → validate → lane → decide → alerts → journal → reply.
 * It outlasts the versions: which of them serves is changed between two readings.
 */
export class Pipeline {
  readonly #parts: PipelineParts
  readonly #intake: Intake<Decided>
  readonly #repeats: Repeats<Decided>
  readonly #listeners = new Set<DecidedListener>()
  readonly #underWay = new Set<UnderWay>()
  #route: Route
  #limits: IntakeLimits
  /** Settles when the batch before has had its turn. */
  #turn: Promise<void> = Promise.resolve()

  constructor(route: Route, parts: PipelineParts) {
    this.#parts = parts
    this.#route = route
    this.#limits = limitsOf(route)
    this.#intake = new Intake(
      () => this.#limits,
      (raw) => this.#carry(raw),
    )
    this.#repeats = new Repeats(route.running.manifest.id, parts.journal)
  }

  get route(): Route {
    return this.#route
  }

  /**
   * From here on `route` serves; what the version before knew of each asset goes with it. Readings on their way finish
   * where they are, or, with `rescue`, are answered by the new version at once: for leaving one that hangs or fails.
   */
  serve(route: Route, rescue = false): void {
    const before = this.#route
    const leaving = [...this.#underWay].filter(({ serving }) => !versionsOf(route).includes(serving))
    if (rescue) for (const { serving, checked } of leaving.reverse()) serving.validator.forget(checked)
    for (const next of versionsOf(route))
      for (const other of versionsOf(before))
        if (other.validator !== next.validator) next.validator.takeOver(other.validator)
    this.#route = route
    this.#limits = limitsOf(route)
    if (rescue) for (const each of leaving.reverse()) each.rescue()
  }

  get waiting(): number {
    return this.#intake.waiting
  }

  /** Whether readings are on their way through this version. */
  isAsking(version: Serving): boolean {
    return [...this.#underWay].some(({ serving }) => serving === version)
  }

  /** Resolves when every batch that is on its way now has been decided. */
  async settled(): Promise<void> {
    await this.#turn
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

  /** A micro-batch is one way, or two where a canary takes its share of the assets. */
  async #carry(raw: unknown[]): Promise<Answered<Decided>[]> {
    const parts = share(this.#route, raw)
    const decided = await settled(parts.map(({ serving, rows }) => this.#carryOn(serving, rows)))
    return parts.length === 1
      ? raw.map((_, row) => ({ decided: decided[0]!, row }))
      : inOrder(raw.length, parts, decided)
  }

  /** The way of one micro-batch through one version. */
  async #carryOn(first: Serving, raw: readonly unknown[]): Promise<Decided> {
    const { alerts, elapsed } = this.#parts
    const startedMs = elapsed()

    const asking = this.#answered(first, raw)
    const myTurn = this.#takeTurn()
    let writing: Promise<Decided>
    try {
      const { serving, checked, answer } = await asking
      await myTurn.begins
      const record = serving.decider.decide(checked, answer, elapsed() - startedMs)
      const changes = alerts.observe(record)
      writing = this.#write(raw, serving, checked, answer, record, changes)
    } finally {
      myTurn.ends()
    }

    const decided = await writing
    for (const listener of this.#listeners) listener(decided)
    return decided
  }

  /** Validated and put to the model; where the version leaves meanwhile and is not waited for, to the one that serves then. */
  async #answered(
    first: Serving,
    raw: readonly unknown[],
  ): Promise<{ serving: Serving; checked: Checked; answer: ModelAnswer }> {
    for (let serving = first; ; serving = this.#route.running) {
      const { lane, manifest, validator, pace } = serving
      const checked = validator.check(raw, this.#parts.now(), this.#parts.isClockBehind?.())
      const { promise: left, resolve } = Promise.withResolvers<typeof rescued>()
      const underWay = { serving, checked, rescue: () => resolve(rescued) }
      this.#underWay.add(underWay)
      try {
        const asking = ask(lane, manifest, checked, (rows, ms) => pace.ran(rows, ms))
        const answer = await Promise.race([asking, left])
        if (answer !== rescued) return { serving, checked, answer }
      } finally {
        this.#underWay.delete(underWay)
      }
    }
  }

  /** The batch and what it changed become durable together; what cannot be kept is taken back. */
  #write(
    sent: readonly unknown[],
    { validator }: Serving,
    checked: Checked,
    { raw, at }: ModelAnswer,
    record: InferenceRecord,
    changes: AlertChange[],
  ): Promise<Decided> {
    const { journal, alerts, failed } = this.#parts
    const writing = journal.write((tx) => {
      const placed = tx.record(record)
      alerts.write(tx, changes, record, placed)
      return { record, placed, sent, raw, at }
    })
    const kept = () => alerts.announce(changes)
    const lost = () => {
      // A version that has taken over meanwhile knows of them as well.
      for (const each of new Set([validator, ...versionsOf(this.#route).map((one) => one.validator)]))
        each.forget(checked)
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
