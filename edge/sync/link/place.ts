import type { DeviceState } from '#core/contracts/device-state.ts'
import type { EdgewrightError } from '#core/contracts/errors.ts'
import type { HeartbeatAnswer } from '#core/contracts/sync.ts'
import type { AuditTrail } from '../../audit/audit-trail.ts'
import { knowCentral } from '../../audit/centrals.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Settings } from '../../journal/settings.ts'
import type { Updates } from '../../update/updates.ts'
import type { Membership } from '../client.ts'
import { type Enrolment, EnrolmentBook } from './enrolment.ts'
import { groupsOf } from './join.ts'
import type { LinkStanding } from './link-port.ts'

export interface PlaceParts {
  journal: Journal
  settings: Settings
  auditTrail: Pick<AuditTrail, 'key'>
  updates: Pick<Updates, 'status' | 'move'>
  now: () => number
  failed: (error: unknown) => void
}

/** Who acts when central decides. */
export const central = 'central'

/** This machine's place in a fleet: where, as what, and where it belongs there. */
export class Place {
  readonly book: EnrolmentBook
  readonly #parts: PlaceParts

  constructor(parts: PlaceParts) {
    this.#parts = parts
    this.book = new EnrolmentBook(parts.journal, parts.settings, parts.now)
  }

  /** What this machine is enrolled as, where that is still this machine: its key is sound and the one that enrolled. */
  get mine(): Enrolment | undefined {
    const { now: enrolment } = this.book
    const { device, problem } = this.#parts.auditTrail.key
    return enrolment && problem === null && enrolment.device === device ? enrolment : undefined
  }

  get membership(): Membership {
    const { mine } = this
    const state = !mine ? 'not-enrolled' : mine.state === 'waiting' ? 'waiting' : 'enrolled'
    return { state, central: this.book.url, device: this.#parts.auditTrail.key.device }
  }

  /** `otherwise`: the problem where neither key nor central give one. */
  standing(
    otherwise: string | null,
  ): Pick<LinkStanding, 'state' | 'central' | 'device' | 'site' | 'groups' | 'problem'> {
    const { key } = this.#parts.auditTrail
    const { mine } = this
    const known = this.book.now
    const another =
      known && !mine ? (key.problem ?? 'the key of this machine was replaced: enrol it again') : null
    return {
      state: another !== null ? 'refused' : (mine?.state ?? 'not-enrolled'),
      central: this.book.url,
      device: key.device,
      site: known?.site ?? null,
      groups: known?.groups ?? [],
      problem: another ?? (mine?.state === 'refused' ? (mine.problem ?? null) : otherwise),
    }
  }

  /** The key by which central countersigns, also in a journal that was begun anew. */
  async knowCentral(): Promise<void> {
    const { centralKey, at } = this.book.now ?? {}
    if (centralKey !== undefined && at !== undefined)
      await knowCentral(this.#parts.journal, { publicKey: centralKey, since: at })
  }

  /** Central refuses it. `state`: what it is there; undefined: central does not say. */
  async refused(
    { message: problem }: EdgewrightError,
    state: DeviceState | undefined,
    mine: Enrolment,
  ): Promise<'waiting' | 'refused'> {
    const next = state === 'waiting' ? 'waiting' : 'refused'
    const isNews = mine.state !== next || (next === 'refused' && mine.problem !== problem)
    // A refusal without a reason that is known may pass by itself: it is no state to keep.
    if (state === undefined || !isNews) return next
    const { problem: _, ...rest } = mine
    const enrolment = { ...rest, state: next, ...(next === 'refused' && { problem }) } as const
    await this.book.keep(enrolment, central, `enrolment.${next}`).catch(this.#parts.failed)
    return next
  }

  /** Where central says that this machine belongs holds: it signs what runs there. */
  async belongs({ site, groups }: HeartbeatAnswer, mine: Enrolment): Promise<void> {
    const { updates } = this.#parts
    const wanted = groupsOf(mine.device, groups)
    const here = updates.status()
    if (here.site !== site || !sameList(here.groups, wanted))
      await updates.move({ site, groups: wanted }, central)
    const isNews = mine.site !== site || !sameList(mine.groups, groups)
    if (mine.state === 'enrolled' && !isNews) return
    const { problem: _, ...rest } = mine
    const kind = mine.state === 'enrolled' ? 'enrolment.moved' : 'enrolment.confirmed'
    await this.book.keep({ ...rest, state: 'enrolled', site, groups }, central, kind)
  }
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])
