import { z } from 'zod'
import { pageOf } from './central.ts'

/** What this server tells others of. */
export const hookKindSchema = z.enum([
  'alert.raised',
  'alert.overdue',
  'guardrail.fired',
  'feedback.answered',
  'feedback.reviewed',
  'retraining.requested',
  'retraining.changed',
  'rollout.changed',
  /** proposed, published, revoked, retiring (30, 7 and 1 days ahead), retired: `what` says which. */
  'version.changed',
])
export type HookKind = z.infer<typeof hookKindSchema>

/** Of one hook: how its deliveries stand. `dead`: given up after days; an admin can send them again. */
const standingSchema = z.object({
  waiting: z.int(),
  dead: z.int(),
  lastDeliveredAt: z.string().nullable(),
  lastProblem: z.string().nullable(),
})
/** `GET /api/hooks` (admin) answers {hooks}. */
export const hookSchema = z.object({
  id: z.int(),
  url: z.string(),
  kinds: z.array(hookKindSchema),
  note: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  ...standingSchema.shape,
})
export type Hook = z.infer<typeof hookSchema>
export const hooksSchema = z.object({
  hooks: z.array(hookSchema),
  /** E-mail: whether an SMTP server is set, and how its deliveries stand. */
  mail: z.object({ configured: z.boolean(), from: z.string().nullable(), ...standingSchema.shape }),
})

/** `POST /api/hooks` (admin) answers the hook with its secret (`whsec_…`), which is shown this once. `DELETE /api/hooks/{id}` ends it. */
export const newHookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  kinds: z.array(hookKindSchema).min(1).max(hookKindSchema.options.length),
  note: z.string().trim().max(500).optional(),
})
export const createdHookSchema = hookSchema.extend({ secret: z.string() })

/** An item of `GET /api/deliveries?state=&cursor=` (admin), newest first. `POST /api/deliveries/{id}/redeliver` sends it again. */
export const deliverySchema = z.object({
  /** The `webhook-id`: the same at every attempt, so that a receiver can tell a repetition. */
  id: z.string(),
  /** null: an e-mail. */
  hook: z.int().nullable(),
  to: z.string(),
  kind: z.string(),
  state: z.enum(['waiting', 'delivered', 'dead']),
  createdAt: z.string(),
  attempts: z.int(),
  nextTryAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  lastStatus: z.int().nullable(),
  lastProblem: z.string().nullable(),
})
export type Delivery = z.infer<typeof deliverySchema>
export const deliveryPageSchema = pageOf(deliverySchema)

/** The body of every webhook, signed as Standard Webhooks 1.0.0 says (webhook-id, webhook-timestamp, webhook-signature: v1). */
export const hookBodySchema = z.object({
  type: hookKindSchema,
  timestamp: z.string(),
  data: z.looseObject({}),
})
