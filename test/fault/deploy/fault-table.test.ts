import { afterAll, beforeAll, describe, it } from 'vitest'
import { lacking } from '#support/faults/needs.ts'
import { makeBase, play } from '#support/faults/row.ts'
import { Site } from '#support/faults/site.ts'
import { faultTable } from '#support/faults/table.ts'
import type { Base } from '#support/versions.ts'

/** The fault table of UPDATES.md, rows 34 to 43: all rows. */
const rows = faultTable({ deadlineMs: 1000, memoryMb: 1024 })

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
