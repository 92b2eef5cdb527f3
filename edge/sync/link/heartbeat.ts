import type { KeptCheckpoint } from '#core/audit/format.ts'
import { type DeviceState, deviceRefusalSchema } from '#core/contracts/device-state.ts'
import type { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type DeviceReport,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeatAnswerSchema,
} from '#core/contracts/sync.ts'
import type { CentralClient } from '../client.ts'
import { refusalOf, unreachable } from './line.ts'
import type { Boot } from './link-port.ts'
import { newsIn } from './report.ts'

export interface HeartbeatParts {
  client: CentralClient
  boot: Boot
  now: () => number
  epoch: () => string
  report: () => Promise<DeviceReport>
  /** The newest one that nobody has countersigned. */
  checkpoint: () => KeptCheckpoint | undefined
  /** Ends whatever is under way. */
  signal: AbortSignal
  deadlineMs?: number
}

export type Beat =
  | {
      answer: HeartbeatAnswer /** This machine's clock minus central's, ms. */
      clockOffsetMs: number
      counter?: number
    }
  | {
      refused: EdgewrightError /** What this machine is to central; undefined: it does not say. */
      state: DeviceState | undefined
    }

const defaultDeadlineMs = 20_000
/** What changes by itself (disk, what waits, the newest reading) is told this often at least. */
const wholeEveryMs = 5 * 60_000

/** Tells central how this machine stands: whole where something is news, else only that it is there. */
export class Heartbeats {
  readonly #parts: HeartbeatParts
  #told: { news: string; atMs: number } | undefined
  #wanted = true

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
  }

  /** Central is another one, or has forgotten. */
  forget(): void {
    this.#told = undefined
  }

  /** @throws EdgewrightError central-unreachable */
  async beat(device: string): Promise<Beat> {
    const { client, boot, now, epoch, checkpoint, signal, deadlineMs = defaultDeadlineMs } = this.#parts
    const report = await this.#parts.report()
    const news = newsIn(report)
    const elapsedMs = boot.elapsedMs()
    const told = this.#told
    const isNews = this.#wanted || !told || told.news !== news || elapsedMs - told.atMs >= wholeEveryMs
    const kept = checkpoint()
    const sentMs = now()
    const body: Heartbeat = {
      ...{ epoch: epoch(), bootId: boot.id, monoMs: boot.elapsedMs(), wallMs: sentMs },
      ...(isNews && { report }),
      ...(kept && { checkpoint: kept }),
    }
    const path = `/sync/v1/${device}/heartbeat`
    const answered = await client.post(path, body, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    })
    if (answered.status === 401 || answered.status === 403)
      return {
        refused: refusalOf(answered, 'device-refused'),
        state: deviceRefusalSchema.safeParse(answered.body).data?.state,
      }
    if (answered.status !== 200) throw refusalOf(answered, 'central-unreachable')
    const parsed = heartbeatAnswerSchema.safeParse(answered.body)
    if (!parsed.success) throw unreachable('what answers there is not central (no heartbeat in its answer)')
    if (isNews) this.#told = { news, atMs: elapsedMs }
    this.#wanted = parsed.data.wantReport
    // Half of the way there and back counts for the way there (Cristian, 1989): wrong by as much at most.
    const tookMs = boot.elapsedMs() - body.monoMs
    return {
      answer: parsed.data,
      clockOffsetMs: Math.round(sentMs + tookMs / 2 - parsed.data.serverMs),
      ...(kept && { counter: kept.checkpoint.signed.counter }),
    }
  }
}
