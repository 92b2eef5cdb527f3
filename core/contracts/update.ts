import { z } from 'zod'
import { namePattern } from '../update/names.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'

/** What signed metadata says beyond TUF's own fields, and how the edge tells of it. */

export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 digest in hex')
export const nameSchema = z
  .string()
  .regex(namePattern, 'lower-case letters, digits and hyphens, at most 63 characters')

/** `custom` of a package among the targets of `models-FAMILY`. */
export const packageCustomSchema = z.looseObject({
  model: modelIdSchema,
  version: versionSchema,
  release: z.int().nonnegative(),
  /** Node's `platform-arch` of the machines that it is made for; absent: all. */
  platforms: z.array(z.string()).optional(),
})
export type PackageCustom = z.infer<typeof packageCustomSchema>

/** `custom` of an assignment among the targets of `site-SITE`; its hash and length are those of the package. */
export const assignmentCustomSchema = z.looseObject({
  model: modelIdSchema,
  version: versionSchema,
  /** Where the package stands among the targets: `models/FAMILY/ID-VERSION.ewp`. */
  package: z.string(),
  /** Once it has arrived and qualified, or when a technician says so. */
  activate: z.enum(['at-once', 'by-technician']),
})
export type AssignmentCustom = z.infer<typeof assignmentCustomSchema>

/** `custom` of an installer of the desktop app, among the targets of `app`. */
export const appCustomSchema = z.looseObject({ version: versionSchema, platform: z.string() })

/** `policy.json`, a target of the top-level role. */
export const policySchema = z.looseObject({
  /** By model: the oldest release that may run. */
  minimumRelease: z.record(modelIdSchema, z.int().nonnegative()),
  revoked: z.array(
    z.looseObject({
      digest: digestSchema,
      /** stop: it must not run any more. warn: it runs on, and people are told. */
      action: z.enum(['stop', 'warn']),
      reason: z.string().min(1).max(500),
      since: z.string(),
    }),
  ),
})
export type Policy = z.infer<typeof policySchema>
export const noPolicy: Policy = { minimumRelease: {}, revoked: [] }

/** Beside TUF's fields in `timestamp.json`: when it was signed. It raises the floor of a machine's clock. */
export const issuedField = 'x-edgewright-issued'
/** Beside TUF's fields in a key: whose it is, as people call them. No part of the key's ID. */
export const ownerField = 'x-edgewright-owner'

const packageSchema = z.object({
  path: z.string(),
  model: z.string(),
  version: z.string(),
  release: z.int(),
  digest: digestSchema,
  bytes: z.int(),
  /** Owners of the keys whose signatures on its role hold; how many are needed, and of how many keys. */
  signedBy: z.array(z.string()),
  threshold: z.int(),
  keys: z.int(),
  platforms: z.array(z.string()).optional(),
})
export type TrustedPackage = z.infer<typeof packageSchema>

/** What this machine is to run of one model: the assignment, and whether the family's own signers vouch for its digest. */
const assignedSchema = z.object({
  model: z.string(),
  version: z.string(),
  digest: digestSchema,
  bytes: z.int(),
  activate: z.enum(['at-once', 'by-technician']),
  /** null: for every machine at the site. */
  group: z.string().nullable(),
  signedBy: z.array(z.string()),
  /** Version of the site's metadata that says so. */
  metadata: z.int(),
  /** null where it is not installed: `problem` says why. */
  package: packageSchema.nullable(),
  problem: z.string().optional(),
})
export type Assigned = z.infer<typeof assignedSchema>

const appTargetSchema = z.object({
  path: z.string(),
  version: z.string(),
  platform: z.string(),
  digest: digestSchema,
  bytes: z.int(),
})
export type AppTarget = z.infer<typeof appTargetSchema>

/** What verified metadata means to this machine; computed once, when it is committed, and kept with it. */
export const viewSchema = z.object({
  /** By role: the version that holds. */
  versions: z.record(z.string(), z.int()),
  /** When each of root, timestamp, snapshot and targets ends to bring new trust, RFC 3339. */
  expires: z.record(z.string(), z.string()),
  /** The same of the delegated roles, each of which ends for what it alone vouches for. */
  delegatedExpires: z.record(z.string(), z.string()).optional(),
  assigned: z.array(assignedSchema),
  policy: policySchema,
  app: z.array(appTargetSchema),
  /** The metadata holds, and says nothing to this machine: why. */
  problem: z.string().optional(),
})
export type View = z.infer<typeof viewSchema>

/** What is going on with one assigned package. */
const progressSchema = z.object({
  model: z.string(),
  version: z.string(),
  digest: digestSchema,
  state: z.enum(['waiting', 'downloading', 'installing', 'activating', 'done', 'held', 'failed']),
  bytes: z.int(),
  ofBytes: z.int(),
  /** held and failed: why, in words. */
  reason: z.string().optional(),
  at: z.string(),
})
export type Progress = z.infer<typeof progressSchema>

