import { afterAll, beforeAll, describe, it } from 'vitest'
import { lacking } from '#support/faults/needs.ts'
import { makeBase, play, type Row } from '#support/faults/row.ts'
import { loops, unfit } from '#support/faults/rows-bad.ts'
import { errors, fullDisk, offline, readOnlyDisk } from '#support/faults/rows-disk.ts'
import { kills } from '#support/faults/rows-kill.ts'
import { state } from '#support/faults/rows-state.ts'
import { rotten, torn } from '#support/faults/rows-torn.ts'
import { atOnce, barred } from '#support/faults/rows-ways.ts'
import { Site } from '#support/faults/site.ts'
import type { Base } from '#support/versions.ts'

/** The fault table of UPDATES.md, rows 34 to 43, as far as a minute allows; test/fault/deploy has all of it. */
const quick = { deadlineMs: 1000, memoryMb: 300 }
const rows: Row[] = [
  ...fullDisk,
  ...kills,
  ...errors,
  ...torn,
  ...state,
  ...readOnlyDisk,
  ...loops,
  ...unfit(quick),
  ...offline,
  ...rotten,
  ...barred,
  ...atOnce,
]

let base: Base
let site: Site | undefined
const shared = async () => {
  if (!site) {
    site = new Site()
    await site.start()
  }
  return site
}
beforeAll(async () => {
  base = await makeBase()
})
afterAll(() => site?.remove())

describe('the fault table', () => {
  it.for(rows.map((row, k) => ({ ...row, k })))('$row: $title', async ({ k, ...row }, { skip }) => {
    const why = lacking(row.needs)
    skip(why !== undefined, why)
    await play(row, base, `row-${row.row}-${k}`, shared)
  })
})
