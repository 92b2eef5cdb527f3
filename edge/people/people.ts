import { EdgewrightError } from '#core/contracts/errors.ts'
import type { LocalPerson, NewPerson } from '#core/contracts/people.ts'
import type { EventRow, Journal, Transaction } from '../journal/journal.ts'
import { afterWrong, lockedUntil, lockMs, noTries, type Tries } from './lockout.ts'
import type { PinDesk, PinHash } from './pins.ts'

export const peopleKey = 'people'

/** What is durable of one person. */
export interface KeptPerson extends Pick<LocalPerson, 'id' | 'name' | 'role'>, Tries {
  pin: PinHash
}

interface Kept {
  people: KeptPerson[]
  /** Tries for persons that there are not, counted as if they were one: they cost as much, and end as soon. */
  unknown: Tries
}

export interface PeopleParts {
  journal: Pick<Journal, 'state' | 'write'>
  pins: PinDesk
  now: () => number
  randomUUID: () => string
}

/** As the record calls somebody who has signed in. */
export const called = ({ name, role }: Pick<LocalPerson, 'name' | 'role'>): string => `${name} (${role})`

/** Names that people would take for the same. */
const alike = (name: string) => name.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase()

/**
 * Who can sign in at this machine, and whether they are who they say. Each change, and each wrong PIN, is durable together
 * with its event in the record before anybody hears of it.
 */
export class People {
  readonly #parts: PeopleParts

  constructor(parts: PeopleParts) {
    this.#parts = parts
  }

