import { z } from 'zod'

/**
 * What people may at central. Everybody with an account may read (viewer). publisher: packages, rollouts, review of feedback ·
 * approver: approvals, which count only beside somebody else's · admin: people, machines, settings, and all of the others.
 */
export const centralRoleSchema = z.enum(['viewer', 'publisher', 'approver', 'admin'])
export type CentralRole = z.infer<typeof centralRoleSchema>

/** Somebody with these roles may do what needs that one. */
export const mayAtCentral = (has: readonly CentralRole[], needs: CentralRole): boolean =>
  needs === 'viewer' || has.includes('admin') || has.includes(needs)

/** Every list of central is paged at the server. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(500).optional(),
})
export type PageQuery = z.infer<typeof pageQuerySchema>
/** `next` is the cursor of the page after this one; null: there is none. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable(), total: z.int().optional() })

/**
 * online: heard of within 5 minutes · late: within an hour · offline: longer ago · never: enrolled, never heard of ·
 * updating: online, and something assigned is being brought in.
 */
export const presenceSchema = z.enum(['online', 'updating', 'late', 'offline', 'never'])
export type Presence = z.infer<typeof presenceSchema>
export const lateAfterMs = 5 * 60_000
export const offlineAfterMs = 60 * 60_000
