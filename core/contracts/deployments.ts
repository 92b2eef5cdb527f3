import { z } from 'zod'
import { pageOf, pageQuerySchema, presenceSchema } from './central.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { digestSchema, nameSchema } from './update.ts'

/** What runs where, what happened there, and what central signs by itself. Times are RFC 3339. */

/** `GET /api/deployments?model=`: which machine runs what now, by its newest report; by site and name. */
export const deploymentSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  presence: presenceSchema,
  model: modelIdSchema,
  running: z
    .object({ version: z.string(), digest: z.string(), since: z.string(), by: z.string() })
    .nullable(),
  previous: z.string().nullable(),
  answeredBy: z.enum(['model', 'rules', 'nobody']),
  /** Versions that were taken out there, and stay out until a person says otherwise. */
  held: z.array(
    z.object({
      version: z.string(),
      digest: z.string(),
      state: z.enum(['rolled-back', 'withdrawn', 'refused']),
      reason: z.string(),
      by: z.string().nullable(),
      at: z.string(),
    }),
  ),
  reportAt: z.string(),
})
export type Deployment = z.infer<typeof deploymentSchema>
export const deploymentsQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema,
  version: versionSchema.optional(),
  site: nameSchema.optional(),
  /** Only machines where something is held. */
  held: z.stringbool().optional(),
})
export type DeploymentsQuery = z.infer<typeof deploymentsQuerySchema>
export const deploymentsPageSchema = pageOf(deploymentSchema)

/**
 * `GET /api/deployments/history?model=&device=`: what happened on machines, also while they were offline. Of one machine in its own
 * order; else by the machines' own times, newest first.
 */
export const deviceEventSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  /** The machine's own clock. */
  at: z.string(),
  /** When central got to know of it. */
  arrivedAt: z.string(),
  by: z.string(),
  /** deployment.STATE, guardrail.fired, trust.…, import.…, update.…, clock.… */
  kind: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  reason: z.string().nullable(),
  body: z.record(z.string(), z.unknown()),
})
export type DeviceEvent = z.infer<typeof deviceEventSchema>
export const deviceEventsQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema.optional(),
  device: digestSchema.optional(),
  kind: z.string().max(60).optional(),
})
export type DeviceEventsQuery = z.infer<typeof deviceEventsQuerySchema>
export const deviceEventsPageSchema = pageOf(deviceEventSchema)

/** `GET /api/signing`: what central signs by itself, with which keys, and what ends soon. */
export const deskStatusSchema = z.object({
  /** null: there is no signed repository in the data folder. */
  repository: z.object({ root: z.int(), timestampIssuedAt: z.string() }).nullable(),
  /** Roles that central has a key of. */
  online: z.array(z.string()),
  expires: z.array(z.object({ role: z.string(), at: z.string(), inDays: z.number(), soon: z.boolean() })),
  waiting: z.array(z.object({ role: z.string(), version: z.int(), why: z.string() })),
  problem: z.string().nullable(),
})
export type DeskStatus = z.infer<typeof deskStatusSchema>
