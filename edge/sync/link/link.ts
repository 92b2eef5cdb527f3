import { EdgewrightError } from '#core/contracts/errors.ts'
import type { HeartbeatAnswer } from '#core/contracts/sync.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Settings } from '../../journal/settings.ts'
import { Turns } from '../../turns.ts'
import type { RepositorySource } from '../../update/source.ts'
import type { Updates } from '../../update/updates.ts'
import type { CentralLink, Membership } from '../client.ts'
import { newsEveryMs, nextBeatInMs, type Outcome } from './cadence.ts'
import { ClockWatch } from './clock-watch.ts'
import type { Enrolment } from './enrolment.ts'
import { type Beat, type HeartbeatParts, Heartbeats } from './heartbeat.ts'
import { join } from './join.ts'
import { readJoinCode } from './join-code.ts'
import type { Fetch } from './line.ts'
import type { Boot, LinkStanding } from './link-port.ts'
import { central, Place } from './place.ts'
import { TokenClient } from './token-client.ts'
import { Witness } from './witness.ts'

export interface LinkParts {
  journal: Journal
  settings: Settings
  auditTrail: Pick<AuditTrail, 'deviceKey' | 'key' | 'unwitnessed' | 'checkpoint' | 'countersign'>
  updates: Pick<Updates, 'status' | 'trust' | 'move' | 'checkNow'>
  report: HeartbeatParts['report']
  machine: () => string
  boot: Boot
  now: () => number
  random: () => number
  randomUUID: () => string
  fetch: Fetch
  openSource: (address: string, signal: AbortSignal) => RepositorySource
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

const newCheckpointAfterMs = 60_000
/** The link to central: how this machine joins and leaves, and that it is there. */
export class Link implements CentralLink {
  readonly client: TokenClient
  readonly #parts: LinkParts
  readonly #place: Place
  readonly #witness: Witness
  readonly #beats: Heartbeats
  readonly #clock: ClockWatch
  readonly #turns = new Turns()
  readonly #closing = new AbortController()
  readonly #listeners = new Set<() => void>()
  #problem: string | null = null
  #lastContactMs: number | null = null
  #isConnected = false
  /** The heartbeat before got no answer, or there was none: what follows is a new connection. */
  #wasAway = true
  #failures = 0
  #outcome: Outcome | undefined
  /** By the clock that only goes forward. */
  #nextMs = 0
  #lastMs = Number.NEGATIVE_INFINITY
  #checkpointMs = Number.NEGATIVE_INFINITY
  /** Which life of central's database answered the last heartbeat. */
  #instance: string | undefined
  /** Of a first start: tried until central takes or refuses it. */
  #code: string | undefined

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#place = new Place(parts)
    this.#witness = new Witness(parts)
    this.#clock = new ClockWatch(parts.audit)
    const { boot, fetch, now, randomUUID, auditTrail } = parts
    this.client = new TokenClient({
      who: () => {
        const { mine, book } = this.#place
        return mine && { url: book.url ?? mine.url, signer: auditTrail.deviceKey }
      },
      ...{ fetch, now, randomUUID },
      elapsedMs: boot.elapsedMs,
      heard: (outcome) => this.#heard(outcome),
    })
    this.#beats = new Heartbeats({
      ...{ client: this.client, boot, now, report: parts.report },
      epoch: () => parts.journal.epoch,
      checkpoint: () => auditTrail.unwitnessed,
      signal: this.#closing.signal,
    })
  }

  membership(): Membership {
    return this.#place.membership
  }

  clockOffsetMs(): number | null {
    return this.#clock.offsetMs
  }

  standing(): LinkStanding {
    return {
      ...this.#place.standing(this.#problem ?? this.#witness.unbelieved),
      lastContactMs: this.#lastContactMs,
      isConnected: this.#isConnected,
      clockOffsetMs: this.#clock.offsetMs,
      ...(this.#instance !== undefined && { instance: this.#instance }),
    }
  }

  /** Hears of every change of `standing`; must not throw. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** `url`: where central is from now on. `code`: of a first start; where this machine is enrolled, it says nothing new. */
  async start({ url, code }: { url?: string | undefined; code?: string | undefined } = {}): Promise<void> {
    if (url !== undefined) await this.#place.book.moveTo(url)
    await this.#place.knowCentral()
    if (code !== undefined && !this.#place.book.now) {
      readJoinCode(code) // a wrong one is told at once
      this.#code = code
    }
  }

  /** Joins the fleet that the code names. Asked again with the same code, it ends the same. */
  async enrol(code: string, by: string, recover = false): Promise<LinkStanding> {
    return this.#turns.take(async () => {
      const read = readJoinCode(code)
      const { mine } = this.#place
      if (mine && mine.url !== read.url)
        throw new EdgewrightError('join-refused', `this machine is enrolled at ${mine.url} already`, {
          hint: 'Let it leave there first: edgewright enrol --leave.',
        })
      const key = this.#parts.auditTrail.deviceKey
      const answer = await join(read, key, { by, recover, signal: this.#closing.signal }, this.#parts)
      const { device, site, groups, state, centralKey } = answer
      const at = new Date(this.#parts.now()).toISOString()
      const enrolment = { url: read.url, device, state, site, groups, at, by }
      await this.#place.book.keep(
        { ...enrolment, ...(centralKey !== undefined && { centralKey }) },
        by,
        'enrolment.made',
      )
      await this.#place.knowCentral()
      this.#code = undefined
      this.#anew()
      return this.standing()
    })
  }

  /** Nothing is sent any more, and what central decides is no more asked for. What runs, and what is believed, stays. */
  leave(by: string): Promise<LinkStanding> {
    return this.#turns.take(async () => {
      this.#code = undefined
      const { book } = this.#place
      if (book.now || book.url !== null) await book.leave(by)
      this.#anew()
      this.#isConnected = false
      return this.standing()
    })
  }

  #anew(): void {
    this.client.forget()
    this.#beats.forget()
    this.#problem = null
    this.#witness.forget()
    this.#wasAway = true
    this.#failures = 0
    this.#nextMs = 0
    this.#changed()
  }

  /** Something changed that central wants to know before a minute is over. */
  soon(): void {
    // Where nobody hears it, or nobody may, news change nothing.
    if (this.#outcome === 'answered') this.#nextMs = Math.min(this.#nextMs, this.#lastMs + newsEveryMs)
  }

  /** Once a second: whether it is time. Resolves when nothing more is under way. */
  async tick(): Promise<void> {
    const { boot, random, now, failed } = this.#parts
    await this.#clock.looked(now(), boot.elapsedMs()).catch(failed)
    if (this.#turns.waiting > 0 || this.#closing.signal.aborted) return
    if (boot.elapsedMs() < this.#nextMs || (this.#code === undefined && !this.#place.mine)) return
    this.#lastMs = boot.elapsedMs()
    this.#nextMs = Number.POSITIVE_INFINITY // until this one is over; news bring it nearer
    const outcome = this.#code === undefined ? await this.#beat() : await this.#tryCode(this.#code)
    this.#outcome = outcome
    this.#failures = outcome === 'unreachable' ? this.#failures + 1 : 0
    this.#nextMs = Math.min(this.#nextMs, boot.elapsedMs() + nextBeatInMs(outcome, this.#failures, random))
  }

  async #tryCode(code: string): Promise<Outcome> {
    try {
      await this.enrol(code, 'EDGEWRIGHT_JOIN')
      return 'waiting'
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
      const away = error instanceof EdgewrightError && /-unreachable$/.test(error.code)
      if (!away) {
        this.#code = undefined
        this.#parts.failed(error)
      }
      this.#changed()
      return away ? 'unreachable' : 'refused'
    }
  }

  #beat(): Promise<Outcome> {
    return this.#turns.take(async () => {
      const { mine } = this.#place
      if (!mine) return 'refused'
      let beat: Beat
      try {
        beat = await this.#beats.beat(mine.device)
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error)
        this.#wasAway = true
        this.#changed()
        return 'unreachable'
      }
      if ('refused' in beat) {
        this.#problem = beat.refused.message
        const outcome = await this.#place.refused(beat.refused, beat.state, mine)
        this.#wasAway = true
        this.#changed()
        return outcome
      }
      this.#problem = null
      this.#outcome = 'answered'
      await this.#answered(beat.answer, beat, mine).catch(this.#parts.failed)
      this.#changed()
      return 'answered'
    })
  }

  async #answered(
    answer: HeartbeatAnswer,
    beat: { clockOffsetMs: number; counter?: number },
    mine: Enrolment,
  ) {
    const { auditTrail, updates, failed, boot } = this.#parts
    const { counter } = beat
    await this.#clock.saw(beat.clockOffsetMs)
    this.#instance = answer.instance ?? this.#instance
    if (answer.countersignature && counter !== undefined)
      await this.#witness.signed(counter, answer.countersignature, mine.centralKey)
    else if (counter !== undefined && this.#witness.notYet(counter)) this.#nextMs = this.#lastMs + newsEveryMs
    await this.#place.belongs(answer, mine)
    if (answer.checkUpdates) updates.checkNow(central).catch((error) => this.#unlessTold(error))
    if (!this.#wasAway) return
    this.#wasAway = false
    if (boot.elapsedMs() - this.#checkpointMs < newCheckpointAfterMs) return
    this.#checkpointMs = boot.elapsedMs()
    await auditTrail.checkpoint('connected').then(() => this.soon(), failed)
  }

  /** Of an update that could not be looked at, the record tells. */
  #unlessTold(error: unknown): void {
    if (!(error instanceof EdgewrightError)) this.#parts.failed(error)
  }

  #heard(outcome: { ok: boolean; serverMs?: number }): void {
    const before = this.#isConnected
    this.#isConnected = outcome.ok
    if (outcome.ok) this.#lastContactMs = this.#parts.now()
    if (outcome.serverMs !== undefined)
      this.#clock.saw(this.#parts.now() - outcome.serverMs).catch(this.#parts.failed)
    if (before !== outcome.ok) this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#turns.settled()
  }
}
