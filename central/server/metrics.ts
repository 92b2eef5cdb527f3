import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Central's figures in Prometheus' text format; one registry per server. Names begin with `edgewright_central_`. */
export class Metrics {
  readonly #registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  /** In seconds where `buckets` are absent. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets: number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] })
  }

  /** A figure that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: async () => gauge.set(await read()),
    })
  }

  /** One figure per set of labels, read when it is asked for; a set that is not there any more is not told. */
  gauges<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: () => Promise<readonly { labels: Record<L, string>; value: number }[]>,
  ): void {
    const gauge: Gauge<L> = new Gauge<L>({
      ...{ name, help, labelNames, registers: [this.#registry] },
      collect: async () => {
        const found = await read()
        gauge.reset()
        for (const { labels, value } of found) gauge.set(labels, value)
      },
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}

/** The connections of the database: how many there are, lie idle, and are waited for. */
export function watchPool(
  metrics: Metrics,
  pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number },
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge(`edgewright_central_database_${name}`, help, read)
  gauge('connections', 'Connections to the database', () => pool.totalCount)
  gauge('idle', 'Of them, those that nobody uses', () => pool.idleCount)
  gauge('waiting', 'Who waits for one', () => pool.waitingCount)
}