/** `GET /api/updates` */
export const updatesSchema = z.object({
  /**
   * none: no root was given to this machine; only --allow-unsigned lets packages in. current: as of the last refresh.
   * expired: nothing new is trusted until newer metadata comes; what runs and the way back go on. damaged: what was
   * trusted is lost; an admin must give the root again.
   */
  trust: z.enum(['none', 'anchored', 'current', 'expired', 'damaged']),
  root: z.object({ version: z.int(), fingerprint: digestSchema, expires: z.string() }).nullable(),
  site: z.string().nullable(),
  groups: z.array(z.string()),
  /** Where updates are fetched from; null: by stick only. */
  source: z.string().nullable(),
  lastCheck: z
    .object({ at: z.string(), ok: z.boolean(), from: z.string(), problem: z.string().optional() })
    .nullable(),
  nextCheckAt: z.string().nullable(),
  view: viewSchema.nullable(),
  progress: z.array(progressSchema),
  /** Something assigned is being fetched, installed or activated. */
  busy: z.boolean(),
  /** What the machine takes for now when it looks at expiry dates: never before the newest signed time that it has seen. */
  clock: z.object({ systemMs: z.number(), floorMs: z.number(), behind: z.boolean() }),
})
export type Updates = z.infer<typeof updatesSchema>

/** `POST /api/trust` (admin): the root that this machine believes, and where it belongs. */
export const trustRequestSchema = z.strictObject({
  /** The signed root metadata, as JSON text. */
  root: z.string().max(512_000),
  site: nameSchema,
  groups: z.array(nameSchema).max(32).optional(),
  /** Base address of the repository; null: by stick only. Absent: as before, at first by stick only. */
  source: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .optional(),
  /** Needed where another root is believed already, or what was trusted is lost: its high-water marks begin anew. */
  recover: z.boolean().optional(),
})
export type TrustRequest = z.infer<typeof trustRequestSchema>

/** A drive or folder that holds a repository: `GET /api/updates/drives`. */
export const driveSchema = z.object({
  path: z.string(),
  label: z.string(),
  removable: z.boolean(),
  freeBytes: z.number().nullable(),
  /** Of the drives that hold one: the folder of the repository. */
  repository: z.string().nullable(),
})
export type Drive = z.infer<typeof driveSchema>
export const drivesSchema = z.object({ drives: z.array(driveSchema) })

/** `POST /api/updates/import` {path}: what a stick would change, to be confirmed by its id. Nothing has changed yet. */
export const importSummarySchema = z.object({
  id: z.string(),
  path: z.string(),
  /** What is new against what is trusted: role, version there, version here (null: none). */
  roles: z.array(z.object({ role: z.string(), version: z.int(), here: z.int().nullable() })),
  rootRotations: z.int(),
  /** Packages that would be installed. */
  packages: z.array(
    packageSchema.extend({
      /** Version of the model that runs here now. */
      replaces: z.string().nullable(),
      activate: z.enum(['at-once', 'by-technician']),
      /** It would not be installed: it is here already, held, or not on the stick; in words. */
      skipped: z.string().optional(),
    }),
  ),
  /** The metadata holds, and says nothing to this machine: why. */
  problem: z.string().optional(),
  /** Assignments that nothing can be installed for, and why. */
  problems: z.array(z.object({ model: z.string(), version: z.string(), problem: z.string() })),
  /** New revocations of versions that are on this machine. */
  revokes: z.array(
    z.object({
      model: z.string(),
      version: z.string(),
      action: z.enum(['stop', 'warn']),
      reason: z.string(),
    }),
  ),
  stagedBytes: z.int(),
  expiresAt: z.string(),
})
export type ImportSummary = z.infer<typeof importSummarySchema>

export const importRequestSchema = z.strictObject({ path: z.string().min(1).max(4096) })
export const confirmRequestSchema = z.strictObject({
  /** Write the audit record and the log back onto the stick. */
  writeBack: z.boolean().optional(),
})
export type ConfirmRequest = z.infer<typeof confirmRequestSchema>
/** What became of each package, in the order of the summary. */
export const importedSchema = z.object({
  packages: z.array(z.object({ model: z.string(), version: z.string(), ok: z.boolean(), what: z.string() })),
  /** Folder on the stick, where it was wished. */
  wroteBack: z.string().nullable(),
  /** Where it was wished and could not be: why. The import holds all the same. */
  writeBackProblem: z.string().optional(),
})
export type Imported = z.infer<typeof importedSchema>

/** `GET /api/updates/import`: the one import that is under way, if any. */
export const importStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({
    state: z.literal('reading'),
    id: z.string(),
    path: z.string(),
    bytes: z.int(),
    /** null: not known before its metadata is verified. */
    ofBytes: z.int().nullable(),
  }),
  z.object({ state: z.literal('waiting'), summary: importSummarySchema }),
  z.object({ state: z.literal('applying'), summary: importSummarySchema }),
])
export type ImportState = z.infer<typeof importStateSchema>
