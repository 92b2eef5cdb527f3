import type { Countersignature } from '#core/audit/checkpoint.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { HeartbeatAnswer } from '#core/contracts/sync.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import { knowCentral } from '../../audit/centrals.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Settings } from '../../journal/settings.ts'
import { Turns } from '../../turns.ts'
import type { RepositorySource } from '../../update/source.ts'
import type { Updates } from '../../update/updates.ts'
import type { CentralLink, Membership } from '../client.ts'
import { newsEveryMs, nextBeatInMs, type Outcome } from './cadence.ts'
import { ClockWatch } from './clock-watch.ts'
import { type Enrolment, EnrolmentBook } from './enrolment.ts'
import { type Beat, type HeartbeatParts, Heartbeats } from './heartbeat.ts'
import { groupsOf, join } from './join.ts'
import { readJoinCode } from './join-code.ts'
import type { Fetch } from './line.ts'
import type { Boot, LinkStanding } from './link-port.ts'
import { TokenClient } from './token-client.ts'

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

/** Who acts when central decides. */
const central = 'central'
const newCheckpointAfterMs = 60_000
/** What a checkpoint attests may still be on its way to central: it is asked again soon, so often. */
const asksAgain = 3

/** This machine's place in a fleet: how it joins, as what it is known, and that it is there. */
export class Link implements CentralLink {
  readonly client: TokenClient
  readonly #parts: LinkParts
  readonly #book: EnrolmentBook
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
  /** How often the same checkpoint was brought in vain. */
  #inVain = { counter: 0, times: 0 }
  /** Why what central signs is not believed. */
  #unbelieved: string | null = null
  /** Which life of central's database answered the last heartbeat. */
  #instance: string | undefined
  /** Of a first start: tried until central takes or refuses it. */
  #code: string | undefined

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#book = new EnrolmentBook(parts.journal, parts.settings, parts.now)
    this.#clock = new ClockWatch(parts.audit)
    const { boot, fetch, now, randomUUID, auditTrail } = parts
    this.client = new TokenClient({
      who: () => {
        const enrolment = this.#mine()
        return enrolment && { url: this.#book.url ?? enrolment.url, signer: auditTrail.deviceKey }
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

  /** What this machine is enrolled as, where that is still this machine: its key is sound and the one that enrolled. */
  #mine(): Enrolment | undefined {
    const { now: enrolment } = this.#book
    const { device, problem } = this.#parts.auditTrail.key
    return enrolment && problem === null && enrolment.device === device ? enrolment : undefined
  }

  membership(): Membership {
    const mine = this.#mine()
    const state = !mine ? 'not-enrolled' : mine.state === 'waiting' ? 'waiting' : 'enrolled'
    return { state, central: this.#book.url, device: this.#parts.auditTrail.key.device }
  }

  clockOffsetMs(): number | null {
    return this.#clock.offsetMs
  }

  standing(): LinkStanding {
    const { key } = this.#parts.auditTrail
    const known = this.#book.now
    const mine = this.#mine()
    const another =
      known && !mine ? (key.problem ?? 'the key of this machine was replaced: enrol it again') : null
    return {
      state: another !== null ? 'refused' : (mine?.state ?? 'not-enrolled'),
      central: this.#book.url,
      device: key.device,
      site: known?.site ?? null,
      groups: known?.groups ?? [],
      problem:
        another ?? (mine?.state === 'refused' ? (mine.problem ?? null) : (this.#problem ?? this.#unbelieved)),
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
    if (url !== undefined) await this.#book.moveTo(url)
    await this.#knowCentral() // a journal that was begun anew
    if (code !== undefined && !this.#book.now) {
      readJoinCode(code) // a wrong one is told at once
      this.#code = code
    }
  }

  /** Joins the fleet that the code names. Asked again with the same code, it ends the same. */
  async enrol(code: string, by: string, recover = false): Promise<LinkStanding> {
    return this.#turns.take(async () => {
      const read = readJoinCode(code)
      const { now: known } = this.#book
      if (known && known.url !== read.url && this.#mine())
        throw new EdgewrightError('join-refused', `this machine is enrolled at ${known.url} already`, {
          hint: 'Let it leave there first: edgewright enrol --leave.',
        })
      const key = this.#parts.auditTrail.deviceKey
      const answer = await join(read, key, { by, recover, signal: this.#closing.signal }, this.#parts)
      const { device, site, groups, state, centralKey } = answer
      const at = new Date(this.#parts.now()).toISOString()
      const enrolment = { url: read.url, device, state, site, groups, at, by }
      await this.#book.keep(
        { ...enrolment, ...(centralKey !== undefined && { centralKey }) },
        by,
        'enrolment.made',
      )
      await this.#knowCentral()
      this.#code = undefined
      this.#anew()
      return this.standing()
    })
  }

  async #knowCentral(): Promise<void> {
    const { centralKey, at } = this.#book.now ?? {}
    if (centralKey !== undefined && at !== undefined)
      await knowCentral(this.#parts.journal, { publicKey: centralKey, since: at })
  }

  /** Nothing is sent any more, and what central decides is no more asked for. What runs, and what is believed, stays. */
  leave(by: string): Promise<LinkStanding> {
    return this.#turns.take(async () => {
      this.#code = undefined
      if (this.#book.now || this.#book.url !== null) await this.#book.leave(by)
      this.#anew()
      this.#isConnected = false
      return this.standing()
    })
  }

  #anew(): void {
    this.client.forget()
    this.#beats.forget()
    this.#problem = null
    this.#unbelieved = null
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
    if (boot.elapsedMs() < this.#nextMs || (this.#code === undefined && !this.#mine())) return
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
      const mine = this.#mine()
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
      if ('refused' in beat) return this.#refused(beat, mine)
      this.#problem = null
      this.#outcome = 'answered'
      await this.#answered(beat.answer, beat, mine).catch(this.#parts.failed)
      this.#changed()
      return 'answered'
    })
  }

  async #refused({ refused, state }: Extract<Beat, { refused: unknown }>, mine: Enrolment): Promise<Outcome> {
    this.#problem = refused.message
    const next = state === 'waiting' ? 'waiting' : 'refused'
    // A refusal without a reason that is known may pass by itself: it is no state to keep.
    if (
      state !== undefined &&
      (mine.state !== next || (next === 'refused' && mine.problem !== refused.message))
    ) {
      const { problem: _, ...rest } = mine
      const enrolment = {
        ...rest,
        state: next,
        ...(next === 'refused' && { problem: refused.message }),
      } as const
      await this.#book.keep(enrolment, central, `enrolment.${next}`).catch(this.#parts.failed)
    }
    this.#wasAway = true
    this.#changed()
    return next
  }

  async #answered(
    answer: HeartbeatAnswer,
    beat: { clockOffsetMs: number; counter?: number },
    mine: Enrolment,
  ) {
    const { auditTrail, updates, failed, boot } = this.#parts
    await this.#clock.saw(beat.clockOffsetMs)
    this.#instance = answer.instance ?? this.#instance
    if (answer.countersignature && beat.counter !== undefined)
      await this.#countersigned(beat.counter, answer.countersignature, mine)
    else if (beat.counter !== undefined) this.#askAgain(beat.counter)
    await this.#belongs(answer, mine)
    if (answer.checkUpdates) updates.checkNow(central).catch((error) => this.#unlessTold(error))
    if (!this.#wasAway) return
    this.#wasAway = false
    if (boot.elapsedMs() - this.#checkpointMs < newCheckpointAfterMs) return
    this.#checkpointMs = boot.elapsedMs()
    await auditTrail.checkpoint('connected').then(() => this.soon(), failed)
  }

  /** Kept where the key that central gave this machine says the same. Otherwise told once, in the log and in the record. */
  async #countersigned(counter: number, given: Countersignature, { centralKey }: Enrolment): Promise<void> {
    const { auditTrail, audit, failed } = this.#parts
    const found = await auditTrail.countersign(counter, given, centralKey)
    if (found === 'kept') this.#unbelieved = null
    if (found !== 'stranger' && found !== 'broken') return
    const why =
      found === 'broken'
        ? `what central signed under checkpoint ${counter} does not hold`
        : centralKey === undefined
          ? 'central gave this machine no key when it enrolled, so nothing that it signs can be checked'
          : `central signs with another key (${given.by.slice(0, 16)}…) than the one that it gave this machine (${centralKey.slice(0, 16)}…)`
    if (this.#unbelieved === why) return
    this.#unbelieved = why
    failed(new EdgewrightError('central-key-unknown', why))
    await audit('countersignature.refused', 'runtime', { counter, by: given.by, why })
  }

  #askAgain(counter: number): void {
    const times = this.#inVain.counter === counter ? this.#inVain.times + 1 : 1
    this.#inVain = { counter, times }
    if (times <= asksAgain) this.#nextMs = this.#lastMs + newsEveryMs
  }

  /** Where central says that this machine belongs holds: it signs what runs there. */
  async #belongs({ site, groups }: HeartbeatAnswer, mine: Enrolment): Promise<void> {
    const { updates } = this.#parts
    const wanted = groupsOf(mine.device, groups)
    const here = updates.status()
    if (here.site !== site || !sameList(here.groups, wanted))
      await updates.move({ site, groups: wanted }, central)
    const isNews = mine.site !== site || !sameList(mine.groups, groups)
    if (mine.state === 'enrolled' && !isNews) return
    const { problem: _, ...rest } = mine
    const kind = mine.state === 'enrolled' ? 'enrolment.moved' : 'enrolment.confirmed'
    await this.#book.keep({ ...rest, state: 'enrolled', site, groups }, central, kind)
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

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])
