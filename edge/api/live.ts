import type { LiveReading } from '#core/contracts/api.ts'
import { verdicts } from '../decide/decide.ts'
import { saidAt } from '../decide/decision-at.ts'
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

/** Of a text that a console shows. */
const maxText = 500

function toLive({ decided: { record }, row }: { decided: Decided; row: number }): LiveReading {
  const values: LiveReading['values'] = {}
  const texts: NonNullable<LiveReading['texts']> = {}
  record.features.forEach(({ name, text }, i) => {
    const value = record.values[i]![row] ?? null
    if (typeof value === 'string' || text)
      texts[name] = value === null ? null : String(value).slice(0, maxText)
    else values[name] = Number.isFinite(value) ? value : null
  })
  return {
    model: record.model,
    asset: record.assets[row]!,
    timeMs: record.timesMs[row]!,
    values,
    ...(Object.keys(texts).length > 0 && { texts }),
    verdict: verdicts[record.verdicts[row]!]!,
    ...(record.notes.get(row)?.by && { by: 'rules' }),
    ...saidAt(record, row),
    // The console draws every class, of two as well.
    ...(record.reported[row]! >= 0 &&
      record.outputKind === 'binary' &&
      !record.outputs?.[0]?.label && {
        classes: Object.fromEntries(
          record.scoreNames.slice(0, 2).map((name, k) => [name, record.scores[k]![row]!]),
        ),
      }),
    quality: record.notes.get(row)?.quality ?? [],
  }
}
