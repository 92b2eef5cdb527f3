import { createHash, randomBytes } from 'node:crypto'
import type { CentralSession } from '#core/contracts/accounts.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Base, Caller } from '../central.ts'
import {
  addCode,
  addSession,
  codeBy,
  endSession,
  sessionBy,
  spendCode,
  sweep,
  touchSession,
  updateAccount,
} from '../store/accounts.ts'

/** A session ends after half a day without a request, and after thirty days in any case. */
const [idleMs, longestMs, touchMs] = [12 * 3_600_000, 30 * 24 * 3_600_000, 60_000]
export const invitationMs = 24 * 3_600_000
const linkMs = 3_600_000

/** What a cookie or a link holds is never kept: only this. */
export const hashed = (secret: string) => createHash('sha256').update(secret).digest('hex')
const secret = () => randomBytes(32).toString('base64url')

/** A caller who came with a session. */
export interface SignedIn extends Caller {
  session: { hash: string; account: number | null; until: string }
}

/** Who is signed in in which browser, and the links with which they get in. */
export class Sessions {
  readonly #base: Pick<Base, 'db' | 'now'>

  constructor(base: Pick<Base, 'db' | 'now'>) {
    this.#base = base
  }

  /** Answers what the cookie is to hold, and until when. */
  async open(account: number | null): Promise<{ secret: string; expires: Date }> {
    const { db, now } = this.#base
    const [made, at] = [secret(), new Date(now())]
    const expires = new Date(now() + longestMs)
    await addSession(db, {
      hash: hashed(made),
      account,
      created_at: at,
      seen_at: at,
      expires_at: expires,
    })
    if (account !== null) await updateAccount(db, account, { last_sign_in_at: at })
    return { secret: made, expires }
  }

  /** undefined: there is no such session, or it has had its time. */
  async find(cookie: string): Promise<SignedIn | undefined> {
    const { db, now } = this.#base
    const hash = hashed(cookie)
    const row = await sessionBy(db, hash)
    if (!row) return undefined
    const untilMs = Math.min(row.expires_at.getTime(), row.seen_at.getTime() + idleMs)
    if (untilMs <= now()) return undefined
    if (now() - row.seen_at.getTime() > touchMs) await touchSession(db, hash, new Date(now()))
    const until = new Date(Math.min(row.expires_at.getTime(), now() + idleMs)).toISOString()
    return {
      ...(row.account === null
        ? { name: 'admin', roles: ['admin'] }
        : { name: row.name ?? '', roles: row.roles ?? [] }),
      session: { hash, account: row.account, until },
    }
  }

  end(hash: string): Promise<void> {
    return endSession(this.#base.db, hash)
  }

  /** A code for a link: of an account, or of the token's holder (null). */
  async code(account: number | null, wantsPassword: boolean): Promise<{ code: string; until: string }> {
    const { db, now } = this.#base
    const made = secret()
    const expires_at = new Date(now() + (wantsPassword ? invitationMs : linkMs))
    await addCode(db, { hash: hashed(made), account, wants_password: wantsPassword, expires_at })
    return { code: made, until: expires_at.toISOString() }
  }

  /** What a code is for. @throws EdgewrightError code-spent */
  async look(code: string): Promise<{ account: number | null; name: string | null; wantsPassword: boolean }> {
    const { db, now } = this.#base
    const row = await codeBy(db, hashed(code), new Date(now()))
    if (!row) throw spent()
    return { account: row.account, name: row.name, wantsPassword: row.wants_password }
  }

  /** @throws EdgewrightError code-spent */
  async spend(code: string): Promise<void> {
    if (!(await spendCode(this.#base.db, hashed(code)))) throw spent()
  }

  sweep(): Promise<void> {
    const { db, now } = this.#base
    return sweep(db, { now: new Date(now()), idle: new Date(now() - idleMs) })
  }
}

const spent = () =>
  new EdgewrightError('code-spent', 'this link is not valid any more, or was used before', {
    hint: 'Links work once. An admin makes a new one: edgewright central link --data DIR.',
  })

export const sessionAnswer = ({ name, roles, session }: Caller & Partial<SignedIn>): CentralSession => ({
  name,
  roles: [...roles],
  account: session?.account ?? null,
  until: session?.until ?? null,
})
