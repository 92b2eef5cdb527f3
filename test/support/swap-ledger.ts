import type { Decision } from '#core/contracts/decision.ts'

export interface SwapReading {
  id: string
  asset: string
  time: string
  values: Record<string, number>
}

export interface LedgerOptions {
  features: readonly string[]
  /** What a version must answer to a reading; undefined: that version must not answer at all. Absent: any answer is right. */
  expected?: (version: string, values: Record<string, number>) => number | undefined
}

/** Float32 in the graph, and another order of the same operations. */
const tolerance = 1e-5
const toldAtMost = 20

/** Who sent what, and which version answered it, from the senders' side. */
export class SwapLedger {
  /** What went wrong, in words; the first of it. */
  readonly problems: string[] = []
  problemsInAll = 0
  /** Requests that a full queue turned away; they were sent again. */
  refused = 0
  /** The version that answered last. */
  newest: string | undefined
  /** When each answer came: performance.now(). */
  readonly atMs: number[] = []
  /** How long after its reading was made, of those that were waited for one by one; a stream is answered in groups. */
  readonly latencyMs: number[] = []
  /** By asset, the version that answered its nth reading; undefined: nobody so far. */
  readonly answers = new Map<string, (string | undefined)[]>()
  readonly #options: LedgerOptions
  readonly #madeMs = new Map<string, number>()
  readonly #watching = new Map<string, (atMs: number) => void>()

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  get sent(): number {
    let sum = 0
    for (const each of this.answers.values()) sum += each.length
    return sum
  }

  problem(words: string): void {
    this.problemsInAll += 1
    if (this.problems.length < toldAtMost) this.problems.push(words)
  }

  /** The next readings of an asset; their ids count up. */
  next(asset: string, count: number): SwapReading[] {
    const answers = this.answers.get(asset) ?? []
    this.answers.set(asset, answers)
    const time = new Date().toISOString()
    return Array.from({ length: count }, () => {
      const n = answers.push(undefined) - 1
      const id = `${asset}:${n}`
      this.#madeMs.set(id, performance.now())
      return { id, asset, time, values: valuesAt(this.#options.features, n) }
    })
  }

  /** The decisions of one reply, in its order. */
  answered(readings: readonly SwapReading[], decisions: readonly Decision[], isStream = false): void {
    const atMs = performance.now()
    if (decisions.length !== readings.length)
      this.problem(`${readings.length} readings got ${decisions.length} decisions`)
    decisions.forEach((decision, k) => {
      const reading = readings[k]
      if (reading?.id !== decision.readingId)
        return this.problem(`${reading?.id ?? 'nothing'} was answered with ${JSON.stringify(decision)}`)
      this.#judge(reading, decision)
      const { version } = decision.model
      const { asset, n } = placeOf(reading.id)
      const answers = this.answers.get(asset)!
      if (answers[n] !== undefined) this.problem(`${reading.id} was answered twice`)
      answers[n] = version
      this.atMs.push(atMs)
      if (!isStream) this.latencyMs.push(atMs - this.#madeMs.get(reading.id)!)
      this.#madeMs.delete(reading.id)
      this.newest = version
      this.#watching.get(version)?.(atMs)
      this.#watching.delete(version)
    })
  }

  /** When the next answer of this version comes: performance.now(). */
  nextAnswer(version: string): Promise<number> {
    return new Promise((resolve) => this.#watching.set(version, resolve))
  }

  /** Readings that nobody has answered. */
  unanswered(): string[] {
    return [...this.answers].flatMap(([asset, answers]) =>
      answers.flatMap((version, n) => (version === undefined ? `${asset}:${n}` : [])),
    )
  }

  #judge({ id, values }: SwapReading, { by, verdict, probability, quality, model }: Decision): void {
    const isDecided = by === 'model' && (verdict === 'normal' || verdict === 'alert') && quality.length === 0
    if (!isDecided) this.problem(`${id}: ${verdict} by ${by}, ${JSON.stringify(quality)}`)
    const { expected } = this.#options
    if (!isDecided || !expected) return
    const right = expected(model.version, values)
    if (right === undefined || probability === undefined || Math.abs(probability - right) > tolerance)
      this.problem(`${id}: ${model.version} answered ${probability}, not ${right}`)
  }
}

/** Between −1 and 1, different from reading to reading. */
export const valuesAt = (features: readonly string[], n: number): Record<string, number> =>
  Object.fromEntries(
    features.map((name, k) => [name, Math.round(1000 * Math.sin(0.37 * n + 1.7 * k)) / 1000]),
  )

export function placeOf(id: string): { asset: string; n: number } {
  const at = id.lastIndexOf(':')
  return { asset: id.slice(0, at), n: Number(id.slice(at + 1)) }
}
