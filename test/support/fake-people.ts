import type { ErrorCode } from '#core/contracts/errors.ts'
import { type LocalPerson, mayActAs, type Role, type Session } from '#core/contracts/people.ts'

export interface FakePerson extends Omit<LocalPerson, 'lockedUntil'> {
  pin: string
}

export const keller: FakePerson = { id: 'k', name: 'M. Keller', role: 'technician', pin: '246810' }
export const berg: FakePerson = { id: 'b', name: 'A. Berg', role: 'admin', pin: '135791' }
export const okafor: FakePerson = { id: 'o', name: 'T. Okafor', role: 'operator', pin: '112233' }

export type Answer = { status: number; body: unknown } | { code: ErrorCode; message: string; needs?: Role }

const idleMs = 600_000

/** Who can sign in at a fake runtime, and who has. Where nobody was given, it asks nobody for a role. */
export class FakePeople {
  readonly #people: readonly FakePerson[] | undefined
  readonly #now: () => number
  readonly #failures = new Map<string, number>()
  readonly #lockedUntilMs = new Map<string, number>()
  #signedIn: { person: FakePerson; untilMs: number } | undefined

  constructor(people: readonly FakePerson[] | undefined, now: () => number) {
    this.#people = people
    this.#now = now
  }

  /** As after ten minutes in which nothing was done. */
  fallBack(): void {
    this.#signedIn = undefined
  }

  /** Locks a person from now on, ms. */
  lock(id: string, ms: number): void {
    this.#lockedUntilMs.set(id, this.#now() + ms)
  }

  session(): Session {
    const { person, untilMs } = this.#signedIn ?? {}
    return {
      role: person?.role ?? 'operator',
      person: person ? { id: person.id, name: person.name } : null,
      until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
    }
  }

  /** Why a request is refused; undefined: it may be made. */
  refused(method: string, path: string): Answer | undefined {
    if (!this.#people || method === 'GET' || path.startsWith('/api/session')) return undefined
    const needs = /^\/api\/models(\/[^/]+\/(activate|promote|abort|drill))?$/.test(path)
      ? 'technician'
      : 'operator'
    if (!mayActAs(this.session().role, needs))
      return { code: 'not-allowed', message: `${method} ${path} needs a technician or an admin`, needs }
    if (this.#signedIn) this.#signedIn.untilMs = this.#now() + idleMs
    return undefined
  }

  answer(method: string, path: string, body: unknown): Answer | undefined {
    if (method === 'GET' && path === '/api/session') return { status: 200, body: this.session() }
    if (method === 'GET' && path === '/api/people') return { status: 200, body: { people: this.#list() } }
    if (path !== '/api/session/person') return undefined
    if (method === 'DELETE') {
      this.#signedIn = undefined
      return { status: 204, body: null }
    }
    return this.#signIn(body as { person: string; pin: string })
  }

  #list(): LocalPerson[] {
    return (this.#people ?? []).map(({ id, name, role }) => {
      const until = this.#lockedUntilMs.get(id) ?? 0
      return { id, name, role, lockedUntil: until > this.#now() ? new Date(until).toISOString() : null }
    })
  }

  #signIn({ person: id, pin }: { person: string; pin: string }): Answer {
    const person = this.#people?.find((each) => each.id === id)
    const locked = { code: 'locked-out', message: 'after too many wrong PINs none is looked at' } as const
    if ((this.#lockedUntilMs.get(id) ?? 0) > this.#now()) return locked
    if (person?.pin === pin) {
      this.#signedIn = { person, untilMs: this.#now() + idleMs }
      return { status: 200, body: this.session() }
    }
    const failures = (this.#failures.get(id) ?? 0) + 1
    this.#failures.set(id, failures)
    if (failures < 5) return { code: 'pin-wrong', message: 'this is not the PIN of that person' }
    this.lock(id, 60_000)
    return locked
  }
}
