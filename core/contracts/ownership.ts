import { z } from 'zod'
import { pageOf } from './central.ts'
import { modelIdSchema } from './manifest.ts'

/**
 * Somebody, and how they are reached: an e-mail address; the https address of a webhook that an admin has registered here
 * (only then is it called); or anything else, which people read and the server does not use (a telephone number).
 */
export const partySchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  contact: z.string().trim().min(1).max(500).optional(),
})
export type Party = z.infer<typeof partySchema>
const parties = z.array(partySchema).max(20)

/** Who answers for a model: responsible do the work, exactly one is accountable (the owner), the others as their names say. */
export const raciSchema = z.strictObject({
  responsible: parties,
  accountable: partySchema.nullable(),
  consulted: parties,
  informed: parties,
  /** Who is told when nobody acknowledges an alert in time. */
  escalation: parties,
})
export type Raci = z.infer<typeof raciSchema>
export const noRaci: Raci = {
  responsible: [],
  accountable: null,
  consulted: [],
  informed: [],
  escalation: [],
}

/** As it stands on every alert, guardrail and retraining request. `from` says who says so. */
export const ownedSchema = z.object({
  name: z.string().nullable(),
  contact: z.string().nullable(),
  from: z.enum(['central', 'manifest', 'alert', 'nobody']),
})
export type Owned = z.infer<typeof ownedSchema>

/** `raci: null`: from then on the manifest counted again. */
const changeSchema = z.object({
  at: z.string(),
  by: z.string(),
  reason: z.string(),
  raci: raciSchema.nullable(),
})
/** `GET /api/ownership/{model}`, and an item of `GET /api/ownership` */
export const ownershipSchema = z.object({
  model: modelIdSchema,
  raci: raciSchema,
  /** central: edited here, which counts until somebody takes it back · manifest: of the newest published version. */
  from: z.enum(['central', 'manifest', 'nobody']),
  /** Which version's manifest; null: none was published here. */
  version: z.string().nullable(),
  /** What the manifest says, whatever counts. */
  manifest: raciSchema.nullable(),
})
export type Ownership = z.infer<typeof ownershipSchema>
export const ownershipPageSchema = pageOf(ownershipSchema)
/** `GET /api/ownership/{model}` also holds what was edited here, newest first, at most 100. */
export const ownershipDetailSchema = ownershipSchema.extend({ history: z.array(changeSchema) })

/** `PUT /api/ownership/{model}` (publisher). `raci: null`: what the manifest says counts again. */
export const ownershipChangeSchema = z.strictObject({
  raci: raciSchema.nullable(),
  reason: z.string().trim().min(1).max(1000),
})
export type OwnershipChange = z.infer<typeof ownershipChangeSchema>
