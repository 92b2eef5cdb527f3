import { setTimeout as sleep } from 'node:timers/promises'
import { type Stream, streamNames, streams } from '#core/chain/streams.ts'
import type { Grant, Limits } from '#core/contracts/sync.ts'
import { type Meaning, meaningOf } from './answers.ts'
import { backoffMs } from './backoff.ts'
import { Budget } from './budget.ts'
import type { Builder } from './builder.ts'
import type { CentralAnswer, CentralClient, Membership } from './client.ts'
import { Contact } from './contact.ts'
import { Lane, type Packed } from './lane.ts'
import type { Outbox } from './outbox.ts'
import type { Encoding, Pack } from './pack.ts'
import { isOpen, wallTime } from './schedule.ts'
import { tellEpochs } from './tell-epochs.ts'

/** Milliseconds; another set where a test is not to wait. */
export interface Paces {
  /** How often it is looked whether something new waits. */
  poll: number
  /** How long the first row of a batch waits for others, by stream; random around it, so that a fleet does not send together. */
  linger: readonly number[]
  /** For one batch, and for telling of the epochs. */
  deadline: number
  /** After answers that took nothing. */
  again: { firstMs: number; mostMs: number }
  reaching?: { firstMs: number; mostMs: number }
  /** How often something urgent may ask for a try before its time. */
  nudge: number
}
export const paces: Paces = {
  poll: 500,
  linger: [0, 0, 5_000, 20_000, 60_000],
  deadline: 60_000,
  again: { firstMs: 1_000, mostMs: 60_000 },
  nudge: 5_000,
}

export interface UplinkParts {
  outbox: Outbox
  builder: Builder
  pack: Pack
  client: CentralClient
  membership: () => Membership
  limits: () => Limits
  /** Wall clock, epoch ms. */
  now: () => number
  /** Monotonic, ms. */
  elapsed: () => number
  random: () => number
  paces?: Partial<Paces>
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
  /** Hears of a stream that does not go on, once. */
  /** null: it goes on again. */
  blocked: (stream: Stream, why: string | null) => void
}

/** Rows of a batch before central has said how many it takes. */
const firstMaxBatch = 10_000
/** So many answers in a row that took nothing: then people are told. */
const blockedAfter = 3
const saveEveryMs = 1_000
const leastBytesPerMs = 4

/** Sends what waits: a lane for each stream, all over one line, each in the order of its rows. */
export class Uplink {
  readonly #parts: UplinkParts
  readonly #paces: Paces
  readonly #budget: Budget
  readonly #lanes: readonly Lane[]
  readonly #closing = new AbortController()
  readonly contact: Contact
  #running: Promise<unknown> | undefined
  #grant: Grant | undefined
  #encoding: Encoding = 'zstd'
  /** Told of the epochs since the last failure; one telling at a time. */
  #told: Promise<boolean> | undefined
  #nudgedMs = Number.NEGATIVE_INFINITY
  #savedMs = Number.NEGATIVE_INFINITY
  #wake = new AbortController()

