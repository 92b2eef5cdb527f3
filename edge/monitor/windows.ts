import type { Alert } from '#core/contracts/alert.ts'
import { type MetricsWindow, metricsWindowKind } from '#core/contracts/metrics-window.ts'
import { LogHistogram } from '#core/statistics/log-histogram.ts'
import { isAboutModel } from '../alerts/guardrail-alert.ts'
import type { InferenceRecord, Journal } from '../journal/journal.ts'
import type { Decided } from '../pipeline.ts'

const minuteMs = 60_000
/** Windows that could not be written wait, a day of one version; then the oldest go: what they count is in the journal of readings. */
const maxWaiting = 1440

export interface MetricWindowsParts {
  journal: Pick<Journal, 'write'>
  /** Wall clock, epoch ms. */
  now: () => number
  /** sha256 of the package of a version that is here, hex. */
  digestOf: (model: string, version: string) => string | undefined
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

interface Open {
  model: string
  version: string
  /** In the order of a record's codes: alert, normal, abstain, rejected. */
  verdicts: Float64Array
  byRules: number
  marked: number
  alertsRaised: number
  answers: Record<string, number>
  latency: LogHistogram
}

/**
 * What each version did in each minute, as counters that merge by addition. A batch adds to them after its answers have gone
 * out; a minute that is over becomes an event of the stream `metrics`. Which minute it is, the machine's clock says: set back
 * or forward, it makes windows elsewhere, and none of negative length. A restart within a minute gives that minute two windows.
 */
export class MetricWindows {
  readonly #parts: MetricWindowsParts
  readonly #open = new Map<string, Open>()
  #minute: number
  #waiting: MetricsWindow[] = []
  #writing: Promise<unknown> = Promise.resolve()

  constructor(parts: MetricWindowsParts) {
    this.#parts = parts
    this.#minute = this.#minuteNow()
  }

  #minuteNow(): number {
    return Math.floor(this.#parts.now() / minuteMs)
  }

  /** A batch was decided and is durable. */
  decided({ record }: Pick<Decided, 'record'>): void {
    this.#turn()
    add(this.#window(record.model, record.version), record)
  }

  /** An alert changed: `alert.raised`, `alert.feedback`, … Those about a model itself are no work of the model. */
  alert(alert: Alert, kind: string): void {
    if (isAboutModel(alert)) return
    if (kind !== 'alert.raised' && kind !== 'alert.feedback') return
    this.#turn()
    const window = this.#window(alert.model.id, alert.model.version)
    const answer = alert.feedback?.answer
    if (kind === 'alert.raised') window.alertsRaised += 1
    else if (answer) window.answers[answer] = (window.answers[answer] ?? 0) + 1
  }

  /** Once a second: closes the minute that is over, also where nothing comes any more. */
  tick(): void {
    this.#turn()
    if (this.#waiting.length > 0) this.#write()
  }

  /** The last, unfinished minute as well. */
  async close(): Promise<void> {
    this.#end()
    if (this.#waiting.length > 0) this.#write()
    await this.#writing
  }

  #window(model: string, version: string): Open {
    const key = `${model} ${version}`
    const known = this.#open.get(key)
    if (known) return known
    const made: Open = {
      ...{ model, version, verdicts: new Float64Array(4) },
      ...{ byRules: 0, marked: 0, alertsRaised: 0, answers: {}, latency: new LogHistogram() },
    }
    this.#open.set(key, made)
    return made
  }

  #turn(): void {
    const minute = this.#minuteNow()
    if (minute === this.#minute) return
    this.#end()
    this.#minute = minute
  }

  #end(): void {
    const fromMs = this.#minute * minuteMs
    for (const open of this.#open.values())
      this.#waiting.push(closed(open, fromMs, this.#parts.digestOf(open.model, open.version) ?? ''))
    this.#open.clear()
    if (this.#waiting.length > maxWaiting) this.#waiting = this.#waiting.slice(-maxWaiting)
  }

  #write(): void {
    const { journal, now, failed } = this.#parts
    const windows = this.#waiting
    this.#waiting = []
    this.#writing = this.#writing
      .then(() =>
        journal.write((tx) =>
          tx.events(
            'metrics',
            windows.map((body) => ({ kind: metricsWindowKind, timeMs: now(), by: 'runtime', body })),
          ),
        ),
      )
      .catch((error: unknown) => {
        this.#waiting = [...windows, ...this.#waiting]
        failed(error)
      })
  }
}

/** All rows of a batch were answered together, so latency is counted in runs of equal values: one logarithm for a batch. */
function add(window: Open, { rows, verdicts, ms, notes }: InferenceRecord): void {
  const counts = window.verdicts
  let runFrom = 0
  for (let row = 0; row < rows; row++) {
    counts[verdicts[row]!]! += 1
    if (ms[row] === ms[runFrom]) continue
    window.latency.add(ms[runFrom]!, row - runFrom)
    runFrom = row
  }
  if (rows > 0) window.latency.add(ms[runFrom]!, rows - runFrom)
  for (const note of notes.values()) {
    if (note.by === 'rules') window.byRules += 1
    if (note.quality && note.quality.length > 0) window.marked += 1
  }
}

function closed(open: Open, fromMs: number, digest: string): MetricsWindow {
  const [alert = 0, normal = 0, abstain = 0, rejected = 0] = open.verdicts
  const { first, counts } = open.latency.toJSON()
  const latency: Record<string, number> = {}
  for (const [i, times] of counts.entries()) if (times > 0) latency[first + i] = times
  return {
    ...{ model: open.model, version: open.version, digest, fromMs, toMs: fromMs + minuteMs },
    ...{ readings: alert + normal + abstain + rejected, alert, normal, abstain, rejected },
    ...{ byRules: open.byRules, marked: open.marked, alertsRaised: open.alertsRaised },
    ...(Object.keys(open.answers).length > 0 && { answers: open.answers }),
    latency,
  }
}
