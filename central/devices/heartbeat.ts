import { lateAfterMs } from '#core/contracts/central.ts'
import { ownGroup } from '#core/contracts/fleet.ts'
import type { Grant, Heartbeat, HeartbeatAnswer } from '#core/contracts/sync.ts'
import type { Base } from '../central.ts'
import { type Beat, type Beaten, keepBeats, keepReport } from '../store/devices-heartbeat.ts'
import type { DeviceRef } from '../sync/projector.ts'
import { briefOf } from './brief.ts'
import { cleanJson, cleanText } from './clean.ts'
import { together } from './group-commit.ts'
import type { Watch } from './presence.ts'
import { refusalOf } from './refused.ts'

/**
 * Two machines that take turns under one key: the former boot is heard of again and again. One restart makes none; a heartbeat that
 * the process before had left on the line makes two (it comes, and the new one after it), and the next restart forgets them.
 */
const flipsOfTwo = 4
const mostTogether = 500
/** A report is asked for anew after this, so that a server that was restored gets to know how things are. */
const reportHoldsMs = 3_600_000

export interface HeartbeatParts {
  base: Pick<Base, 'db' | 'now' | 'instance'>
  watch: () => Watch
  grant: (device: DeviceRef) => Grant
  /** Over a checkpoint, once everything up to it is here. */
  countersign: (
    device: DeviceRef,
    kept: NonNullable<Heartbeat['checkpoint']>,
  ) => Promise<HeartbeatAnswer['countersignature']>
  quarantine: (device: DeviceRef, why: string) => Promise<void>
  /** What is remembered of it no longer holds. */
  forget: (device: string) => void
}

/** `POST /sync/v1/{device}/heartbeat`: a statement for many, and one more for each that brings a report. */
export class Heartbeats {
  readonly #parts: HeartbeatParts
  readonly #keep: (beat: Beat) => Promise<Beaten | undefined>

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#keep = together(async (beats) => {
      // Of two by one machine in a round the later one counts.
      const once = [...new Map(beats.map((beat) => [beat.id, beat])).values()]
      const kept = await this.#write(once, false)
      return beats.map(({ id }) => kept.get(id))
    }, mostTogether)
  }

  #write(beats: readonly Beat[], wait: boolean): Promise<Map<number, Beaten>> {
    const { base, watch } = this.#parts
    const { nowMs, heardUntilMs, outageMs } = watch()
    const late = {
      heardUntil: new Date(heardUntilMs),
      earlier: new Date(nowMs - lateAfterMs - outageMs),
      later: new Date(nowMs - lateAfterMs),
    }
    return keepBeats(base.db, beats, new Date(nowMs), late, wait)
  }

  async take(ref: DeviceRef, beat: Heartbeat): Promise<HeartbeatAnswer> {
    const { base, grant, countersign } = this.#parts
    const nowMs = base.now()
    const mine = {
      id: ref.id,
      epoch: cleanText(beat.epoch),
      bootId: cleanText(beat.bootId),
      clockOffsetMs: beat.wallMs - nowMs,
    }
    const kept = (await this.#keep(mine)) ?? (await this.#write([mine], true)).get(ref.id)
    if (kept) await this.#stillMay(ref, kept)
    const isFormer = kept?.isFormer ?? false // which of two starts is the living one is not known: it is asked to say it again
    if (beat.report && !isFormer) {
      const { models, problems, ...brief } = briefOf(beat.report, beat.wallMs)
      await keepReport(base.db, ref.id, {
        ...brief,
        version: cleanText(brief.version),
        models: cleanJson(models),
        problems: cleanJson(problems),
        report: cleanJson(beat.report),
        ...{ at: new Date(nowMs), bootId: mine.bootId, monoMs: beat.monoMs },
      })
    }
    return {
      serverMs: base.now(),
      grant: grant(ref),
      wantReport:
        isFormer || (!beat.report && (!kept?.reportAt || nowMs - kept.reportAt.getTime() > reportHoldsMs)),
      countersignature: beat.checkpoint ? await countersign(ref, beat.checkpoint) : null,
      checkUpdates: kept?.checkUpdates ?? false,
      site: kept?.site ?? ref.site,
      groups: [ownGroup(ref.device), ...(kept?.groups ?? [])],
      instance: base.instance(),
    }
  }

  /** What the row says now against what was remembered of it, and whether one machine speaks. */
  async #stillMay(ref: DeviceRef, { state, site, name, bootFlips }: Beaten): Promise<void> {
    const { forget, quarantine } = this.#parts
    if (state !== 'enrolled' || site !== ref.site || name !== ref.name) forget(ref.device)
    const refusal = refusalOf(state, null)
    if (refusal) throw refusal
    if (bootFlips < flipsOfTwo) return
    const why =
      'two machines take turns under this key: a disk was copied, or a former state of the machine runs again'
    await quarantine(ref, why)
    throw refusalOf('quarantined', why)
  }
}
