import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Fleet } from '#support/fleet/cycles.ts'
import { soak } from '#support/fleet/soak.ts'

/** Of these every act comes, and few of those that start a program; a thousand, with a full disk and restored backups of central: npm run test:fault. */
const without = ['back up central', 'restore central'] as const
const fleet = new Fleet({ seed: 1899, serverUrl: inject('databaseUrl'), without })
beforeAll(() => fleet.start())
afterAll(() => fleet.stop())

const hungMs = 600_000
it(
  '30 random cycles of kills, cuts and bad lines lose and double nothing',
  async () => {
    const { wrong, figures } = await soak(fleet, 30, 15)
    expect([wrong, figures[0]]).toEqual([[], expect.stringContaining('30 cycles')])
  },
  hungMs,
)