  constructor(parts: UplinkParts) {
    this.#parts = parts
    this.#paces = { ...paces, ...parts.paces }
    const { elapsed, random } = parts
    const { reaching } = this.#paces
    this.contact = new Contact({ elapsed, random, ...(reaching && { reaching }) })
    this.#budget = new Budget({
      rate: () => this.#rate(),
      elapsed,
      after: (ms, call) => {
        const timer = setTimeout(call, ms)
        return () => clearTimeout(timer)
      },
    })
    this.#lanes = streamNames.map(
      (stream) =>
        new Lane(stream, {
          ...{ outbox: parts.outbox, builder: parts.builder, pack: parts.pack },
          encoding: () => this.#encoding,
          maxRows: () => this.#grant?.maxBatch ?? firstMaxBatch,
          rate: () => this.#rate(),
        }),
    )
  }

  start(): void {
    this.#running ??= Promise.all(this.#lanes.map((lane) => this.#run(lane)))
  }

  /** Stops sending, and writes down where central stands. What is under way may or may not have arrived: that is asked next time. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#rouse()
    await this.#running
    await this.#parts.outbox.save().catch(this.#parts.failed)
  }

  /** Central said how much it takes, or was heard of in another way; something may have changed. */
  heard(grant?: Grant): void {
    if (grant) this.#take(grant)
    if (this.contact.state !== 'good') this.contact.nudge()
    this.#rouse()
  }

  /** Another central, another machine, or none. */
  changedPlace(): void {
    this.#told = undefined
    this.contact.forget()
    for (const lane of this.#lanes) lane.rewind()
    this.#rouse()
  }

  changedLimits(): void {
    this.#budget.changed()
    this.#rouse()
  }

  blocked(stream: Stream): string | null {
    return this.#lanes[streams[stream]]!.blocked
  }

  async #run(lane: Lane): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      let restMs = this.#paces.poll
      try {
        restMs = await this.#turn(lane)
      } catch (error) {
        if (!signal.aborted) this.#parts.failed(error)
        lane.rewind()
        lane.failures += 1
        this.#tellBlocked(lane, error instanceof Error ? error.message : String(error))
        restMs = Math.max(restMs, backoffMs(lane.failures, this.#parts.random, this.#paces.again))
      }
      if (restMs > 0) await this.#rest(Math.min(restMs, this.#paces.poll))
    }
  }

  /** One step of a lane; how long it then may rest, ms. */
  async #turn(lane: Lane): Promise<number> {
    const { membership, elapsed, outbox } = this.#parts
    const { state, device } = membership()
    if (state !== 'enrolled' || device === null) return this.#paces.poll
    const rows = outbox.rows(lane.stream)
    // The first lane keeps the contact, also where nothing waits: only then it is known that nothing does.
    if (rows === 0 && !(lane.stream === 'events' && this.contact.state !== 'good')) {
      lane.sinceMs = undefined
      lane.isDraining = false
      return this.#paces.poll
    }
    if (streams[lane.stream] <= streams.rollout) this.#urge(lane, rows)
    const waitMs = Math.max(this.#lingerMs(lane), lane.notBeforeMs - elapsed())
    if (waitMs > 0) return waitMs
    if (!(await this.#connected(device))) return Math.max(1, this.contact.waitMs)
    if (outbox.rows(lane.stream) === 0) return 0
    return this.#send(lane, device)
  }

  async #send(lane: Lane, device: string): Promise<number> {
    const { client, elapsed, outbox } = this.#parts
    const batch = await lane.next()
    if (!batch) return this.#paces.poll
    const { signal } = this.#closing
    await this.#budget.take(lane.stream, batch.packed.length, signal)
    lane.prepare()
    const startedMs = elapsed()
    const encoding = this.#encoding
    let answer: CentralAnswer
    try {
      answer = await client.post(`/sync/v1/${device}/${lane.stream}`, batch.packed, {
        ...{ contentType: 'application/x-ndjson', encoding },
        signal: this.#deadline(batch.packed.length),
      })
    } catch (error) {
      if (signal.aborted) return 0
      this.#lost(lane, error)
      return 0
    }
    const restMs = this.#answered(lane, batch, meaningOf(answer), elapsed() - startedMs)
    if (streams[lane.stream] <= streams.rollout || elapsed() - this.#savedMs >= saveEveryMs) {
      this.#savedMs = elapsed()
      await outbox.save().catch(this.#parts.failed)
    }
    return restMs
  }

  #answered(lane: Lane, batch: Packed, meaning: Meaning, ms: number): number {
    const { elapsed, outbox } = this.#parts
    switch (meaning.is) {
      case 'taken': {
        const { ack } = meaning
        this.#take(ack.grant)
        if (ack.epoch === batch.epoch && ack.ack >= batch.first) {
          // Also the first time: an alert that it did not go on may stand from before this start.
          if (lane.blocked !== null || !lane.hasTaken) this.#parts.blocked(lane.stream, null)
          lane.took(batch, ack, ms)
          return 0
        }
        this.#told = undefined
        return this.#unfit(
          lane,
          `central took rows ${batch.first} to ${batch.last}, and stands at ${ack.ack}`,
        )
      }
      case 'gap': {
        const { epoch, expected } = meaning
        // It was restored, or got what its answer did not tell: it goes on from there.
        if (expected !== null && epoch === batch.epoch)
          outbox.acknowledge(lane.stream, { epoch, seq: expected - 1 })
        else this.#told = undefined
        return this.#unfit(lane, `central waits for row ${expected ?? 1} and was sent row ${batch.first}`)
      }
      case 'busy': {
        if (meaning.grant) this.#take(meaning.grant)
        lane.rewind()
        lane.failures += 1
        const waitMs = backoffMs(lane.failures, this.#parts.random, this.#paces.again)
        lane.notBeforeMs = elapsed() + meaning.retryMs + waitMs
        return 0
      }
      case 'refused':
        lane.rewind()
        this.#told = undefined
        this.contact.refused(meaning.why)
        return 0
      case 'unfit':
        if (meaning.encoding) this.#encoding = 'gzip'
        if (meaning.tooLarge) lane.shrink()
        return this.#unfit(lane, meaning.why)
      case 'failed':
        this.#lost(lane, new Error(meaning.why))
        return 0
    }
  }

  /** Nothing of it was kept: it is made again, at once the first time, then ever more seldom. */
  #unfit(lane: Lane, why: string): number {
    lane.rewind()
    lane.failures += 1
    this.#tellBlocked(lane, why)
    if (lane.failures > 1)
      lane.notBeforeMs =
        this.#parts.elapsed() + backoffMs(lane.failures - 1, this.#parts.random, this.#paces.again)
    return 0
  }

  #tellBlocked(lane: Lane, why: string): void {
    if (lane.failures < blockedAfter) return
    if (lane.blocked === null) this.#parts.blocked(lane.stream, why)
    lane.blocked = why
  }

  #lost(lane: Lane, error: unknown): void {
    lane.rewind()
    lane.shrink()
    this.#told = undefined
    this.contact.lost(error instanceof Error ? error.message : String(error))
  }

  /** Central answers, and has said where it stands. One asks for all. */
  async #connected(device: string): Promise<boolean> {
    if (this.contact.waitMs > 0) return false
    this.#told ??= this.#tell(device)
    const telling = this.#told
    const isTold = await telling
    if (!isTold && this.#told === telling) this.#told = undefined
    return isTold && this.#told === telling
  }

  async #tell(device: string): Promise<boolean> {
    const { client, outbox } = this.#parts
    const { signal } = this.#closing
    const said = await tellEpochs(client, device, outbox.epochs, this.#deadline())
    if (signal.aborted) return false
    if ('lost' in said) this.contact.lost(said.lost)
    else if ('refused' in said) this.contact.refused(said.refused)
    else {
      for (const lane of this.#lanes) lane.rewind()
      outbox.settle(said)
      this.contact.made()
      this.#rouse()
      return true
    }
    return false
  }

  /** A block cannot be divided: a large one has its time, also on a line of a few KB a second. */
  #deadline(bytes = 0): AbortSignal {
    const ms = Math.round(this.#paces.deadline + bytes / leastBytesPerMs)
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ms)])
  }

  /** How long what waits still waits for more; and what may go only at certain times of day waits for them. */
  #lingerMs(lane: Lane): number {
    const { elapsed, random, limits, now } = this.#parts
    const level = streams[lane.stream]
    if (level >= streams.metrics && !isOpen(limits().window, wallTime(now()))) return this.#paces.poll
    if (lane.isDraining) return 0
    const nowMs = elapsed()
    lane.sinceMs ??= nowMs - (random() - 0.5) * this.#paces.linger[level]!
    return lane.sinceMs + this.#paces.linger[level]! - nowMs
  }

  /** Something new that people wait for does not wait for the end of a long pause. */
  #urge(lane: Lane, rows: number): void {
    const isNew = rows > lane.rows
    lane.rows = rows
    const nowMs = this.#parts.elapsed()
    if (!isNew || this.contact.state !== 'lost' || nowMs - this.#nudgedMs < this.#paces.nudge) return
    this.#nudgedMs = nowMs
    this.contact.nudge()
  }

  #take(grant: Grant): void {
    const before = this.#rate()
    this.#grant = grant
    if (before !== this.#rate()) this.#budget.changed()
  }

  #rate(): number | null {
    const [own, granted] = [this.#parts.limits().bytesPerS, this.#grant?.bytesPerS ?? null]
    if (own === null || granted === null) return own ?? granted
    return Math.min(own, granted)
  }

  async #rest(ms: number): Promise<void> {
    const { signal } = this.#wake
    await sleep(ms, undefined, { signal }).catch(() => undefined) // woken
  }

  #rouse(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }
}
