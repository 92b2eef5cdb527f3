import {
  type Leaves,
  leaves,
  type Privacy,
  privacySchema,
  strictestPrivacy,
} from '#core/contracts/privacy.ts'
import type { Value } from '#core/contracts/reading.ts'
import type { Journal } from '../../journal/journal.ts'
import { domains, type Pseudonym } from './pseudonyms.ts'

/** In the journal's state, from the moment a version is installed; it stays when the version is removed, as its readings do. */
export const privacyKey = (model: string, version: string) => `privacy:${model}@${version}`

/** What holds for readings that this very version answered; of a version that nothing is known of, the strictest. */
export function privacyOf(journal: Pick<Journal, 'state'>, model: string, version: string): Privacy {
  const kept = privacySchema.safeParse(journal.state(privacyKey(model, version)))
  return kept.success ? kept.data : strictestPrivacy
}

const order = ['never', 'aggregated', 'pseudonymised', 'raw'] as const

/** What both let go. */
export function stricter(a: Privacy, b: Privacy): Privacy {
  const less = <T extends Leaves>(one: T, other: T): T =>
    order.indexOf(one) < order.indexOf(other) ? one : other
  const names = Object.keys({ ...a.features, ...b.features })
  return {
    default: less(a.default, b.default),
    features: Object.fromEntries(names.map((name) => [name, less(leaves(a, name), leaves(b, name))])),
    asset: less(a.asset, b.asset),
    notes: less(a.notes, b.notes),
  }
}

export interface ProjectedValues {
  /** What leaves. */
  features: Record<string, Value>
  /** Names of those that do not. */
  withheld: string[]
  /** Names of those that leave under a pseudonym. */
  pseudonymised: string[]
}

/** The values of one reading, as they may leave the site. A missing one (null) is told of features that leave, and of no others. */
export function projectValues(
  values: Readonly<Record<string, Value>>,
  privacy: Privacy,
  pseudonym: Pseudonym,
): ProjectedValues {
  const projected: ProjectedValues = { features: {}, withheld: [], pseudonymised: [] }
  for (const [name, value] of Object.entries(values)) {
    const how = leaves(privacy, name)
    if (how === 'raw') projected.features[name] = value
    else if (how === 'pseudonymised' && (typeof value === 'string' || value === null)) {
      projected.features[name] = value === null ? null : pseudonym(domains.feature(name), value)
      projected.pseudonymised.push(name)
    } else projected.withheld.push(name)
  }
  return projected
}

/** Null: not at all. */
export function projectAsset(asset: string, privacy: Privacy, pseudonym: Pseudonym): string | null {
  if (privacy.asset === 'raw') return asset
  return privacy.asset === 'pseudonymised' ? pseudonym(domains.asset, asset) : null
}

/** Senders name their readings as they like, also after people: such a name leaves as an asset does; '' where that is not at all. */
export function projectReadingId(id: string, privacy: Privacy, pseudonym: Pseudonym): string {
  if (privacy.asset === 'raw' || id === '') return id
  return privacy.asset === 'pseudonymised' ? pseudonym(domains.readingId, id) : ''
}

/** Words that people write; undefined: they stay. */
export const projectNote = (note: string | undefined, privacy: Privacy): string | undefined =>
  privacy.notes === 'raw' ? note : undefined
