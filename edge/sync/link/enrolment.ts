import type { Journal } from '../../journal/journal.ts'
import { type Enrolment, enrolmentSchema, type Settings } from '../../journal/settings.ts'

export type { Enrolment } from '../../journal/settings.ts'

const stateKey = 'enrolment'

/**
 * As what this machine is enrolled, and where. Kept twice, in settings.json and in the journal: a journal that was restored or
 * begun anew is still this machine, and so is one whose settings were lost. What the settings say counts first.
 */
export class EnrolmentBook {
  readonly #journal: Pick<Journal, 'state' | 'write'>
  readonly #settings: Settings
  readonly #now: () => number

  constructor(journal: Pick<Journal, 'state' | 'write'>, settings: Settings, now: () => number) {
    this.#journal = journal
    this.#settings = settings
    this.#now = now
  }

  get now(): Enrolment | undefined {
    const { central } = this.#settings.values
    if (central === null) return undefined
    if (central?.enrolment) return central.enrolment
    return enrolmentSchema.safeParse(this.#journal.state(stateKey)).data
  }

  /** Central's address: where it was moved to, or where this machine enrolled. */
  get url(): string | null {
    return this.#settings.values.central?.url ?? this.now?.url ?? null
  }

  /** The server is found elsewhere from now on, or nobody has enrolled there yet. */
  async moveTo(url: string): Promise<void> {
    if (this.url === url) return
    await this.#settings.update({ central: { url, enrolment: this.now ?? null } })
  }

  /** Durable, with an event that says who and why, when it resolves. */
  async keep(enrolment: Enrolment, by: string, kind: string): Promise<void> {
    const { url, device, state, site, groups, problem, centralKey } = enrolment
    const body = {
      ...{ central: url, device, state, site, groups },
      ...(centralKey !== undefined && { centralKey }),
      ...(problem !== undefined && { problem }),
    }
    await this.#journal.write((tx) => {
      tx.putState(stateKey, enrolment)
      tx.events('events', [{ kind, timeMs: this.#now(), by, body }])
    })
    await this.#settings.update({ central: { url, enrolment } })
  }

  async leave(by: string): Promise<void> {
    const { now, url } = this
    // First what counts first: a kill in between leaves it left.
    await this.#settings.update({ central: null })
    await this.#journal.write((tx) => {
      tx.putState(stateKey, undefined)
      const body = { central: url, device: now?.device ?? null }
      tx.events('events', [{ kind: 'enrolment.left', timeMs: this.#now(), by, body }])
    })
  }
}
