import { z } from 'zod'

/**
 * How a value may leave the site. raw: as it is. pseudonymised: words only, by a keyed hash whose key stays on the machine.
 * aggregated: only counted, in metrics of many readings. never: not at all.
 */
export const leavesSchema = z.enum(['raw', 'pseudonymised', 'aggregated', 'never'])
export type Leaves = z.infer<typeof leavesSchema>

/** `privacy` of the manifest. Enforced on the machine, before anything is put into what is sent. */
export const privacySchema = z.strictObject({
  /** Features that are not named under `features`. */
  default: leavesSchema,
  features: z.record(z.string(), leavesSchema).optional(),
  /** Names of assets (a bed, a press). */
  asset: z.enum(['raw', 'pseudonymised', 'never']),
  /** Free words that people write with an answer or an escalation. */
  notes: z.enum(['raw', 'never']),
})
export type Privacy = z.infer<typeof privacySchema>

/** What holds where a package says nothing: no value of a reading leaves, and assets leave under a pseudonym. */
export const strictestPrivacy: Privacy = {
  default: 'aggregated',
  asset: 'pseudonymised',
  notes: 'never',
}

export const leaves = (privacy: Privacy, feature: string): Leaves =>
  privacy.features?.[feature] ?? privacy.default
