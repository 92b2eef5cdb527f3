import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { verdicts } from '../decide/decide.ts'
import type { Decided } from '../pipeline.ts'

/** The runtime's figures in Prometheus' text format; one registry per runtime. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #decisions: Counter<'model' | 'version' | 'verdict'>
  readonly #quality: Counter<'model' | 'code'>
  readonly #decideSeconds: Histogram<'model'>
  readonly #batchRows: Histogram<'model'>

  constructor() {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#decisions = new Counter({
      name: 'edgewright_decisions_total',
      help: 'Readings decided, by verdict',
      labelNames: ['model', 'version', 'verdict'],
      registers,
    })
    this.#quality = new Counter({
      name: 'edgewright_quality_marks_total',
      help: 'Quality marks on readings, by code',
      labelNames: ['model', 'code'],
      registers,
    })
    this.#decideSeconds = new Histogram({
      name: 'edgewright_decide_seconds',
      help: 'From intake to decision, per micro-batch',
      labelNames: ['model'],
      registers,
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    })
    this.#batchRows = new Histogram({
      name: 'edgewright_batch_rows',
      help: 'Readings in a micro-batch',
      labelNames: ['model'],
      registers,
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    })
  }

  decided({ record }: Decided): void {
    const { model, version, rows } = record
    const counts = [0, 0, 0, 0]
    for (let row = 0; row < rows; row++) counts[record.verdicts[row]!]! += 1
    counts.forEach((count, k) => {
      if (count > 0) this.#decisions.inc({ model, version, verdict: verdicts[k]! }, count)
    })
    for (const { quality } of record.notes.values())
      for (const { code } of quality ?? []) this.#quality.inc({ model, code })
    this.#decideSeconds.observe({ model }, (record.ms[0] ?? 0) / 1000)
    this.#batchRows.observe({ model }, rows)
  }

  /** A figure that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
