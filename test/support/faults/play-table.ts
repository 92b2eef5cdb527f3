import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Base } from '../versions.ts'
import { lacking } from './needs.ts'
import { makeBase, play, type Row } from './row.ts'
import { Site } from './site.ts'

/** A test per row; a row whose needs this machine lacks says skipped, with the reason. */
export function playTable(rows: readonly Row[]): void {
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
}
