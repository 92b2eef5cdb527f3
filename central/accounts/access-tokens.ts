import { randomBytes } from 'node:crypto'
import {
  type AccessToken,
  accessTokenSchema,
  newAccessTokenAnswerSchema,
  newAccessTokenSchema,
} from '#core/contracts/accounts.ts'
import { mayAtCentral, pageOf, pageQuerySchema } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { idSchema } from '../api/ids.ts'
import type { Routes } from '../app.ts'
import type { Base, Caller } from '../central.ts'
import { addToken, deleteToken, tokenBy, tokenById, tokensPage, touchToken } from '../store/access-tokens.ts'
import { accountById } from '../store/accounts.ts'
import { hashed } from './sessions.ts'

const [dayMs, touchMs] = [24 * 3_600_000, 60_000]
/** Told apart from other secrets where one lies about, by people and by scanners. */
const prefix = 'ewt_'

/**
 * With what scripts ask in somebody's name. A token carries the role viewer or publisher, never approver or admin: a second person is
 * one who signed in. What it does stands in the log under its account's name, so its owner cannot approve it either.
 */
export function accessTokens(base: Pick<Base, 'db' | 'now' | 'record'>): {
  routes: Routes
  callerOf: (secret: string) => Promise<Caller | undefined>
} {
  const { db, now, record } = base

  async function callerOf(secret: string): Promise<Caller | undefined> {
    if (!secret.startsWith(prefix)) return undefined
    const at = new Date(now())
    const token = await tokenBy(db, hashed(secret), at)
    if (!token) return undefined
    const { id, of, role, roles, last_used_at } = token
    if (Math.abs(now() - (last_used_at?.getTime() ?? 0)) > touchMs) await touchToken(db, id, at)
    // What was taken from the account since is taken from its tokens.
    return { name: of, roles: mayAtCentral(roles, role) ? ['viewer', role] : ['viewer'], token: token.name }
  }

  const routes: Routes = (app) => {
    const listDoc = {
      ...{ what: 'With what scripts ask in whose name', query: pageQuerySchema },
      answer: pageOf(accessTokenSchema),
    }
    app.get('/api/tokens', { config: { central: 'admin', doc: listDoc } }, async ({ query }) => {
      const { limit, cursor } = parseBody(pageQuerySchema, query)
      const rows = await tokensPage(
        db,
        limit,
        cursor === undefined ? 0 : parseBody(idSchema.shape.id, cursor),
      )
      const items = rows.slice(0, limit).map(shownToken)
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null }
    })
    const newDoc = {
      ...{ what: 'Lets a script ask in the name of an account', body: newAccessTokenSchema },
      ...{ answer: newAccessTokenAnswerSchema, status: 201 },
    }
    app.post('/api/tokens', { config: { central: 'admin', doc: newDoc } }, async (request, reply) => {
      const { account, name, role, days } = parseBody(newAccessTokenSchema, request.body)
      const [of, by, at] = [await accountById(db, account), askerOf(request).name, now()]
      if (!of) throw new EdgewrightError('account-unknown', `nobody here has the number ${account}`)
      if (!mayAtCentral(of.roles, role))
        throw new EdgewrightError('request-invalid', `${of.name} is no ${role}, and no token makes them one`)
      const secret = `${prefix}${randomBytes(32).toString('base64url')}`
      const row = { account, name, role, created_at: new Date(at), expires_at: new Date(at + days * dayMs) }
      const { id } = await addToken(db, { ...row, hash: hashed(secret), created_by: by, last_used_at: null })
      await record('token.added', by, { id, name, of: of.name, role, until: row.expires_at })
      const token = shownToken({ ...row, id, of: of.name, created_by: by, last_used_at: null })
      return reply.code(201).send({ token, secret })
    })
    const endDoc = { what: 'Ends a token at once', params: idSchema }
    app.delete('/api/tokens/:id', { config: { central: 'admin', doc: endDoc } }, async (request, reply) => {
      const { id } = parseBody(idSchema, request.params)
      const token = await tokenById(db, id)
      if (!token || !(await deleteToken(db, id)))
        throw new EdgewrightError('token-unknown', `there is no token ${id}`)
      await record('token.removed', askerOf(request).name, { id, name: token.name, of: token.of })
      return reply.code(204).send()
    })
  }
  return { routes, callerOf }
}

type Row = NonNullable<Awaited<ReturnType<typeof tokenById>>>
const shownToken = ({ created_at, created_by, expires_at, last_used_at, ...row }: Row): AccessToken => ({
  ...row,
  ...{ createdAt: created_at.toISOString(), createdBy: created_by, until: expires_at.toISOString() },
  lastUsedAt: last_used_at?.toISOString() ?? null,
})
