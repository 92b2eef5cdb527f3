import type { FastifyRequest } from 'fastify'
import type { Area } from '../area.ts'
import type { Base, Caller } from '../central.ts'
import { dropCodes } from '../store/accounts.ts'
import { accessTokens } from './access-tokens.ts'
import { Accounts } from './accounts.ts'
import type { PasswordDesk } from './passwords.ts'
import { accountRoutes } from './routes.ts'
import { Sessions } from './sessions.ts'

const sweepMs = 600_000

export interface AccountsArea extends Area {
  sessionOf: (request: FastifyRequest) => Promise<Caller | undefined>
  /** Who a token was given out for; undefined: it is none that holds. */
  tokenOf: (secret: string) => Promise<Caller | undefined>
  /** Of a link for the first admin; undefined: somebody has an account. Earlier ones stop. */
  firstCode: () => Promise<string | undefined>
}

/**
 * People. Whoever signs people in elsewhere (OIDC) does what `sessions.open` does once it knows the account: docs/central.md,
 * "Another directory of people".
 */
export function createAccounts(base: Base, port: () => number, passwords: PasswordDesk): AccountsArea {
  const sessions = new Sessions(base)
  const accounts = new Accounts({ ...base, passwords, sessions })
  /** Cookies do not tell ports apart, and `__Host-` wants TLS. */
  const cookie = () => {
    const secure = base.publicUrl().startsWith('https:')
    return { name: secure ? '__Host-edgewright' : `edgewright_central_${port()}`, secure }
  }
  const tokens = accessTokens(base)
  let sweptAt = 0
  return {
    routes: (app) => {
      accountRoutes({ base, accounts, sessions, cookie })(app)
      tokens.routes(app)
    },
    tokenOf: tokens.callerOf,
    tick: async () => {
      if (base.now() - sweptAt < sweepMs) return
      sweptAt = base.now()
      await sessions.sweep()
    },
    sessionOf: async ({ cookies }) => {
      const held = cookies[cookie().name]
      return held === undefined ? undefined : sessions.find(held)
    },
    firstCode: async () => {
      if (await accounts.any()) return undefined
      await dropCodes(base.db, null)
      return (await sessions.code(null, true)).code
    },
  }
}
