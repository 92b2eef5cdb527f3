import { z } from 'zod'
import { pageOf, pageQuerySchema } from './central.ts'
import { guardrailSchema } from './guardrail.ts'
import { manifestSchema, modelIdSchema, versionSchema } from './manifest.ts'
import { privacySchema } from './privacy.ts'
import { textSchema } from './text.ts'
import { digestSchema, nameSchema } from './update.ts'

/** What there is to deploy: packages with versions, aliases, lineage and card; and what waits for signatures. */

const nullable = z.string().nullable()
const { people, success, trainedOn } = manifestSchema.shape

/**
 * proposed: it waits for signatures, and no machine takes it · published · deprecated: it runs, and is to be replaced ·
 * retired: its date has passed · revoked: the signed policy bars it, or warns of it · removed: no metadata name it any more.
 */
export const versionStateSchema = z.enum([
  'proposed',
  'published',
  'deprecated',
  'retired',
  'revoked',
  'removed',
])
export type VersionState = z.infer<typeof versionStateSchema>

/** These three always exist, set or not; `production` is moved by an approver, every other by a publisher. */
export const usualAliases = ['development', 'staging', 'production'] as const
export const aliasNameSchema = nameSchema

/** A signature on the metadata that brought the version in: an approval is a signature, and nothing else is one. */
export const approvalSchema = z.object({
  /** Owner of the key, as the signed metadata call them. */
  by: z.string(),
  keyId: digestSchema,
  /** When central saw it, RFC 3339. */
  at: z.string(),
  /** The account that brought the signature to central; null: it came with the repository's folder. */
  broughtBy: nullable,
})
export type Approval = z.infer<typeof approvalSchema>

/** One version of a model, as lists show it. Times are RFC 3339. */
export const registryVersionSchema = z.object({
  model: modelIdSchema,
  version: versionSchema,
  release: z.int(),
  /** sha256 of the package file. */
  digest: digestSchema,
  bytes: z.int(),
  family: nameSchema,
  /** Absent from a list: all machines. */
  platforms: z.array(z.string()).optional(),
  state: versionStateSchema,
  /** null while it is proposed: a package is read only once its digest is signed for. */
  title: textSchema.nullable(),
  /** null: it was put into the repository's folder by the desk. */
  proposedAt: nullable,
  proposedBy: nullable,
  /** When central first saw it signed; null: it is not yet. */
  publishedAt: nullable,
  /** Owners of the keys that signed; how many must, of how many. */
  signedBy: z.array(z.string()),
  threshold: z.int(),
  keys: z.int(),
  /** What is missing before it is published, in words; null: nothing. */
  lacks: nullable,
  aliases: z.array(aliasNameSchema),
  /** From when on it must not be started; the earlier of the manifest's date and the one set here. */
  retireAt: z.object({ at: z.string(), from: z.enum(['manifest', 'central']) }).nullable(),
  deprecated: z.object({ reason: z.string(), by: z.string(), at: z.string() }).nullable(),
  revoked: z.object({ action: z.enum(['stop', 'warn']), reason: z.string(), since: z.string() }).nullable(),
  /** Machines whose newest report has it running. */
  running: z.int(),
})
export type RegistryVersion = z.infer<typeof registryVersionSchema>

/** Machines by site whose newest report has a version in that slot. `digest` is told of what runs only. */
export const whereSchema = z.object({
  site: z.string(),
  version: z.string(),
  digest: nullable,
  slot: z.enum(['running', 'previous', 'staged']),
  machines: z.int(),
})
export type Where = z.infer<typeof whereSchema>

/** `GET /api/registry/models/{model}/versions/{version}`: what its signed manifest and card say. */
export const registryVersionDetailSchema = registryVersionSchema.extend({
  /** null while it is proposed, or where the package cannot be read: `problem` says why. */
  manifest: z
    .object({
      purpose: textSchema,
      notFor: textSchema,
      trainedOn,
      people,
      success,
      guardrails: z.array(guardrailSchema),
      /** null: it says nothing, so the strictest holds. */
      privacy: privacySchema.nullable(),
      retireAt: nullable,
      retentionDays: z.number(),
      features: z.array(z.object({ name: z.string(), title: textSchema, unit: z.string().optional() })),
    })
    .nullable(),
  /** The model card, markdown as its author wrote it; show it as text or sanitised. null: none, or not read. */
  card: nullable,
  problem: nullable,
  approvals: z.array(approvalSchema),
  /** The published version with the highest release below this one's. */
  replaces: versionSchema.nullable(),
  where: z.array(whereSchema),
})
export type RegistryVersionDetail = z.infer<typeof registryVersionDetailSchema>

export const aliasSchema = z.object({
  alias: aliasNameSchema,
  /** null: it points nowhere. */
  version: versionSchema.nullable(),
  digest: digestSchema.nullable(),
  since: nullable,
  by: nullable,
  reason: nullable,
})
export type Alias = z.infer<typeof aliasSchema>

/** `GET /api/registry?search=`: a model in the list. */
export const registryModelSchema = z.object({
  model: modelIdSchema,
  /** Of its newest published version; null: none is. */
  title: textSchema.nullable(),
  owner: nullable,
  /** With the highest release; null: none is published. */
  newest: z.object({ version: versionSchema, release: z.int(), publishedAt: nullable }).nullable(),
  versions: z.int(),
  /** Versions that wait for signatures. */
  proposed: z.int(),
  aliases: z.array(aliasSchema),
  /** Machines that run any version of it, by their newest report. */
  running: z.int(),
  /** The nearest date of retirement among versions that still run somewhere. */
  nextRetirement: z.object({ version: versionSchema, at: z.string() }).nullable(),
})
export type RegistryModel = z.infer<typeof registryModelSchema>
export const registryQuerySchema = pageQuerySchema.extend({ search: z.string().trim().max(100).optional() })
export const registryPageSchema = pageOf(registryModelSchema)
/** `GET /api/registry/models/{model}/versions`: highest release first. */
export const versionsPageSchema = pageOf(registryVersionSchema)

