import type { Comparison } from '#core/contracts/comparison.ts'
import { verdicts } from '../../decide/decide.ts'
import { decisionAt, saidAt } from '../../decide/decision-at.ts'
import type { InferenceRecord, Placed } from '../../journal/journal.ts'
import { isMoment } from '../../journal/record.ts'

export type Case = Comparison['cases'][number]

/** The champion's decision on one reading, with its address. */
export interface ChampionRow {
  record: InferenceRecord
  placed: Placed
  row: number
  /** When it was mirrored, epoch ms. */
  atMs: number
}

const most = 50
/** A difference that lasts is shown again after this time; meanwhile it is only counted. */
const againMs = 60_000
/** Assets whose last difference is remembered. */
const maxAssets = 10_000

/** The readings in which two versions differ, newest first. */
export class Cases {
  #list: Case[]
  /** By asset. */
  readonly #last = new Map<string, { verdicts: string; atMs: number }>()

  constructor(stored: readonly Case[] = []) {
    this.#list = [...stored]
  }

  get list(): Case[] {
    return this.#list
  }

  /** Keeps one, and gives it back; undefined where the same difference on the same asset was shown less than a minute ago. */
  show(own: ChampionRow, record: InferenceRecord, row: number): Case | undefined {
    const { atMs } = own
    const asset = own.record.assets[own.row]!
    const pair = `${own.record.verdicts[own.row]}/${record.verdicts[row]}`
    const last = this.#last.get(asset)
    if (last?.verdicts === pair && atMs >= last.atMs && atMs - last.atMs < againMs) return undefined
    this.#last.delete(asset)
    if (this.#last.size >= maxAssets) this.#last.delete(this.#last.keys().next().value ?? '')
    this.#last.set(asset, { verdicts: pair, atMs })
    const { readingId, verdict } = decisionAt(own.record, own.row, own.placed)
    const timeMs = own.record.timesMs[own.row]!
    const shown: Case = {
      readingId,
      asset,
      time: new Date(isMoment(timeMs) ? timeMs : atMs).toISOString(),
      champion: { verdict, ...saidAt(own.record, own.row) },
      challenger: { verdict: verdicts[record.verdicts[row]!]!, ...saidAt(record, row) },
    }
    this.#list = [shown, ...this.#list].slice(0, most)
    return shown
  }
}
