import { z } from 'zod'
import { epochSchema, keptCheckpointSchema } from '../audit/format.ts'
import { pageOf, pageQuerySchema, presenceSchema } from './central.ts'
import { deviceStateSchema } from './device-state.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { deviceReportSchema } from './sync.ts'
import { digestSchema, nameSchema } from './update.ts'

/** Which machines are in the fleet, and how each stands: what the console and the command line read. */

export { type DeviceState, deviceRefusalSchema, deviceStateSchema, ownGroup } from './device-state.ts'

/** As two people compare it: the first 16 hex digits in groups of four. All 64 may be compared as well. */
export const shownFingerprint = (device: string): string =>
  device
    .slice(0, 16)
    .replaceAll(/(.{4})/g, '$1 ')
    .trim()

export const labelSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._:=-]{0,62}$/u, 'letters, digits and . _ : = -, at most 63 characters')
const groupsSchema = z.array(nameSchema).max(31)
const labelsSchema = z.array(labelSchema).max(32)
/** Signs that are not seen, those that turn the direction of what follows, and what no database keeps. */
const unseen = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u
/** One line of words that people write. */
export const plainLine = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !unseen.test(text), 'holds control characters')
const reasonSchema = plainLine(1000)

const alertCountsSchema = z.object({ high: z.int(), medium: z.int(), low: z.int(), shelved: z.int() })

/** A version that a person, or the machine itself, took out there; nothing but a person's activation brings it back. */
const heldSchema = z.object({
  version: z.string(),
  digest: z.string().nullable(),
  since: z.string(),
  by: z.string(),
  reason: z.string(),
})
export const deviceModelSchema = z.object({
  id: z.string(),
  running: z.string().nullable(),
  digest: z.string().nullable(),
  /** Of the running version: running, or trial within its health window; else of the newest one here. */
  state: z.string(),
  since: z.string().nullable(),
  previous: z.string().nullable(),
  staged: z.string().nullable(),
  held: heldSchema.nullable(),
  answeredBy: z.enum(['model', 'rules', 'nobody']),
  /** What is being brought in: version, how far, or why not. */
  progress: z.object({ version: z.string(), state: z.string(), reason: z.string().nullable() }).nullable(),
})
export type DeviceModel = z.infer<typeof deviceModelSchema>

/** What somebody should look at. `text` is plain English; a console may say it anew by `kind` and `model`. */
export const deviceProblemSchema = z.object({
  kind: z.enum([
    'waiting',
    'quarantined',
    'silent',
    'clock',
    'held',
    'no-model',
    'rules',
    'update-failed',
    'trust',
    'unreachable-updates',
    'disk',
    'unsigned',
    'backlog',
  ]),
  model: z.string().nullable(),
  text: z.string(),
})
export type DeviceProblem = z.infer<typeof deviceProblemSchema>

/** An item of `GET /api/devices` */
export const deviceSummarySchema = z.object({
  device: digestSchema,
  name: z.string(),
  site: z.string(),
  /** Without the one of its own. */
  groups: z.array(z.string()),
  labels: z.array(z.string()),
  state: deviceStateSchema,
  /** Why it is quarantined or revoked. */
  why: z.string().nullable(),
  presence: presenceSchema,
  lastSeenAt: z.string().nullable(),
  /** The machine's clock minus this server's, ms, too low by the time that the request took; null: not heard of. */
  clockOffsetMs: z.number().nullable(),
  alerts: alertCountsSchema.nullable(),
  models: z.array(deviceModelSchema),
  /** Items of the streams events, rollout and metrics that waited at the machine at its last report. */
  waiting: z.int().nullable(),
  reportAt: z.string().nullable(),
  version: z.string().nullable(),
  problems: z.array(deviceProblemSchema),
})
export type DeviceSummary = z.infer<typeof deviceSummarySchema>
export const devicesPageSchema = pageOf(deviceSummarySchema)
export type DevicesPage = z.infer<typeof devicesPageSchema>

