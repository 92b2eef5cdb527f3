import type { Guardrail, Rehearsal } from '#core/contracts/guardrail.ts'
import type { Journal } from '../../journal/journal.ts'
import { answersOf, asksPeople } from './answers.ts'
import { createGuardrails, type Firing } from './monitor.ts'
import { limitsInWords, rehearsedInWords } from './rehearsal-words.ts'

export interface RehearsalParts {
  journal: Journal
  model: string
  guardrails: readonly Guardrail[]
  /** Epoch ms, by the machine's clock when things arrived. */
  fromMs: number
  toMs: number
  /** IANA name, for the sentences. */
  timeZone: string
  /** Nobody waits any more. */
  signal?: AbortSignal
}

type Missing = Rehearsal['missing'][number]
/** The runtime evaluates guardrails so often. */
const everyMs = 1000
const most = { firings: 1000, missing: 100 } as const

/**
 * What these guardrails would have done with what the journal holds: the monitor of the runtime, fed with the recorded
 * batches and answers as they arrived, evaluated at every whole second. Seconds in which nothing can change are passed over.
 * It begins before `fromMs`, so that the windows are full there; what was over by then is left out. Readings of every version
 * count, as they were answered then. Memory: one block and the windows. Yields to the event loop.
 */
export async function rehearse(parts: RehearsalParts): Promise<Rehearsal> {
  const { journal, model, guardrails, fromMs, toMs, timeZone, signal } = parts
  const leadMs = 1000 * Math.max(0, ...guardrails.map(({ when, forS }) => when.overS + forS))
  const stretch = { journal, model, fromMs: fromMs - leadMs, toMs, ...(signal && { signal }) }
  const answers = asksPeople(guardrails) ? await answersOf(stretch) : { all: [] }
  const stage = new Stage(guardrails, fromMs)
  const found = { readings: 0, versions: new Set<string>(), missing: [] as Missing[] }
  let next = 0
  let firstMs: number | undefined
  let follows = false
  const answersUntil = (ms: number) => {
    for (; next < answers.all.length && answers.all[next]!.atMs <= ms; next++) {
      const { atMs, answer, alertId } = answers.all[next]!
      stage.at(atMs, (monitor) => monitor.feedback(answer, atMs, alertId))
    }
  }
  for await (const { atMs, rows, record, missing } of journal.arrivals(stretch)) {
    signal?.throwIfAborted()
    answersUntil(atMs)
    firstMs ??= atMs
    if (record) stage.at(atMs, (monitor) => monitor.observe(record, atMs))
    if (missing)
      miss(found.missing, { from: iso(atMs), to: iso(atMs), readings: rows, why: missing }, follows)
    follows = missing !== undefined
    if (record && atMs >= fromMs) {
      found.readings += rows
      found.versions.add(record.version)
    }
  }
  answersUntil(toMs)
  stage.end(toMs)
  return {
    from: iso(fromMs),
    to: iso(toMs),
    readings: found.readings,
    versions: [...found.versions],
    missing: found.missing,
    guardrails: guardrails.map((guardrail, i) => {
      const { id, title, then } = guardrail
      const result = stage.results[i]!
      const text = rehearsedInWords(guardrail, result, toMs - fromMs, timeZone)
      return { id, title, action: then, ...result, text }
    }),
    text: limitsInWords(
      found,
      { fromMs, firstMs, ...(answers.problem !== undefined && { feedbackProblem: answers.problem }) },
      timeZone,
    ),
  }
}

interface Result {
  times: number
  firings: Rehearsal['guardrails'][number]['firings']
  range: { min: number; max: number } | null
}

/** Lets the seconds go by, and keeps what the guardrails do. */
class Stage {
  readonly results: Result[]
  readonly #fromMs: number
  readonly #ids: string[]
  readonly #monitor: ReturnType<typeof createGuardrails>
  /** The firing that is not over, by guardrail. */
  readonly #open = new Map<string, Result['firings'][number]>()
  /** The next whole second that was not evaluated yet. */
  #nextMs = Number.NEGATIVE_INFINITY
  #isNew = false

  constructor(guardrails: readonly Guardrail[], fromMs: number) {
    this.#monitor = createGuardrails(guardrails)
    this.#fromMs = fromMs
    this.#ids = guardrails.map(({ id }) => id)
    this.results = guardrails.map(() => ({ times: 0, firings: [], range: null }))
  }

  /** Something happens: seconds before it are evaluated, the one in which it happens is not yet over. */
  at(atMs: number, happen: (monitor: ReturnType<typeof createGuardrails>) => void): void {
    this.#runTo(atMs)
    happen(this.#monitor)
    this.#isNew = true
  }

  /** What stands at the very end is evaluated as well, whole second or not. */
  end(toMs: number): void {
    this.#runTo(toMs)
    this.#evaluate(toMs)
    for (const [id, firing] of this.#open) this.#keep(id, firing)
  }

  #runTo(atMs: number): void {
    // Also where nothing comes at its beginning, the stretch begins with what the windows hold by then.
    if (this.#nextMs < this.#fromMs && atMs > this.#fromMs) {
      this.#seconds(this.#fromMs)
      this.#isNew = true
    }
    this.#seconds(atMs)
  }

  #seconds(atMs: number): void {
    while (this.#nextMs < atMs) {
      const changesMs = this.#isNew ? this.#nextMs : this.#monitor.nextChangeMs()
      const dueMs = Math.max(this.#nextMs, wholeSecond(changesMs))
      if (dueMs >= atMs) break
      this.#evaluate(dueMs)
      this.#isNew = false
      this.#nextMs = dueMs + everyMs
    }
    this.#nextMs = Math.max(this.#nextMs, wholeSecond(atMs))
  }

  #evaluate(nowMs: number): void {
    for (const firing of this.#monitor.evaluate(nowMs)) this.#did(firing, nowMs)
    if (nowMs < this.#fromMs) return
    for (const [i, { value }] of this.#monitor.measured().entries()) {
      if (value === null) continue
      const { min, max } = this.results[i]!.range ?? { min: value, max: value }
      this.results[i]!.range = { min: Math.min(min, value), max: Math.max(max, value) }
    }
  }

  #did({ state, guardrail: { id }, value, n, feature }: Firing, nowMs: number): void {
    if (state === 'fired') {
      this.#open.set(id, { at: iso(nowMs), until: null, value, n, ...(feature !== undefined && { feature }) })
      return
    }
    const fired = this.#open.get(id)
    this.#open.delete(id)
    if (fired && nowMs >= this.#fromMs) this.#keep(id, { ...fired, until: iso(nowMs) })
  }

  #keep(id: string, firing: Result['firings'][number]): void {
    const result = this.results[this.#ids.indexOf(id)]!
    result.times++
    if (result.firings.length < most.firings) result.firings.push(firing)
  }
}

/** Blocks in a row are one stretch. Where there are too many, the last of its kind takes in the rest. */
function miss(missing: Missing[], one: Missing, follows: boolean): void {
  const last = missing.length < most.missing ? missing.at(-1) : missing.findLast(({ why }) => why === one.why)
  const joins = missing.length < most.missing ? follows && last?.why === one.why : true
  if (!last || !joins) {
    missing.push(one)
    return
  }
  last.to = one.to
  last.readings += one.readings
}

const iso = (ms: number): string => new Date(ms).toISOString()
const wholeSecond = (ms: number): number => Math.ceil(ms / everyMs) * everyMs
