import { setImmediate as breathe } from 'node:timers/promises'
import type { Decision } from '#core/contracts/decision.ts'
import type { Journal } from '../journal/journal.ts'
import type { Answered } from './intake.ts'

/** The answer to a reading: new, or the one that was given to its id before. */
export type RepeatableAnswer<Decided> = Answered<Decided> | { decision: Decision }

export type Decide<Decided> = (raw: readonly unknown[]) => Promise<Answered<Decided>[]>

/** Ids looked up in one turn of the event loop. */
const sliceSize = 250

/** Readings that carry the sender's own id are decided once; a repetition gets the first decision again. */
export class Repeats<Decided> {
  readonly #model: string
  readonly #journal: Journal
  /** Ids on their way, not yet in the journal. */
  readonly #underWay = new Map<string, Promise<Answered<Decided>>>()

  #turn: Promise<void> = Promise.resolve()
  #entering = 0

  constructor(model: string, journal: Journal) {
    this.#model = model
    this.#journal = journal
  }

  /**
   * `decide` gets those readings that are new. Submissions enter one after the other, whole: readings of one asset must
   * not change places.
   */
  async offer(raw: readonly unknown[], decide: Decide<Decided>): Promise<RepeatableAnswer<Decided>[]> {
    const hasIds = raw.some((reading) => idOf(reading) !== undefined)
    if (!hasIds && this.#entering === 0) return decide(raw)
    const slices = await this.#enter(raw, decide)
    await Promise.allSettled(slices)
    return (await Promise.all(slices)).flat()
  }

  /** Resolves when all of it is on its way. */
  async #enter(
    raw: readonly unknown[],
    decide: Decide<Decided>,
  ): Promise<Promise<RepeatableAnswer<Decided>[]>[]> {
    const before = this.#turn
    let leave: () => void = () => undefined
    this.#turn = new Promise((resolve) => {
      leave = resolve
    })
    this.#entering += 1
    await before
    const slices: Promise<RepeatableAnswer<Decided>[]>[] = []
    for (let from = 0; from < raw.length; from += sliceSize) {
      if (from > 0) await breathe()
      const slice = this.#offerSlice(raw.slice(from, from + sliceSize), decide)
      slice.catch(() => undefined) // told where all of them are awaited
      slices.push(slice)
    }
    this.#entering -= 1
    leave()
    return slices
  }

  async #offerSlice(raw: readonly unknown[], decide: Decide<Decided>): Promise<RepeatableAnswer<Decided>[]> {
    const answers: (RepeatableAnswer<Decided> | Promise<RepeatableAnswer<Decided>>)[] = new Array(raw.length)
    const fresh: number[] = []
    const firstHere = new Map<string, number>()
    raw.forEach((reading, i) => {
      const id = idOf(reading)
      if (id === undefined || firstHere.has(id)) return
      const known = this.#underWay.get(id) ?? this.#decided(id)
      if (known) answers[i] = known
      else firstHere.set(id, i)
    })
    raw.forEach((reading, i) => {
      const id = idOf(reading)
      if (id === undefined || firstHere.get(id) === i) fresh.push(i)
    })

    const deciding = decide(fresh.map((i) => raw[i]))
    for (const [k, i] of fresh.entries()) {
      const answer = deciding.then((all) => all[k]!)
      const id = idOf(raw[i])
      answers[i] = answer
      if (id !== undefined) this.#underWay.set(id, answer)
    }
    raw.forEach((reading, i) => {
      const first = firstHere.get(idOf(reading) ?? '')
      if (answers[i] === undefined && first !== undefined) answers[i] = answers[first]!
    })
    try {
      return await Promise.all(answers)
    } finally {
      // By now every row of this slice is in the journal or never will be.
      for (const id of firstHere.keys()) this.#underWay.delete(id)
    }
  }

  #decided(id: string): { decision: Decision } | undefined {
    const recorded = this.#journal.reading(id, this.#model)
    return recorded && { decision: recorded.decision }
  }
}

function idOf(raw: unknown): string | undefined {
  const id = typeof raw === 'object' && raw !== null ? (raw as { id?: unknown }).id : undefined
  return typeof id === 'string' && id.length > 0 ? id : undefined
}