/** `GET /api/devices?…`, by site and name. What is not named is not looked at; `version` needs `model`. */
export const devicesQuerySchema = pageQuerySchema.extend({
  site: nameSchema.optional(),
  group: nameSchema.optional(),
  label: labelSchema.optional(),
  state: deviceStateSchema.optional(),
  presence: presenceSchema.optional(),
  model: modelIdSchema.optional(),
  /** Machines on which this version runs. */
  version: versionSchema.optional(),
  /** In the name, or the beginning of the device id. */
  search: plainLine(100).optional(),
  problem: z.enum(['true', 'false']).optional(),
})
export type DevicesQuery = z.infer<typeof devicesQuerySchema>

const presenceCountsSchema = z.record(presenceSchema, z.int())
export type PresenceCounts = z.infer<typeof presenceCountsSchema>
/** One machine of a site, as a square. */
export const squareSchema = z.object({
  device: digestSchema,
  name: z.string(),
  presence: presenceSchema,
  state: deviceStateSchema,
  /** Highest priority among its open alerts, as of its last report. */
  alert: z.enum(['high', 'medium', 'low']).nullable(),
})
export type Square = z.infer<typeof squareSchema>
export const siteSummarySchema = z.object({
  site: z.string(),
  machines: z.int(),
  presence: presenceCountsSchema,
  alerts: alertCountsSchema,
  /** Machines in trouble: waiting for confirmation, quarantined, or with a problem of their own. */
  problems: z.int(),
  /** Alerts raised per 10 minutes and machine over the last hour that central has heard of; null: no machine reported. */
  alertsPer10Min: z.number().nullable(),
  /** By name; null: more machines than are drawn one by one (see `squares` of the query). */
  squares: z.array(squareSchema).nullable(),
})
export type SiteSummary = z.infer<typeof siteSummarySchema>
/** `GET /api/fleet?squares=N`: squares of sites with at most N machines (200 where absent), 5,000 in all. */
export const fleetQuerySchema = z.object({
  squares: z.coerce.number().int().min(0).max(1000).default(200),
  site: nameSchema.optional(),
})
export const fleetSummarySchema = z.object({
  serverMs: z.number(),
  /** Revoked ones are not counted. */
  machines: z.int(),
  presence: presenceCountsSchema,
  waiting: z.int(),
  quarantined: z.int(),
  alerts: alertCountsSchema,
  sites: z.array(siteSummarySchema),
})
export type FleetSummary = z.infer<typeof fleetSummarySchema>

/** Something that happened to a machine at central: who, what, when. */
export const fleetEventSchema = z.object({
  id: z.int(),
  at: z.string(),
  by: z.string(),
  kind: z.string(),
  body: z.record(z.string(), z.unknown()),
})
export type FleetEvent = z.infer<typeof fleetEventSchema>

/** How far central has one life of the machine's journal. */
export const deviceEpochSchema = epochSchema
  .pick({ epoch: true, startedAt: true, why: true })
  .extend({ streams: z.array(z.object({ stream: z.string(), ack: z.int() })) })
export type DeviceEpoch = z.infer<typeof deviceEpochSchema>
export const deviceCheckpointSchema = z.object({
  counter: z.int(),
  at: z.string(),
  epoch: z.string(),
  countersignedAt: z.string().nullable(),
  /** Why it is not countersigned, in words. */
  problem: z.string().nullable(),
})
export type DeviceCheckpoint = z.infer<typeof deviceCheckpointSchema>

