import type { Row } from './row.ts'
import { type Limits, loops, unfit } from './rows-bad.ts'
import { errors, fullDisk, offline, readOnlyDisk } from './rows-disk.ts'
import { kills } from './rows-kill.ts'
import { state } from './rows-state.ts'
import { rotten, torn } from './rows-torn.ts'
import { atOnce, barred } from './rows-ways.ts'

/** Rows 34 to 43 of UPDATES.md, and of row 28 what concerns installing. */
export const faultTable = (limits: Limits): Row[] => [
  ...fullDisk,
  ...kills,
  ...errors,
  ...torn,
  ...state,
  ...readOnlyDisk,
  ...loops,
  ...unfit(limits),
  ...offline,
  ...rotten,
  ...barred,
  ...atOnce,
]
