import type { Account, NewAccountAnswer } from '#core/contracts/accounts.ts'
import type { CentralRole, PageQuery } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameKey } from '#core/contracts/people.ts'
import type { Base } from '../central.ts'
import {
  accountById,
  accountByName,
  accountsPage,
  addAccount,
  anyAccount,
  deleteAccount,
  dropCodes,
  endSessions,
  keepTries,
  triesOf,
  updateAccount,
} from '../store/accounts.ts'
import type { AccountRow, PasswordHash } from '../store/tables/accounts.ts'
import { AccountLocked, afterWrong, lockedUntil, noTries, type Tries } from './lockout.ts'
import type { PasswordDesk } from './passwords.ts'
import { hashed, type Sessions } from './sessions.ts'

type Parts = Pick<Base, 'db' | 'now' | 'record'> & { passwords: PasswordDesk; sessions: Sessions }

/** In the log they stand for something else, or for nobody. */
const taken = new Set(['', 'admin', 'central', 'edgewright', 'monitoring', 'system'])
/** Whether a name in the log is no account's: 'admin' is whoever holds the token of the data folder. */
export const isNobodys = (name: string): boolean => taken.has(nameKey(name))

/** Who can sign in at central, and whether they are who they say. */
export class Accounts {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  any(): Promise<boolean> {
    return anyAccount(this.#parts.db)
  }

  async page({ limit, cursor }: PageQuery): Promise<{ items: Account[]; next: string | null }> {
    const { db } = this.#parts
    const rows = await accountsPage(db, limit, cursor)
    const page = rows.slice(0, limit)
    return {
      items: await this.#shown(page),
      next: rows.length > limit ? (page.at(-1)?.name_key ?? null) : null,
    }
  }

