import { type Stream, streamNames, streams } from '#core/chain/streams.ts'
import type { Limits } from '#core/contracts/sync.ts'
import { type Meaning, meaningOf } from './answers.ts'
import { backoffMs } from './backoff.ts'
import type { Builder } from './builder.ts'
import type { CentralAnswer, CentralClient, Membership } from './client.ts'
import { Connection } from './connection.ts'
import type { Contact } from './contact.ts'
import { Lane, type Packed } from './lane.ts'
import { Line } from './line.ts'
import type { Outbox } from './outbox.ts'
import { type Paces, paces } from './paces.ts'
import type { Encoding, Pack } from './pack.ts'
import { type News, Rest } from './rest.ts'
import { isOpen, wallTime } from './schedule.ts'

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
  /** Hears of a stream that does not go on, once; null: it goes on again. */
  blocked: (stream: Stream, why: string | null) => void
}

/** So many answers in a row that took nothing: then people are told. */
const blockedAfter = 3
const saveEveryMs = 1_000
const leastBytesPerMs = 4

/** Sends what waits: a lane for each stream, all over one line, each in the order of its rows. */
export class Uplink {
  readonly #parts: UplinkParts
  readonly #paces: Paces
  readonly #line: Line
  readonly #connection: Connection
  readonly #lanes: readonly Lane[]
  readonly #rests: readonly Rest[]
  readonly #closing = new AbortController()
  #running: Promise<unknown> | undefined
  #encoding: Encoding = 'zstd'
  #nudgedMs = Number.NEGATIVE_INFINITY
  #savedMs = Number.NEGATIVE_INFINITY

  constructor(parts: UplinkParts) {
    this.#parts = parts
    this.#paces = { ...paces, ...parts.paces }
    const { elapsed, random, client, outbox } = parts
    const { reaching } = this.#paces
    this.#line = new Line(parts)
    this.#connection = new Connection({
      ...{ client, elapsed, random, ...(reaching && { reaching }), epochs: () => outbox.epochs },
      ...{ deadline: () => this.#deadline(), closing: this.#closing.signal },
      settled: (told) => {
        for (const lane of this.#lanes) lane.rewind()
        outbox.settle(told)
        this.rouse()
      },
    })
    this.#lanes = streamNames.map(
      (stream) =>
        new Lane(stream, {
          ...{ outbox, builder: parts.builder, pack: parts.pack },
          encoding: () => this.#encoding,
          maxRows: () => this.#line.maxRows,
          rate: () => this.#line.rate,
        }),
    )
    this.#rests = this.#lanes.map(() => new Rest())
  }

  get contact(): Contact {
    return this.#connection.contact
  }

  start(): void {
    this.#running ??= Promise.all(this.#lanes.map((lane, i) => this.#run(lane, this.#rests[i]!)))
  }

  /** Stops sending, and writes down where central stands. What is under way may or may not have arrived: that is asked next time. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.rouse()
    await this.#running
    await this.#parts.outbox.save().catch(this.#parts.failed)
  }

  /** Central was heard of in another way: it is worth a try. */
  heard(): void {
    if (this.contact.state !== 'good') this.contact.nudge()
    this.rouse()
  }

  /** Another central, another machine, or none. */
  changedPlace(): void {
    this.#connection.forget()
    for (const lane of this.#lanes) lane.rewind()
    this.rouse()
  }

  changedLimits(): void {
    this.#line.budget.changed()
    this.rouse()
  }

  /** Something may have changed: every lane looks. */
  rouse(): void {
    for (const rest of this.#rests) rest.tell('change')
  }

  /** Rows of this stream were written. */
  wrote(stream: Stream): void {
    this.#rests[streams[stream]]!.tell('rows')
  }

  blocked(stream: Stream): string | null {
    return this.#lanes[streams[stream]]!.blocked
  }

  async #run(lane: Lane, rest: Rest): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      let until: number | News = this.#paces.poll
      rest.look()
      try {
        until = await this.#turn(lane)
      } catch (error) {
        if (!signal.aborted) this.#parts.failed(error)
        lane.rewind()
        lane.failures += 1
        this.#tellBlocked(lane, error instanceof Error ? error.message : String(error))
        // Also where it is asked to look again meanwhile.
        lane.notBeforeMs =
          this.#parts.elapsed() + backoffMs(lane.failures, this.#parts.random, this.#paces.again)
      }
      if (until !== 0) await rest.until(typeof until === 'number' ? Math.min(until, this.#paces.poll) : until)
    }
  }

  /** One step of a lane; how long it then may rest, ms, or for what. */
  async #turn(lane: Lane): Promise<number | News> {
    const { membership, elapsed, outbox } = this.#parts
    const { state, device } = membership()
    if (state !== 'enrolled' || device === null) return 'change'
    const rows = outbox.rows(lane.stream)
    // The first lane keeps the contact, also where nothing waits: only then it is known that nothing does.
    if (rows === 0 && !(lane.stream === 'events' && this.contact.state !== 'good')) {
      lane.sinceMs = undefined
      lane.isDraining = false
      return 'rows'
    }
    if (streams[lane.stream] <= streams.rollout) this.#urge(lane, rows)
    const waitMs = Math.max(this.#lingerMs(lane), lane.notBeforeMs - elapsed())
    if (waitMs > 0) return waitMs
    if (!(await this.#connection.made(device))) return Math.max(1, this.contact.waitMs)
    if (outbox.rows(lane.stream) === 0) return 0
    return this.#send(lane, device)
  }

  async #send(lane: Lane, device: string): Promise<number> {
    const { client, elapsed, outbox } = this.#parts
    const batch = await lane.next()
    if (!batch) return this.#paces.poll
    const { signal } = this.#closing
    await this.#line.budget.take(lane.stream, batch.packed.length, signal)
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
        this.#line.granted(ack.grant)
        if (ack.epoch === batch.epoch && ack.ack >= batch.first) {
          // Also the first time: an alert that it did not go on may stand from before this start.
          if (lane.blocked !== null || !lane.hasTaken) this.#parts.blocked(lane.stream, null)
          lane.took(batch, ack, ms)
          return 0
        }
        this.#connection.doubt()
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
        else this.#connection.doubt()
        return this.#unfit(lane, `central waits for row ${expected ?? 1} and was sent row ${batch.first}`)
      }
      case 'busy': {
        if (meaning.grant) this.#line.granted(meaning.grant)
        lane.rewind()
        lane.failures += 1
        const waitMs = backoffMs(lane.failures, this.#parts.random, this.#paces.again)
        lane.notBeforeMs = elapsed() + meaning.retryMs + waitMs
        return 0
      }
      case 'refused':
        lane.rewind()
        this.#connection.refused(meaning.why)
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
    this.#connection.lost(error)
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
}
