import { base } from './0001-base.ts'

/** Forward migrations in their order, as SQL. What was released is never edited, only added to. */
export const migrations: Readonly<Record<string, string>> = {
  '0001-base': base,
}
