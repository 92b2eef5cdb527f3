import type { Role } from '#core/contracts/people.ts'
import type { KeptPerson } from './people.ts'

/** Who a browser acts as, and until when if nothing is done. */
export interface Acting {
  id: string
  name: string
  role: Role
  untilMs: number
}

export interface SessionParts {
  /** Looked at with each request: who was removed, or has another PIN, is signed out with that. */
  find: (id: string) => KeptPerson | undefined
  now: () => number
  /** Milliseconds that never jump: a clock that is set back lengthens nobody's session. */
  elapsed: () => number
  idleMs: number
}

interface Entry {
  person: string
  /** The PIN that they signed in with. */
  hash: string
  untilMs: number
  untilElapsedMs: number
}

/** Which browser sessions act as which person. In memory only: after a restart every one is the screen's operator again. */
export class Sessions {
  readonly #parts: SessionParts
  readonly #entries = new Map<string, Entry>()

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  acting(session: string): Acting | undefined {
    const entry = this.#entries.get(session)
    if (!entry) return undefined
    const person = this.#parts.find(entry.person)
    if (this.#isOver(entry) || person?.pin.hash !== entry.hash) {
      this.#entries.delete(session)
      return undefined
    }
    const { id, name, role } = person
    return { id, name, role, untilMs: entry.untilMs }
  }

  signIn(session: string, { id, pin }: KeptPerson): void {
    for (const [other, entry] of this.#entries) if (this.#isOver(entry)) this.#entries.delete(other)
    this.#entries.set(session, { person: id, hash: pin.hash, ...this.#until() })
  }

  /** Something was done: the time begins anew. */
  touch(session: string): void {
    const entry = this.#entries.get(session)
    if (entry) Object.assign(entry, this.#until())
  }

  leave(session: string): void {
    this.#entries.delete(session)
  }

  #until() {
    const { now, elapsed, idleMs } = this.#parts
    return { untilMs: now() + idleMs, untilElapsedMs: elapsed() + idleMs }
  }

  #isOver({ untilMs, untilElapsedMs }: Entry): boolean {
    return this.#parts.elapsed() >= untilElapsedMs || this.#parts.now() >= untilMs
  }
}