  #kept(): Kept {
    return this.#parts.journal.state<Kept>(peopleKey) ?? { people: [], unknown: noTries }
  }

  list(): LocalPerson[] {
    return this.#kept()
      .people.map((person) => this.#shown(person))
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  find(id: string): KeptPerson | undefined {
    return this.#kept().people.find((person) => person.id === id)
  }

  /** Whether somebody with this name can sign in here. */
  knows(name: string): boolean {
    return this.#kept().people.some((person) => alike(person.name) === alike(name))
  }

  async add({ name, role, pin }: NewPerson, by: string): Promise<LocalPerson> {
    const { pins, randomUUID } = this.#parts
    this.#refuseTwice(name)
    const hash = await pins.inTurn(() => pins.hash(pin))
    const person: KeptPerson = { id: randomUUID(), name, role, pin: hash, ...noTries }
    await this.#write((tx, kept) => {
      this.#refuseTwice(name)
      tx.putState(peopleKey, { ...kept, people: [...kept.people, person] } satisfies Kept)
      tx.events('events', [this.#event('person.added', by, person)])
    })
    return this.#shown(person)
  }

  async remove(id: string, by: string): Promise<void> {
    await this.#write((tx, kept) => {
      const person = known(kept, id)
      tx.putState(peopleKey, { ...kept, people: kept.people.filter((each) => each !== person) })
      tx.events('events', [this.#event('person.removed', by, person)])
    })
  }

  /** Ends a lock as well. */
  async setPin(id: string, pin: string, by: string): Promise<LocalPerson> {
    const { pins } = this.#parts
    known(this.#kept(), id)
    const hash = await pins.inTurn(() => pins.hash(pin))
    return this.#write((tx, kept) => {
      const person = { ...known(kept, id), pin: hash, ...noTries }
      tx.putState(peopleKey, withPerson(kept, person))
      tx.events('events', [this.#event('pin.changed', by, person)])
      return this.#shown(person)
    })
  }

  /**
   * The person, where the PIN is theirs. Rejects with `pin-wrong` or `locked-out`, the same and after the same work for a
   * person that there is not; with `queue-full` where too many try at once. `by`: who is at the screen.
   */
  check(id: string, pin: string, by: string): Promise<KeptPerson> {
    const { pins } = this.#parts
    return pins.inTurn(async () => {
      await this.#refuseLocked(id)
      const before = this.find(id)
      const right = await pins.matches(pin, before?.pin)
      const tried = await this.#write((tx, kept) => this.#tried(tx, kept, before, id, right, by))
      if (tried.person) return tried.person
      if (tried.lockedUntilMs !== null) throw new LockedOut(tried.lockedUntilMs, this.#parts.now())
      throw new EdgewrightError('pin-wrong', 'this is not the PIN of that person')
    })
  }

  /** Counts one try, and tells what it came to. */
  #tried(
    tx: Transaction,
    kept: Kept,
    before: KeptPerson | undefined,
    id: string,
    right: boolean,
    by: string,
  ): { person?: KeptPerson; lockedUntilMs: number | null } {
    const now = this.#parts.now()
    const person = kept.people.find((each) => each.id === id)
    // Removed, or given another PIN, while this one was looked at.
    if (right && person && person.pin.hash === before?.pin.hash) {
      const signedIn = { ...person, ...noTries }
      tx.putState(peopleKey, withPerson(kept, signedIn))
      tx.events('events', [this.#event('session.person', called(signedIn), signedIn)])
      return { person: signedIn, lockedUntilMs: null }
    }
    const tries = afterWrong(person ?? kept.unknown, now)
    const { failures, lockedUntilMs } = tries
    tx.putState(peopleKey, person ? withPerson(kept, { ...person, ...tries }) : { ...kept, unknown: tries })
    const until = lockedUntilMs === null ? {} : { until: new Date(lockedUntilMs).toISOString() }
    tx.events('events', [
      this.#event('pin.wrong', by, person, { failures }),
      ...(lockedUntilMs === null ? [] : [this.#event('person.locked', by, person, until)]),
    ])
    return { lockedUntilMs }
  }

  async #refuseLocked(id: string): Promise<void> {
    const now = this.#parts.now()
    const triesOf = (kept: Kept): Tries => kept.people.find((each) => each.id === id) ?? kept.unknown
    const tries = triesOf(this.#kept())
    const until = lockedUntil(tries, now)
    if (until === null) return
    // The clock was set back: from here on the lock is as long as it was meant to be.
    if (tries.lockedUntilMs !== until)
      await this.#write((tx, kept) => {
        const person = kept.people.find((each) => each.id === id)
        const shorter = {
          failures: triesOf(kept).failures,
          lockedUntilMs: now + lockMs(triesOf(kept).failures),
        }
        tx.putState(
          peopleKey,
          person ? withPerson(kept, { ...person, ...shorter }) : { ...kept, unknown: shorter },
        )
      })
    throw new LockedOut(until, now)
  }

  #refuseTwice(name: string): void {
    if (this.knows(name))
      throw new EdgewrightError('person-exists', `somebody called "${name}" can sign in here already`)
  }

  #shown(person: KeptPerson): LocalPerson {
    const { id, name, role } = person
    const until = lockedUntil(person, this.#parts.now())
    return { id, name, role, lockedUntil: until === null ? null : new Date(until).toISOString() }
  }

  #write<T>(work: (tx: Transaction, kept: Kept) => T): Promise<T> {
    return this.#parts.journal.write((tx) => work(tx, this.#kept()))
  }

  #event(kind: string, by: string, person: KeptPerson | undefined, more: object = {}): EventRow {
    const { id, name, role } = person ?? { id: null, name: null, role: null }
    return { kind, timeMs: this.#parts.now(), by, body: { person: id, name, role, ...more } }
  }
}

function known(kept: Kept, id: string): KeptPerson {
  const person = kept.people.find((each) => each.id === id)
  if (person) return person
  throw new EdgewrightError('person-unknown', `nobody here has the id "${id.slice(0, 80)}"`)
}

const withPerson = (kept: Kept, person: KeptPerson): Kept => ({
  ...kept,
  people: kept.people.map((each) => (each.id === person.id ? person : each)),
})

/** Too many wrong PINs: none is looked at for a while. */
export class LockedOut extends EdgewrightError {
  readonly afterS: number

  constructor(untilMs: number, nowMs: number) {
    const s = Math.ceil((untilMs - nowMs) / 1000)
    const left = s <= 90 ? `${s} s` : `${Math.ceil(s / 60)} min`
    super('locked-out', `after too many wrong PINs none is looked at for another ${left}`)
    this.afterS = s
  }
}
