import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  accountSchema,
  type CodeAnswer,
  centralSessionSchema,
  codeAnswerSchema,
  codeSchema,
  firstPasswordSchema,
  invitationSchema,
  newAccountAnswerSchema,
  newAccountSchema,
  newLinkSchema,
  passwordSignInSchema,
  serverInfoSchema,
  setPasswordSchema,
  setRolesSchema,
} from '#core/contracts/accounts.ts'
import { pageOf, pageQuerySchema } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { idSchema } from '../api/ids.ts'
import type { Routes } from '../app.ts'
import type { Base } from '../central.ts'
import { version } from '../version.ts'
import type { Accounts } from './accounts.ts'
import { type Sessions, type SignedIn, sessionAnswer } from './sessions.ts'

export interface AccountRouteParts {
  base: Base
  accounts: Accounts
  sessions: Sessions
  /** Name and protection of the session's cookie. */
  cookie: () => { name: string; secure: boolean }
}

/** A password costs a third of a second of processor time. */
const signInLimit = { max: 20, timeWindow: 60_000 }

const sessionOf = (request: FastifyRequest): SignedIn['session'] | undefined =>
  (askerOf(request) as Partial<SignedIn>).session

/** People: sessions, links, accounts. */
export const accountRoutes =
  ({ base, accounts, sessions, cookie }: AccountRouteParts): Routes =>
  (app) => {
    async function signIn(reply: FastifyReply, account: number | null) {
      const { secret, expires } = await sessions.open(account)
      const { name, secure } = cookie()
      reply.setCookie(name, secret, { httpOnly: true, sameSite: 'strict', secure, path: '/', expires })
      const found = await sessions.find(secret)
      if (!found) throw new EdgewrightError('account-unknown', 'the account was removed meanwhile')
      return sessionAnswer(found)
    }

    app.get(
      '/api/server',
      {
        config: {
          central: 'anyone',
          doc: { what: 'What a page needs before anybody has signed in', answer: serverInfoSchema },
        },
      },
      async () => ({
        version,
        serverMs: base.now(),
        people: await accounts.any(),
        instance: base.instance(),
      }),
    )
    app.get(
      '/api/session',
      {
        config: {
          central: 'viewer',
          doc: { what: 'Who asks, and what they may', answer: centralSessionSchema },
        },
      },
      async (request) => sessionAnswer(askerOf(request)),
    )
    app.post(
      '/api/session',
      {
        config: {
          central: 'anyone',
          rateLimit: signInLimit,
          doc: {
            what: 'Signs in with name and password; answers a cookie',
            body: passwordSignInSchema,
            answer: centralSessionSchema,
          },
        },
      },
      async (request, reply) => {
        const { name, password } = parseBody(passwordSignInSchema, request.body)
        return signIn(reply, await accounts.signIn(name, password))
      },
    )
    app.post(
      '/api/session/code',
      {
        config: {
          central: 'anyone',
          rateLimit: signInLimit,
          doc: {
            what: 'Uses a link: signs in, or says that a password is wanted first',
            body: codeSchema,
            answer: codeAnswerSchema,
          },
        },
      },
      async (request, reply): Promise<CodeAnswer> => {
        const { code } = parseBody(codeSchema, request.body)
        const { account, name, wantsPassword } = await sessions.look(code)
        if (wantsPassword) return { is: 'password-wanted', name }
        await sessions.spend(code)
        await base.record('session.opened', name ?? 'admin', { with: 'link' })
        return { is: 'session', session: await signIn(reply, account) }
      },
    )
    app.post(
      '/api/session/password',
      {
        config: {
          central: 'anyone',
          rateLimit: signInLimit,
          doc: {
            what: 'Uses a link that wants a password: sets it and signs in',
            body: firstPasswordSchema,
            answer: centralSessionSchema,
          },
        },
      },
      async (request, reply) => {
        const { code, ...rest } = parseBody(firstPasswordSchema, request.body)
        return signIn(reply, await accounts.redeem(code, rest))
      },
    )
    app.delete(
      '/api/session',
      { config: { central: 'viewer', doc: { what: 'Signs out' } } },
      async (request, reply) => {
        const session = sessionOf(request)
        if (session) await sessions.end(session.hash)
        const { name, secure } = cookie()
        return reply.clearCookie(name, { path: '/', secure }).code(204).send()
      },
    )
    app.post(
      '/api/session/link',
      {
        config: {
          central: 'admin',
          doc: {
            what: 'Makes a code for a link that signs in once, within an hour',
            body: newLinkSchema,
            answer: invitationSchema,
          },
        },
      },
      async (request) => {
        const { account } = parseBody(newLinkSchema, request.body)
        await base.record('session.link', askerOf(request).name, { account: account ?? null })
        if (account !== undefined) await accounts.shown(account)
        return sessions.code(account ?? null, false)
      },
    )

    app.get(
      '/api/accounts',
      {
        config: {
          central: 'admin',
          doc: { what: 'Who can sign in, by name', query: pageQuerySchema, answer: pageOf(accountSchema) },
        },
      },
      async ({ query }) => accounts.page(parseBody(pageQuerySchema, query)),
    )
    app.post(
      '/api/accounts',
      {
        config: {
          central: 'admin',
          doc: {
            what: 'Lets somebody sign in',
            body: newAccountSchema,
            answer: newAccountAnswerSchema,
            status: 201,
          },
        },
      },
      async (request, reply) => {
        const made = await accounts.add(parseBody(newAccountSchema, request.body), askerOf(request).name)
        return reply.code(201).send(made)
      },
    )
    app.put(
      '/api/accounts/:id/roles',
      {
        config: {
          central: 'admin',
          doc: {
            what: 'Sets what somebody may',
            params: idSchema,
            body: setRolesSchema,
            answer: accountSchema,
          },
        },
      },
      async (request) => {
        const { id } = parseBody(idSchema, request.params)
        const { roles } = parseBody(setRolesSchema, request.body)
        return accounts.setRoles(id, roles, askerOf(request).name)
      },
    )
    app.post(
      '/api/accounts/:id/password',
      {
        config: {
          central: 'viewer',
          rateLimit: signInLimit,
          doc: {
            what: "One's own new password, with the one that holds now; or an admin's word for somebody",
            params: idSchema,
            body: setPasswordSchema,
            answer: newAccountAnswerSchema,
          },
        },
      },
      async (request) => {
        const { id } = parseBody(idSchema, request.params)
        const { password, current } = parseBody(setPasswordSchema, request.body)
        const [asker, session] = [askerOf(request), sessionOf(request)]
        if (session?.account === id) {
          if (password === undefined || current === undefined)
            throw new EdgewrightError(
              'request-invalid',
              "one changes one's own password with the one that holds now",
            )
          return {
            account: await accounts.change(id, current, password, asker.name, session.hash),
            invitation: null,
          }
        }
        if (!asker.roles.includes('admin'))
          throw new EdgewrightError('not-allowed', 'only an admin sets the password of somebody else')
        return accounts.reset(id, password, asker.name)
      },
    )
    app.delete(
      '/api/accounts/:id',
      { config: { central: 'admin', doc: { what: 'Lets somebody sign in no more', params: idSchema } } },
      async (request, reply) => {
        await accounts.remove(parseBody(idSchema, request.params).id, askerOf(request).name)
        return reply.code(204).send()
      },
    )
  }
