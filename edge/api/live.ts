import type { LiveReading } from '#core/contracts/api.ts'
import { verdicts } from '../decide/decide.ts'
import type { Decided } from '../pipeline.ts'

/** The newest reading of each asset since the last flush: a console needs four pictures a second, not every reading. */
export class Live {
  readonly #send: (readings: LiveReading[]) => void
  readonly #now: () => number
  readonly #newest = new Map<string, { decided: Decided; row: number }>()
  /** Arrival of the newest reading of all, epoch ms. */
  newestAtMs: number | null = null

  constructor(send: (readings: LiveReading[]) => void, now: () => number) {
    this.#send = send
    this.#now = now
  }

  /** The newest reading of the time before this start, where there was one. */
  heardBefore(time: string | undefined): void {
    if (time !== undefined)
      this.newestAtMs = Math.max(this.newestAtMs ?? 0, Math.min(this.#now(), Date.parse(time)))
  }

  decided(decided: Decided): void {
    const { record } = decided
    this.newestAtMs = this.#now()
    for (let row = 0; row < record.rows; row++)
      this.#newest.set(JSON.stringify([record.model, record.assets[row]]), { decided, row })
  }

  flush(): void {
    if (this.#newest.size === 0) return
    const readings = [...this.#newest.values()].map(toLive)
    this.#newest.clear()
    this.#send(readings)
  }
}

function toLive({ decided: { record }, row }: { decided: Decided; row: number }): LiveReading {
  const finite = (x: number) => (Number.isFinite(x) ? x : null)
  const reported = record.reported[row]!
  const score = reported < 0 ? undefined : record.scores[reported]![row]!
  return {
    model: record.model,
    asset: record.assets[row]!,
    timeMs: record.timesMs[row]!,
    values: Object.fromEntries(record.features.map(({ name }, i) => [name, finite(record.values[i]![row]!)])),
    verdict: verdicts[record.verdicts[row]!]!,
    ...(score !== undefined &&
      (record.outputKind === 'regression' ? { value: score } : { probability: score })),
    ...(score !== undefined && {
      classes: Object.fromEntries(record.scoreNames.map((name, k) => [name, record.scores[k]![row]!])),
    }),
    quality: record.notes.get(row)?.quality?.map((mark) => mark.message) ?? [],
  }
}
