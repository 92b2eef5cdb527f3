import { z } from 'zod'

/**
 * What stands in for the model where it abstains, fails or is withdrawn. `when` is an expression of the Common Expression
 * Language (cel-spec, language definition) over one reading: a feature whose name is an identifier by that name, every
 * feature as `reading["NAME"]`. Where it is true, the alert rule that it names counts as met.
 */
export const fallbackRuleSchema = z.strictObject({
  when: z.string().min(1).max(2000),
  /** Id of a rule of `decision.alerts`. */
  alert: z.string().min(1),
})
export type FallbackRule = z.infer<typeof fallbackRuleSchema>

export const fallbackSchema = z.strictObject({ rules: z.array(fallbackRuleSchema).min(1).max(100) })
export type Fallback = z.infer<typeof fallbackSchema>
