import { z } from 'zod'
import { blockLineSchema, epochSchema, keptCheckpointSchema, shapeLineSchema } from '../audit/format.ts'
import { modelSummarySchema } from './deployment.ts'
import { digestSchema, nameSchema, updatesSchema } from './update.ts'

/** What crosses between a machine and central. Every request but enrolment and the token carries `Authorization: Bearer`. */

/**
 * A join code: `ewj1.` + base64url(JSON). An admin at central makes it, an admin at the machine types or pastes it; it names where to
 * enrol and whose root to believe, so that nothing needs to be taken on trust from the line.
 */
export const joinCodeSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Single-use, for one site, for 24 hours; central keeps its sha256 only. */
  token: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  site: nameSchema,
  groups: z.array(nameSchema).max(32),
  /** sha256 of the root metadata that the machine is to believe; null: central has no signed repository (yet). */
  root: digestSchema.nullable(),
})
export type JoinCode = z.infer<typeof joinCodeSchema>
export const joinCodePrefix = 'ewj1.'

/** `POST /sync/v1/enrol` */
export const enrolRequestSchema = z.strictObject({
  token: z.string(),
  /** Raw Ed25519 key, 32 bytes, hex: the machine's own (device.key). */
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  machine: z.string().min(1).max(100),
  site: nameSchema,
  /** EdDSA JWT over {aud: central's address, token_sha256, jti, iat, exp}, by that key: that the machine holds it. */
  proof: z.string().max(4096),
})
export type EnrolRequest = z.infer<typeof enrolRequestSchema>
export const enrolAnswerSchema = z.object({
  device: digestSchema,
  /** waiting: an admin compares the fingerprint and confirms it; nothing is synced before. */
  state: z.enum(['waiting', 'enrolled']),
  site: nameSchema,
  groups: z.array(nameSchema),
  /** Central's own key (raw Ed25519, hex), by which it countersigns: kept with the membership. Absent: an older central. */
  centralKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})
export type EnrolAnswer = z.infer<typeof enrolAnswerSchema>

/**
 * `POST /sync/v1/token`: private_key_jwt (RFC 7523): an assertion {iss = sub = device, aud = central's address, jti, iat, exp ≤ iat + 60 s}
 * for an access token. Where the machine's clock is wrong central answers 401 `assertion-clock` with `nonce` and `serverMs`;
 * an assertion that carries this `nonce` is taken whatever its iat and exp say.
 */
export const tokenRequestSchema = z.strictObject({
  grant_type: z.literal('client_credentials'),
  client_assertion_type: z.literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
  client_assertion: z.string().max(4096),
})
export const tokenAnswerSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
})

/** How much central takes from this machine now. */
export const grantSchema = z.object({
  bytesPerS: z.number().positive().nullable(),
  /** Rows of one batch at most. */
  maxBatch: z.int().positive(),
})
export type Grant = z.infer<typeof grantSchema>

/**
 * A batch is NDJSON, zstd or gzip: this header, then shapes and blocks in the order of the journal. The unit is the journal's block:
 * its digest chains, so central sees a fork, an edit or a gap at once. `sha256` covers the lines after the header, uncompressed.
 */
export const batchHeaderSchema = z.strictObject({
  kind: z.literal('batch'),
  format: z.literal(1),
  epoch: z.string(),
  /** Rows by seq, both inclusive. */
  first: z.int().positive(),
  last: z.int().positive(),
  /** Blocks. */
  count: z.int().positive(),
  sha256: digestSchema,
  bootId: z.string(),
  /** Monotonic clock of that boot, ms. */
  monoMs: z.number(),
  wallMs: z.number(),
})
export type BatchHeader = z.infer<typeof batchHeaderSchema>

/**
 * A block as it leaves the site. Digest and payload hash are the journal's own; the content is
 * - `text` / `columns` without `projected`: byte for byte what `sha256` says
 * - with `projected`: what privacy left of it
 * - absent with `dropped` (retention took it) or `withheld` (privacy keeps all of it): the rows are counted, nothing else
 * `thinned`: of metrics, several blocks from `first` on were merged into this one; `prev` is the first's, `digest` the last's.
 */
export const syncBlockSchema = blockLineSchema.extend({
  projected: z.literal(true).optional(),
  withheld: z.literal(true).optional(),
  thinned: z.int().positive().optional(),
})
export type SyncBlock = z.infer<typeof syncBlockSchema>
export const syncLineSchema = z.discriminatedUnion('kind', [shapeLineSchema, syncBlockSchema])
export type SyncLine = z.infer<typeof syncLineSchema>

/** `POST /sync/v1/{device}/{stream}` answers 200 with this… */
export const ackSchema = z.object({
  epoch: z.string(),
  /** All rows up to here are durable at central, and will never be asked for again. */
  ack: z.int().nonnegative(),
  inserted: z.int(),
  dup: z.int(),
  serverMs: z.number(),
  grant: grantSchema,
})
export type Ack = z.infer<typeof ackSchema>
/**
 * …or 409 `sync-gap` with this beside `error`: what it takes next. `expected` is null where `epoch` is unknown to central, or was left
 * for another by what the machine said last: it announces its epochs.
 */
export const expectedSchema = z.object({ epoch: z.string(), expected: z.int().positive().nullable() })
export type Expected = z.infer<typeof expectedSchema>