  async add(
    { name, roles, password }: { name: string; roles: CentralRole[]; password?: string | undefined },
    by: string,
  ): Promise<NewAccountAnswer> {
    const row = await this.#make(name, roles, password === undefined ? null : await this.#hash(password), by)
    const account = (await this.#shown([row]))[0]!
    return { account, invitation: row.password ? null : await this.#parts.sessions.code(row.id, true) }
  }

  async shown(id: number): Promise<Account> {
    return (await this.#shown([await this.#known(id)]))[0]!
  }

  async setRoles(id: number, roles: CentralRole[], by: string): Promise<Account> {
    const before = await this.#known(id)
    await updateAccount(this.#parts.db, id, { roles })
    await this.#parts.record('account.roles', by, {
      account: id,
      name: before.name,
      from: before.roles,
      to: roles,
    })
    return (await this.#shown([{ ...before, roles }]))[0]!
  }

  async remove(id: number, by: string): Promise<void> {
    const row = await deleteAccount(this.#parts.db, id)
    if (!row) throw unknown(id)
    await this.#parts.record('account.removed', by, { account: id, name: row.name })
  }

  /** An admin's word: a new password or, without one, an invitation. Ends every session and any lock. */
  async reset(id: number, password: string | undefined, by: string): Promise<NewAccountAnswer> {
    const { sessions } = this.#parts
    const row = await this.#known(id)
    const account = await this.#setPassword(row, password ?? null, by)
    return { account, invitation: password === undefined ? await sessions.code(id, true) : null }
  }

  /** One's own, with the one that holds now; the session in which it is done goes on. */
  async change(id: number, current: string, password: string, by: string, session: string): Promise<Account> {
    const row = await this.#known(id)
    await this.#check(row.name, current)
    return this.#setPassword(row, password, by, session)
  }

  /** The account with this password. @throws EdgewrightError password-wrong, locked-out; the same for a person that there is not */
  async signIn(name: string, password: string): Promise<number> {
    const row = await this.#check(name, password)
    await this.#parts.record('session.opened', row.name, {})
    return row.id
  }

  /** With a link: the first admin, or somebody who was invited. Answers the account. */
  async redeem(
    code: string,
    { name, password }: { name?: string | undefined; password: string },
  ): Promise<number> {
    const { sessions } = this.#parts
    const { account, wantsPassword } = await sessions.look(code)
    const hash = await this.#hash(password)
    if (account === null && wantsPassword) {
      if (name === undefined) throw new EdgewrightError('request-invalid', 'the first admin needs a name')
      if (isNobodys(name))
        throw new EdgewrightError('account-exists', `"${name}" stands for something else here`)
      await sessions.spend(code)
      await dropCodes(this.#parts.db, null)
      return (await this.#make(name, ['viewer', 'admin'], hash, name)).id
    }
    if (account === null || !wantsPassword)
      throw new EdgewrightError('request-invalid', 'this link signs in without a password')
    await sessions.spend(code)
    const row = await this.#known(account)
    await this.#setPassword(row, hash, row.name)
    return account
  }

  async #make(
    name: string,
    roles: CentralRole[],
    password: PasswordHash | null,
    by: string,
  ): Promise<AccountRow> {
    const { db, now, record, passwords } = this.#parts
    const key = nameKey(name)
    const row = taken.has(key)
      ? undefined
      : await addAccount(db, {
          ...{ name, name_key: key, roles, password },
          ...{ created_at: new Date(now()), created_by: by },
        })
    if (!row) throw new EdgewrightError('account-exists', `somebody is called "${name}" here already`)
    await passwords.inTurn(() => this.#tried(name, noTries))
    await record('account.added', by, { account: row.id, name, roles })
    return row
  }

  async #setPassword(
    row: AccountRow,
    password: string | PasswordHash | null,
    by: string,
    but?: string,
  ): Promise<Account> {
    const { db, passwords, record } = this.#parts
    const hash = typeof password === 'string' ? await this.#hash(password) : password
    await dropCodes(db, row.id)
    const after = await updateAccount(db, row.id, { password: hash })
    if (!after) throw unknown(row.id)
    await endSessions(db, row.id, but)
    await passwords.inTurn(() => this.#tried(row.name, noTries))
    await record('account.password', by, { account: row.id, name: row.name })
    return (await this.#shown([after]))[0]!
  }

  #check(name: string, password: string): Promise<AccountRow> {
    const { db, now, passwords, record } = this.#parts
    return passwords.inTurn(async () => {
      const row = await accountByName(db, nameKey(name))
      const [kept] = await triesOf(db, [hashed(nameKey(name))])
      const tries: Tries = kept
        ? { failures: kept.failures, lockedUntilMs: kept.locked_until?.getTime() ?? null }
        : noTries
      const until = lockedUntil(tries, now())
      if (until !== null) throw new AccountLocked(until, now())
      if (await passwords.matches(password, row?.password ?? null)) {
        if (tries.failures > 0) await this.#tried(name, noTries)
        return row!
      }
      const after = afterWrong(tries, now())
      // On the disk before it is answered: a restart gives nobody ten more.
      await this.#tried(name, after)
      if (row) await record('password.wrong', row.name, { account: row.id, failures: after.failures })
      if (after.lockedUntilMs !== null) throw new AccountLocked(after.lockedUntilMs, now())
      throw new EdgewrightError('password-wrong', 'name and password do not belong together')
    })
  }

  #tried(name: string, { failures, lockedUntilMs }: Tries): Promise<void> {
    const { db, now } = this.#parts
    return keepTries(db, hashed(nameKey(name)), {
      failures,
      locked_until: lockedUntilMs === null ? null : new Date(lockedUntilMs),
      last_at: new Date(now()),
    })
  }

  #hash(password: string): Promise<PasswordHash> {
    const { passwords } = this.#parts
    return passwords.inTurn(() => passwords.hash(password))
  }

  async #known(id: number): Promise<AccountRow> {
    const row = await accountById(this.#parts.db, id)
    if (row) return row
    throw unknown(id)
  }

  async #shown(rows: readonly AccountRow[]): Promise<Account[]> {
    const { db, now } = this.#parts
    const tries = await triesOf(
      db,
      rows.map((row) => hashed(row.name_key)),
    )
    return rows.map((row) => {
      const kept = tries.find((each) => each.name_hash === hashed(row.name_key))
      const until =
        kept &&
        lockedUntil({ failures: kept.failures, lockedUntilMs: kept.locked_until?.getTime() ?? null }, now())
      return {
        ...{ id: row.id, name: row.name, roles: row.roles, ready: row.password !== null },
        createdAt: row.created_at.toISOString(),
        createdBy: row.created_by,
        lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
        lockedUntil: until ? new Date(until).toISOString() : null,
      }
    })
  }
}

const unknown = (id: number) => new EdgewrightError('account-unknown', `nobody here has the number ${id}`)
