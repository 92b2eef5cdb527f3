import type { ColumnType, Generated, Insertable, Selectable } from 'kysely'

export interface AccountTables {
  /** What people and the server did here, in order; append only. */
  central_log: {
    id: Generated<number>
    at: ColumnType<Date, Date | string, never>
    by: string
    kind: string
    body: ColumnType<unknown, string, never>
  }
}
export type LogRow = Selectable<AccountTables['central_log']>
export type NewLogRow = Insertable<AccountTables['central_log']>