/** `PUT /sync/v1/{device}/epochs`: all lives of the machine's journal, oldest first. Answers the watermarks. */
export const epochsRequestSchema = z.strictObject({ epochs: z.array(epochSchema).min(1).max(10_000) })
export const watermarksSchema = z.object({
  watermarks: z.array(z.object({ stream: z.string(), epoch: z.string(), ack: z.int() })),
})
export type Watermarks = z.infer<typeof watermarksSchema>

/** Of one stream: rows that wait to be sent, and the oldest of them. */
const waitingSchema = z.object({ rows: z.int(), oldestMs: z.number().nullable() })

/** How a machine stands now; the newest one counts, nothing of it is history. */
export const deviceReportSchema = z.object({
  machine: z.string(),
  version: z.string(),
  startedAtMs: z.number(),
  platform: z.string(),
  hardware: z.string().optional(),
  models: z.array(
    modelSummarySchema.pick({
      id: true,
      title: true,
      slots: true,
      answeredBy: true,
      why: true,
      rollback: true,
      lastRollback: true,
    }),
  ),
  updates: updatesSchema.pick({
    trust: true,
    root: true,
    progress: true,
    lastCheck: true,
    clock: true,
    busy: true,
  }),
  alerts: z.object({ high: z.int(), medium: z.int(), low: z.int(), shelved: z.int() }),
  waiting: z.record(z.string(), waitingSchema),
  newestReadingAtMs: z.number().nullable(),
  allowUnsigned: z.boolean(),
  diskFreeBytes: z.number().nullable(),
})
export type DeviceReport = z.infer<typeof deviceReportSchema>

/** `POST /sync/v1/{device}/heartbeat`, once a minute and when something changed. */
export const heartbeatSchema = z.strictObject({
  epoch: z.string(),
  bootId: z.string(),
  monoMs: z.number(),
  wallMs: z.number(),
  /** Absent: as in the last one. */
  report: deviceReportSchema.optional(),
  /** The newest checkpoint that has no countersignature. */
  checkpoint: keptCheckpointSchema.optional(),
})
export type Heartbeat = z.infer<typeof heartbeatSchema>
export const heartbeatAnswerSchema = z.object({
  serverMs: z.number(),
  grant: grantSchema,
  /** Send a whole report with the next one. */
  wantReport: z.boolean(),
  /** Over the checkpoint that came, once everything up to it is here; null: not yet, or none came. */
  countersignature: keptCheckpointSchema.shape.countersignature.unwrap().nullable(),
  /** Look for updates now: something was signed for this machine's site. */
  checkUpdates: z.boolean(),
  site: nameSchema,
  groups: z.array(nameSchema),
  /** Which life of central's database answers. Another one than before: it may have lost what it acknowledged, and is asked where it stands. */
  instance: z.string().optional(),
})
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswerSchema>

/** `GET /api/sync` at the edge */
export const syncStatusSchema = z.object({
  /** not-enrolled · waiting: for the fingerprint to be confirmed · refused: revoked or quarantined, `problem` says why. */
  state: z.enum(['not-enrolled', 'waiting', 'connected', 'not-connected', 'refused']),
  central: z.string().nullable(),
  device: digestSchema.nullable(),
  /** In words; null: none. */
  problem: z.string().nullable(),
  lastContactAt: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  /** Items that wait, of stream events, rollout and metrics: what people wait for. */
  waiting: z.int(),
  streams: z.array(
    z.object({
      stream: z.string(),
      waiting: z.int(),
      oldestAt: z.string().nullable(),
      blocked: z.string().nullable(),
    }),
  ),
  /** This machine's clock minus central's, ms; null: not known. */
  clockOffsetMs: z.number().nullable(),
  limits: z.object({ bytesPerS: z.number().nullable(), window: z.string().nullable() }),
  /** Kinds of events of which only that they happened leaves: nothing says that their bodies may. Absent: none. */
  keptBack: z.array(z.string()).optional(),
})
export type SyncStatus = z.infer<typeof syncStatusSchema>

/** `POST /api/enrol` at the edge (admin) */
export const joinRequestSchema = z.strictObject({
  code: z.string().min(10).max(4096),
  /** Where another root is believed already, or what was believed is lost: the one that the code names, from now on. */
  recover: z.boolean().optional(),
})
/** `GET /api/enrol` at the edge, and what `POST` and `DELETE` answer */
export const enrolmentStandingSchema = z.object({
  state: z.enum(['not-enrolled', 'waiting', 'enrolled', 'refused']),
  central: z.string().nullable(),
  /** sha256 of this machine's public key: shown in groups of four, to be compared at central. null: it has none. */
  device: digestSchema.nullable(),
  site: z.string().nullable(),
  groups: z.array(z.string()),
  /** In words; null: none. */
  problem: z.string().nullable(),
  /** By this machine's clock; null: not since it was started. */
  lastContactAt: z.string().nullable(),
  connected: z.boolean(),
  clockOffsetMs: z.number().nullable(),
})
export type EnrolmentStanding = z.infer<typeof enrolmentStandingSchema>
/** `PUT /api/sync/limits` at the edge (admin): what the site's line is to bear. */
export const limitsSchema = z.strictObject({
  bytesPerS: z.number().positive().nullable(),
  /** When streams 2 to 4 may be sent, local time; absent days: all. Streams 0 and 1 are always sent. */
  window: z
    .strictObject({
      from: z.string().regex(/^\d\d:\d\d$/),
      to: z.string().regex(/^\d\d:\d\d$/),
      days: z.array(z.int().min(0).max(6)).optional(),
    })
    .nullable(),
})
export type Limits = z.infer<typeof limitsSchema>
