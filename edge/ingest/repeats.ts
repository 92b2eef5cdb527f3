import type { Decision } from '#core/contracts/decision.ts'
import type { Journal } from '../journal/journal.ts'
import type { Answered } from './intake.ts'

/** The answer to a reading: new, or the one that was given to its id before. */
export type RepeatableAnswer<Decided> = Answered<Decided> | { decision: Decision }

/** Readings that carry the sender's own id are decided once; a repetition gets the first decision again. */
export class Repeats<Decided> {
  readonly #model: string
  readonly #journal: Journal
  readonly #next: (raw: readonly unknown[]) => Promise<Answered<Decided>[]>
  /** Ids on their way, not yet in the journal. */
  readonly #underWay = new Map<string, Promise<Answered<Decided>>>()

  constructor(
    model: string,
    journal: Journal,
    next: (raw: readonly unknown[]) => Promise<Answered<Decided>[]>,
  ) {
    this.#model = model
    this.#journal = journal
    this.#next = next
  }

  async offer(raw: readonly unknown[]): Promise<RepeatableAnswer<Decided>[]> {
    const ids = raw.map(idOf)
    if (ids.every((id) => id === undefined)) return this.#next(raw)

    const answers: (RepeatableAnswer<Decided> | Promise<RepeatableAnswer<Decided>>)[] = new Array(raw.length)
    const fresh: number[] = []
    const firstHere = new Map<string, number>()
    const repeatedHere: [index: number, first: number][] = []
    ids.forEach((id, i) => {
      if (id === undefined) fresh.push(i)
      else if (firstHere.has(id)) repeatedHere.push([i, firstHere.get(id)!])
      else {
        const known = this.#underWay.get(id) ?? this.#decided(id)
        if (known) answers[i] = known
        else {
          firstHere.set(id, i)
          fresh.push(i)
        }
      }
    })

    const deciding = this.#next(fresh.map((i) => raw[i]))
    fresh.forEach((i, k) => {
      const answer = deciding.then((all) => all[k]!)
      const id = ids[i]
      answers[i] = answer
      if (id !== undefined) this.#underWay.set(id, answer)
    })
    for (const [i, first] of repeatedHere) answers[i] = answers[first]!
    try {
      return await Promise.all(answers)
    } finally {
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