/** `GET /api/devices/{device}` */
export const deviceDetailSchema = deviceSummarySchema.extend({
  publicKey: keptCheckpointSchema.shape.publicKey,
  ownGroup: z.string(),
  enrolledAt: z.string(),
  confirmedAt: z.string().nullable(),
  confirmedBy: z.string().nullable(),
  epoch: z.string().nullable(),
  report: deviceReportSchema.nullable(),
  /** Oldest first. */
  epochs: z.array(deviceEpochSchema),
  /** Newest first, at most 20. */
  checkpoints: z.array(deviceCheckpointSchema),
  /** Newest first, at most 100. */
  log: z.array(fleetEventSchema),
})
export type DeviceDetail = z.infer<typeof deviceDetailSchema>

/** `POST /api/devices/{device}/confirm` (admin): what the machine shows, 16 or all 64 digits; spaces and colons do not count. */
export const confirmDeviceSchema = z.strictObject({ fingerprint: z.string().max(200) })
/** `POST …/revoke`, `…/quarantine`, `…/lift` (admin) */
export const deviceReasonSchema = z.strictObject({ reason: reasonSchema })
/** `PUT …/labels` (publisher): all of them from now on. */
export const deviceLabelsSchema = z.strictObject({ labels: labelsSchema })
/** `PUT …/place` (admin): site and groups from now on; the machine hears of it with its next heartbeat. */
export const devicePlaceSchema = z.strictObject({
  site: nameSchema,
  groups: groupsSchema,
  reason: reasonSchema,
})
/** `PUT …/name` (admin) */
export const deviceNameSchema = z.strictObject({ name: plainLine(100), reason: reasonSchema.optional() })
// Each of these answers the DeviceSummary.

/** `POST /api/join-codes` (admin) */
export const newJoinCodeSchema = z.strictObject({
  site: nameSchema,
  groups: groupsSchema.default([]),
  labels: labelsSchema.default([]),
  /** How long it can be used; at most, and by default, 24 hours. */
  ttlMs: z.int().min(60_000).max(86_400_000).default(86_400_000),
})
export type NewJoinCode = z.input<typeof newJoinCodeSchema>
/** `GET /api/join-codes` (admin), paged, newest first. The code itself is told once, and kept nowhere. */
export const joinCodeViewSchema = z.object({
  id: z.int(),
  site: z.string(),
  groups: z.array(z.string()),
  labels: z.array(z.string()),
  state: z.enum(['open', 'used', 'expired', 'withdrawn']),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  usedAt: z.string().nullable(),
  /** The machine that used it. */
  device: digestSchema.nullable(),
})
export type JoinCodeView = z.infer<typeof joinCodeViewSchema>
export const joinCodesPageSchema = pageOf(joinCodeViewSchema)
/** What making one answers. `DELETE /api/join-codes/{id}` withdraws it. */
export const madeJoinCodeSchema = joinCodeViewSchema.extend({
  code: z.string(),
  /** sha256 of the root that the machine is to believe; null: central has no signed repository yet, and the machine no updates. */
  root: digestSchema.nullable(),
})
export type MadeJoinCode = z.infer<typeof madeJoinCodeSchema>

/**
 * Which enrolled machines are meant: those that every part that is named fits. `percent`: of those, always the same ones for one
 * `salt`, and those of a smaller share are among those of a larger one.
 */
export const chooserSchema = z.strictObject({
  sites: z.array(nameSchema).min(1).optional(),
  groups: z.array(nameSchema).min(1).optional(),
  /** A machine that has all of them. */
  labels: labelsSchema.min(1).optional(),
  devices: z.array(digestSchema).min(1).max(10_000).optional(),
  percent: z.number().gt(0).lte(100).optional(),
})
export type Chooser = z.infer<typeof chooserSchema>
/** `POST /api/devices/choose` (publisher): who that would be now. */
export const chooseRequestSchema = z.strictObject({
  choose: chooserSchema,
  salt: z.string().max(200).default(''),
})
export const chosenSchema = z.object({
  machines: z.int(),
  presence: presenceCountsSchema,
  sites: z.array(z.object({ site: z.string(), machines: z.int() })),
})
export type Chosen = z.infer<typeof chosenSchema>