/** `GET /api/registry/models/{model}` */
export const registryModelDetailSchema = registryModelSchema.extend({ where: z.array(whereSchema) })
export type RegistryModelDetail = z.infer<typeof registryModelDetailSchema>

const reason = z.string().trim().min(1).max(500)

/** `PUT /api/registry/models/{model}/aliases/{alias}`; null: it points nowhere from now on. Answers the alias. */
export const moveAliasSchema = z.strictObject({ version: versionSchema.nullable(), reason })
export type MoveAlias = z.infer<typeof moveAliasSchema>
/** `GET /api/registry/models/{model}/aliases/history`: newest first. */
export const aliasMoveSchema = z.object({
  alias: aliasNameSchema,
  from: versionSchema.nullable(),
  to: versionSchema.nullable(),
  at: z.string(),
  by: z.string(),
  reason: z.string(),
})
export type AliasMove = z.infer<typeof aliasMoveSchema>
export const aliasMovesPageSchema = pageOf(aliasMoveSchema)

/** `PUT /api/registry/models/{model}/versions/{version}/deprecation` (publisher). Answers the version. */
export const deprecateSchema = z.discriminatedUnion('deprecated', [
  z.strictObject({
    deprecated: z.literal(true),
    /** From when on it must not be started; absent: no date is set here. */
    retireAt: z.iso.datetime({ offset: true }).optional(),
    reason,
  }),
  /** Takes back what was set here; a date in the signed manifest stays. */
  z.strictObject({ deprecated: z.literal(false), reason }),
])
export type Deprecate = z.infer<typeof deprecateSchema>
/** `POST /api/registry/models/{model}/versions/{version}/discard` (publisher): a proposal is taken back. */
export const discardSchema = z.strictObject({ reason })

/** `GET /api/registry/models/{model}/history?version=&site=`: what ran where, when, by whom; newest first. */
export const deployedSchema = z.object({
  device: z.string(),
  machine: z.string(),
  site: z.string(),
  version: z.string(),
  digest: z.string(),
  from: z.string(),
  /** null: it still runs, as far as the machine has told. */
  to: nullable,
  by: z.string(),
  reason: z.string(),
  /** How it ended: the state that the version went to; null: it runs. */
  ended: nullable,
})
export type Deployed = z.infer<typeof deployedSchema>
export const deployedQuerySchema = pageQuerySchema.extend({
  version: versionSchema.optional(),
  site: z.string().max(63).optional(),
})
export const deployedPageSchema = pageOf(deployedSchema)

/** `PUT /api/registry/packages?family=&sha256=&platform=` (publisher; the body is the package file). */
export const uploadQuerySchema = z.strictObject({
  /** Needed where the repository has several. */
  family: nameSchema.optional(),
  /** What the file's digest must be. */
  sha256: digestSchema.optional(),
  /** Node's `platform-arch` of the machines that it is made for, separated by commas; absent: all. */
  platform: z
    .string()
    .max(200)
    .regex(/^[a-z0-9]+-[a-z0-9]+(,[a-z0-9]+-[a-z0-9]+)*$/)
    .optional(),
})
const settledSchema = z.object({
  live: z.array(z.object({ role: z.string(), version: z.int() })),
  waiting: z.array(z.object({ role: z.string(), version: z.int(), why: z.string() })),
})
export const uploadedSchema = settledSchema.extend({
  model: modelIdSchema,
  version: versionSchema,
  release: z.int(),
  digest: digestSchema,
  bytes: z.int(),
  family: nameSchema,
  path: z.string(),
  /** It was there already, with these bytes. */
  known: z.boolean(),
  /** Who had signed what waited in that family; it has changed, so they must sign anew. */
  voided: z.array(z.string()),
})
export type Uploaded = z.infer<typeof uploadedSchema>

/** `GET /api/registry/signing`: what waits for whom. The file itself: `GET /api/registry/signing/file?role=`. */
export const signingSchema = z.object({
  roles: z.array(
    z.object({
      role: z.string(),
      version: z.int(),
      /** What changes, in lines. */
      changes: z.array(z.string()),
      /** sha256 of the bytes that are signed: what a signer compares. */
      digest: digestSchema,
      have: z.array(z.string()),
      threshold: z.int(),
      /** Owners of the keys that may sign. */
      signers: z.array(z.string()),
      lacks: nullable,
    }),
  ),
})
export type Signing = z.infer<typeof signingSchema>
/** `POST /api/registry/signatures` (publisher or approver; the body is a signing file that came back). */
export const signaturesSchema = settledSchema.extend({
  imported: z.array(z.object({ role: z.string(), added: z.array(z.string()) })),
})
export type Signatures = z.infer<typeof signaturesSchema>

/** `GET /api/registry/repository`: the state of the signed repository itself. */
export const repositoryStatusSchema = z.object({
  /** false: none is there yet (`edgewright repo init`, `edgewright registry adopt`). */
  exists: z.boolean(),
  problem: nullable,
  roles: z.array(
    z.object({ role: z.string(), version: z.int(), expires: z.string(), expiresInDays: z.number() }),
  ),
  families: z.array(nameSchema),
  sites: z.array(nameSchema),
  packages: z.int(),
  /** sha256 of the first root: what people compare when a machine gets its anchor. */
  fingerprint: digestSchema.nullable(),
  artefacts: z.enum(['files', 's3']),
})
export type RepositoryStatus = z.infer<typeof repositoryStatusSchema>
