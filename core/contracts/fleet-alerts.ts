import { z } from 'zod'
import { alertStateSchema, feedbackAnswerSchema } from './alert.ts'
import { pageOf, pageQuerySchema } from './central.ts'
import { prioritySchema } from './manifest.ts'
import { ownedSchema } from './ownership.ts'
import { textSchema } from './text.ts'
import { digestSchema } from './update.ts'

/** Why somebody was told that nobody acknowledged an alert in time, and whether that reached them. */
export const escalationSchema = z.object({
  at: z.string(),
  /** late: it arrived long after its respond-by; it is kept and shown, and nobody is woken for it. */
  outcome: z.enum(['sent', 'late', 'nobody-to-tell']),
  to: z.array(z.string()),
})
export type Escalation = z.infer<typeof escalationSchema>

/** An alert of any machine, as central knows it. Times that the machine wrote are its own clock's. */
export const fleetAlertSchema = z.object({
  id: z.string(),
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  state: alertStateSchema,
  priority: prioritySchema,
  model: z.string(),
  version: z.string(),
  /** `guardrail:ID` and `version:KIND`: about the model itself. */
  rule: z.string(),
  title: textSchema,
  /** Its name, a pseudonym, or null: it stays on the machine. */
  asset: z.string().nullable(),
  readingId: z.string(),
  raisedAt: z.string(),
  /** When central got to know of it. */
  arrivedAt: z.string(),
  respondBy: z.string().nullable(),
  acknowledgedAt: z.string().nullable(),
  acknowledgedBy: z.string().nullable(),
  clearedAt: z.string().nullable(),
  shelvedUntil: z.string().nullable(),
  /** On the machine, by somebody or by time. */
  escalatedAt: z.string().nullable(),
  answer: feedbackAnswerSchema.nullable(),
  /** Past its respond-by, by central's clock, and nobody acknowledged it. */
  overdue: z.boolean(),
  /** By central; null: there was no need. */
  escalation: escalationSchema.nullable(),
  owner: ownedSchema,
})
export type FleetAlert = z.infer<typeof fleetAlertSchema>

/** `GET /api/alerts`: newest arrival first. */
export const fleetAlertQuerySchema = pageQuerySchema.extend({
  /** open: every state but normal. */
  state: z.union([z.literal('open'), alertStateSchema]).optional(),
  priority: prioritySchema.optional(),
  model: z.string().max(100).optional(),
  site: z.string().max(100).optional(),
  device: digestSchema.optional(),
  /** guardrail: about a model itself · reading: about what a reading said */
  about: z.enum(['model', 'reading']).optional(),
  overdue: z.stringbool().optional(),
})
export const fleetAlertPageSchema = pageOf(fleetAlertSchema)

/** Alarm figures as ISA-18.2-2016 (clause 16) and EEMUA 191 measure them. `GET /api/alarm-figures` */
export const alarmFiguresQuerySchema = z.object({
  /** Default: the last 7 days. At most 92 days. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  site: z.string().max(100).optional(),
  model: z.string().max(100).optional(),
})
export const alarmFiguresSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Alarms raised; one raised anew counts again. */
  raised: z.int(),
  byPriority: z.object({ high: z.int(), medium: z.int(), low: z.int() }),
  /** Machines that raised any, and machines that are looked at: the rates are per machine (an operator's position). */
  machines: z.object({ raising: z.int(), all: z.int() }),
  /** Per machine and 10 minutes: steady state means 1 at most. */
  per10Min: z.object({ mean: z.number(), peak: z.int() }),
  /** A flood: 10 or more within 10 minutes on one machine, until a 10 minutes with fewer than 5. */
  floods: z.object({
    count: z.int(),
    /** Of all machines' time, 0..1. */
    timeShare: z.number(),
    longestMin: z.number(),
  }),
  /** Stand for more than 24 hours, now. */
  stale: z.int(),
  /** Raised three times or more within a minute, by rule and asset. */
  chattering: z.int(),
  /** Acknowledged by their respond-by, of those that had one and whose time is over. null: none. */
  answeredInTime: z.object({ share: z.number().nullable(), n: z.int() }),
  /** Most first, ten at most. */
  worst: z.array(
    z.object({
      site: z.string(),
      machine: z.string(),
      device: digestSchema,
      model: z.string(),
      rule: z.string(),
      asset: z.string().nullable(),
      title: textSchema,
      count: z.int(),
      /** Of all raised, 0..1. */
      share: z.number(),
    }),
  ),
})
export type AlarmFigures = z.infer<typeof alarmFiguresSchema>

/** A guardrail that fired on a machine: an item of `GET /api/guardrails`, newest first. `state=firing` by default, or `all`. */
export const guardrailFiringSchema = z.object({
  id: z.int(),
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  model: z.string(),
  version: z.string(),
  guardrail: z.string(),
  metric: z.string(),
  feature: z.string().nullable(),
  /** Milliseconds for latency-p95, else a share 0..1. */
  value: z.number(),
  limit: z.number(),
  n: z.int(),
  action: z.string(),
  firedAt: z.string(),
  clearedAt: z.string().nullable(),
  /** Who decided beforehand what it does, by its signed package. */
  decidedBy: z.object({ name: z.string(), contact: z.string().optional() }).nullable(),
  owner: ownedSchema,
})
export type GuardrailFiring = z.infer<typeof guardrailFiringSchema>
export const guardrailFiringQuerySchema = pageQuerySchema.extend({
  state: z.enum(['firing', 'all']).default('firing'),
  model: z.string().max(100).optional(),
  site: z.string().max(100).optional(),
  device: digestSchema.optional(),
})
export const guardrailFiringPageSchema = pageOf(guardrailFiringSchema)
