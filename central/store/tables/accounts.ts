import type { ColumnType, Generated, Insertable, Selectable } from 'kysely'
import type { TokenRole } from '#core/contracts/accounts.ts'
import type { CentralRole } from '#core/contracts/central.ts'

/** A password as it is kept: never itself. The parameters stand beside each, so that they can rise later. */
export interface PasswordHash {
  /** base64 */
  salt: string
  /** base64 */
  hash: string
  N: number
  r: number
  p: number
}

export interface AccountTables {
  /** What people and the server did here, in order; append only. */
  central_log: {
    id: Generated<number>
    at: ColumnType<Date, Date | string, never>
    by: string
    kind: string
    body: ColumnType<unknown, string, never>
  }
  accounts: {
    id: Generated<number>
    name: string
    /** As names are compared: two that people would take for the same are one. */
    name_key: string
    roles: CentralRole[]
    /** null: an invitation waits. */
    password: ColumnType<PasswordHash | null, string | null, string | null>
    created_at: Date
    created_by: string
    last_sign_in_at: Date | null
  }
  /** Wrong passwords in a row, by sha256 of the name as it was typed: people type passwords there too. */
  sign_in_tries: { name_hash: string; failures: number; locked_until: Date | null; last_at: Date }
  /** Links that were given out and not used. */
  sign_in_codes: {
    /** sha256 of the code, hex */
    hash: string
    /** null: of the token's holder; with `wants_password`, the first admin. */
    account: number | null
    wants_password: boolean
    expires_at: Date
  }
  sessions: {
    /** sha256 of what the cookie holds, hex */
    hash: string
    account: number | null
    created_at: Date
    seen_at: Date
    expires_at: Date
  }
  access_tokens: {
    id: Generated<number>
    account: number
    name: string
    role: TokenRole
    /** sha256 of the token, hex */
    hash: string
    created_at: Date
    created_by: string
    expires_at: Date
    last_used_at: Date | null
  }
  /** One row: which life of this server this is. A new one begins where its database was restored or copied. */
  instance: {
    one: Generated<boolean>
    id: string
    made_at: Date
    /** The database server and timeline that it was made on. */
    system: string
  }
}
export type AccountRow = Selectable<AccountTables['accounts']>
export type LogRow = Selectable<AccountTables['central_log']>
export type NewLogRow = Insertable<AccountTables['central_log']>
