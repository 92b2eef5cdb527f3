import { z } from 'zod'
import { pageOf, pageQuerySchema } from './central.ts'
import { guardrailMetricSchema } from './guardrail.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { ownedSchema } from './ownership.ts'
import { digestSchema } from './update.ts'

/** What of one firing of a guardrail is kept with a request. */
const firingSchema = z.object({
  at: z.string(),
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  metric: guardrailMetricSchema.or(z.string()),
  feature: z.string().optional(),
  /** Milliseconds for latency-p95, else a share 0..1. */
  value: z.number(),
  limit: z.number(),
  n: z.int(),
  window: z.object({ from: z.string(), to: z.string() }),
})

/** Why a model is to be trained anew. */
export const retrainingCauseSchema = z.discriminatedUnion('kind', [
  /** A guardrail asked for it, on one machine or on several: each firing while the request is open is added (the newest 100). */
  z.object({
    kind: z.literal('guardrail'),
    guardrail: z.string(),
    decidedBy: z.object({ name: z.string(), contact: z.string().optional() }).nullable(),
    times: z.int(),
    firings: z.array(firingSchema),
  }),
  z.object({ kind: z.literal('schedule'), everyDays: z.int(), since: z.string() }),
  /** Something outside asked, by name: a data platform, a drift job. `figures` are its own. */
  z.object({
    kind: z.literal('event'),
    source: z.string(),
    reason: z.string(),
    figures: z.record(z.string(), z.union([z.number(), z.string()])),
  }),
  z.object({ kind: z.literal('person'), reason: z.string() }),
])
export type RetrainingCause = z.infer<typeof retrainingCauseSchema>

export const retrainingStateSchema = z.enum(['open', 'in-progress', 'done', 'declined'])
export type RetrainingState = z.infer<typeof retrainingStateSchema>

/** An item of `GET /api/retraining`, newest first; `GET /api/retraining/{id}` */
export const retrainingSchema = z.object({
  id: z.int(),
  model: modelIdSchema,
  /** The version that it is about; null: whichever runs. */
  version: z.string().nullable(),
  cause: retrainingCauseSchema,
  state: retrainingStateSchema,
  owner: ownedSchema,
  /** Where it is worked on: a ticket, a pipeline's run. */
  link: z.string().nullable(),
  due: z.string().nullable(),
  requestedAt: z.string(),
  requestedBy: z.string(),
  changedAt: z.string(),
  /** Of done: the version that came of it. */
  result: z.string().nullable(),
  history: z.array(z.object({ at: z.string(), by: z.string(), text: z.string() })),
})
export type Retraining = z.infer<typeof retrainingSchema>
export const retrainingPageSchema = pageOf(retrainingSchema)
export const retrainingQuerySchema = pageQuerySchema.extend({
  /** unfinished: open and in progress. */
  state: z.union([z.literal('unfinished'), retrainingStateSchema]).optional(),
  model: z.string().max(100).optional(),
})

const linkSchema = z.url({ protocol: /^https?$/ }).max(2000)
/** `POST /api/retraining` (publisher). An unfinished one of the same model and source is added to. */
export const newRetrainingSchema = z.strictObject({
  model: modelIdSchema,
  version: versionSchema.optional(),
  reason: z.string().trim().min(1).max(2000),
  /** Of a program: its name; absent: a person asks. */
  source: z.string().trim().min(1).max(100).optional(),
  figures: z.record(z.string().max(100), z.union([z.number(), z.string().max(500)])).optional(),
  link: linkSchema.optional(),
  due: z.iso.datetime({ offset: true }).optional(),
})
export type NewRetraining = z.infer<typeof newRetrainingSchema>
/** `POST /api/retraining/{id}` (publisher). Absent: as it is. What is done or declined stays so. */
export const retrainingChangeSchema = z.strictObject({
  state: retrainingStateSchema.optional(),
  owner: z.string().trim().min(1).max(200).optional(),
  link: linkSchema.nullable().optional(),
  due: z.iso.datetime({ offset: true }).nullable().optional(),
  result: versionSchema.optional(),
  note: z.string().trim().min(1).max(2000).optional(),
})
export type RetrainingChange = z.infer<typeof retrainingChangeSchema>

/** `GET /api/retraining/inboxes` (admin) answers {inboxes}: programs that may ask by a signed webhook. `DELETE …/{id}` ends one. */
export const inboxSchema = z.object({
  id: z.int(),
  name: z.string(),
  /** Where it sends to. */
  url: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
})
export const inboxesSchema = z.object({ inboxes: z.array(inboxSchema) })
/** `POST /api/retraining/inboxes` (admin) `{name}`; the secret (`whsec_…`) is shown this once. */
export const newInboxSchema = z.strictObject({ name: z.string().trim().min(1).max(100) })
export const createdInboxSchema = inboxSchema.extend({ secret: z.string() })
/** `POST /api/retraining/inboxes/{id}/messages`: signed as Standard Webhooks says; nobody needs to be signed in. */
export const inboxMessageSchema = newRetrainingSchema.omit({ source: true })

/** `GET /api/retraining/schedules` answers {schedules}; `PUT /api/retraining/schedules/{model}` (publisher) `{everyDays}`, null: none. */
export const scheduleSchema = z.object({
  model: modelIdSchema,
  everyDays: z.int().min(1).max(3650),
  since: z.string(),
  nextAt: z.string(),
  by: z.string(),
})
export type Schedule = z.infer<typeof scheduleSchema>
export const schedulesSchema = z.object({ schedules: z.array(scheduleSchema) })
export const scheduleChangeSchema = z.strictObject({ everyDays: z.int().min(1).max(3650).nullable() })
