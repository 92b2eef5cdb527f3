import { z } from 'zod'
import { centralRoleSchema } from './central.ts'
import { personNameSchema } from './people.ts'

/** People at central. Each is an account with a password; the holder of the data folder's token is `admin` without one. */

/** Long rather than intricate (NIST SP 800-63B, 3.1.1.2); what is typed counts as it is, spaces included. */
export const passwordSchema = z.string().min(12, 'at least twelve characters').max(256)

export const accountNameSchema = personNameSchema
const rolesSchema = z
  .array(centralRoleSchema)
  .max(4)
  .transform((roles) => centralRoleSchema.options.filter((role) => role === 'viewer' || roles.includes(role)))

export const accountSchema = z.object({
  id: z.int(),
  name: z.string(),
  /** Everybody is a viewer. */
  roles: z.array(centralRoleSchema),
  /** false: has an invitation, and set no password yet. */
  ready: z.boolean(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** RFC 3339; null: never. */
  lastSignInAt: z.string().nullable(),
  /** Too many wrong passwords: until when none is looked at; null: none. */
  lockedUntil: z.string().nullable(),
})
export type Account = z.infer<typeof accountSchema>

/** `POST /api/accounts` (admin). Without a password the answer brings an invitation, with which the person sets their own. */
export const newAccountSchema = z.strictObject({
  name: accountNameSchema,
  roles: rolesSchema,
  password: passwordSchema.optional(),
})
export type NewAccount = z.input<typeof newAccountSchema>
/** `code` goes behind `/#code=`; it works once, for 24 hours. */
export const invitationSchema = z.object({ code: z.string(), until: z.string() })
export type Invitation = z.infer<typeof invitationSchema>
export const newAccountAnswerSchema = z.object({
  account: accountSchema,
  invitation: invitationSchema.nullable(),
})
export type NewAccountAnswer = z.infer<typeof newAccountAnswerSchema>

/** `PUT /api/accounts/{id}/roles` (admin) */
export const setRolesSchema = z.strictObject({ roles: rolesSchema })
/**
 * `POST /api/accounts/{id}/password`: an admin, who then ends all of the person's sessions and any lock; or oneself, with the password
 * that holds now. An admin who sends none gets an invitation, and the old password stops.
 */
export const setPasswordSchema = z.strictObject({
  password: passwordSchema.optional(),
  current: z.string().max(256).optional(),
})

/** `POST /api/session`: a person signs in. 401 `password-wrong`, 429 `locked-out` with `retry-after`. */
export const passwordSignInSchema = z.strictObject({
  name: z.string().max(100),
  password: z.string().max(256),
})

/**
 * `POST /api/session/code`: what stands behind `/#code=`. It signs in at once (`session`, spent), or wants a password first (not spent):
 * then `POST /api/session/password` with the same code. `name` null: of the first admin, who chooses one.
 */
export const codeSchema = z.strictObject({ code: z.string().min(1).max(200) })
/** `GET /api/session`, and whatever signs in. */
export const centralSessionSchema = z.object({
  /** As the log calls them; `admin` for the holder of the token. */
  name: z.string(),
  roles: z.array(centralRoleSchema),
  /** null: a token, or a link made with that of the data folder. */
  account: z.int().nullable(),
  /** When it ends if nothing is done, RFC 3339; null: a token. */
  until: z.string().nullable(),
})
export type CentralSession = z.infer<typeof centralSessionSchema>
export const codeAnswerSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('session'), session: centralSessionSchema }),
  z.object({ is: z.literal('password-wanted'), name: z.string().nullable() }),
])
export type CodeAnswer = z.infer<typeof codeAnswerSchema>
/** `POST /api/session/password`: spends the code, sets the password, signs in. `name`: only for the first admin. */
export const firstPasswordSchema = z.strictObject({
  code: codeSchema.shape.code,
  name: accountNameSchema.optional(),
  password: passwordSchema,
})
/** `POST /api/session/link` (admin): a link that signs in as this account, once, within an hour; without one, as `admin`. */
export const newLinkSchema = z.strictObject({ account: z.int().optional() })

/** What a token may carry: no token approves, and none looks after people, machines or settings. */
export const tokenRoleSchema = centralRoleSchema.extract(['viewer', 'publisher'])
export type TokenRole = z.infer<typeof tokenRoleSchema>
/** With what a script asks in the name of an account. `GET /api/tokens` (admin); `DELETE /api/tokens/{id}` ends one at once. */
export const accessTokenSchema = z.object({
  id: z.int(),
  name: z.string(),
  /** In whose name; it may never do more than they. */
  account: z.int(),
  of: z.string(),
  role: tokenRoleSchema,
  createdAt: z.string(),
  createdBy: z.string(),
  /** RFC 3339; from then on it is refused. */
  until: z.string(),
  /** To the minute; null: never. */
  lastUsedAt: z.string().nullable(),
})
export type AccessToken = z.infer<typeof accessTokenSchema>
/** `POST /api/tokens` (admin). `secret` (`ewt_…`) is shown this once; it goes as `Authorization: Bearer`. */
export const newAccessTokenSchema = z.strictObject({
  account: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  name: accountNameSchema,
  role: tokenRoleSchema,
  days: z.int().min(1).max(366),
})
export const newAccessTokenAnswerSchema = z.object({ token: accessTokenSchema, secret: z.string() })
export type NewAccessTokenAnswer = z.infer<typeof newAccessTokenAnswerSchema>

/** `GET /api/server`, open: what a page needs to know before anybody has signed in. */
export const serverInfoSchema = z.object({
  version: z.string(),
  serverMs: z.number(),
  /** false: nobody has an account yet; the link that the server printed makes the first. */
  people: z.boolean(),
  /** Another one since its database was restored from a copy. */
  instance: z.string(),
})
export type ServerInfo = z.infer<typeof serverInfoSchema>
