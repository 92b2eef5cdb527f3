import { afterAll, beforeAll, expect, it } from 'vitest'
import { Fleet } from '#support/fleet/cycles.ts'
import { soak } from '#support/fleet/soak.ts'

/** On the embedded database; EDGEWRIGHT_TEST_DATABASE_URL names another server, whose connections then end in place of the server. */
const serverUrl = process.env['EDGEWRIGHT_TEST_DATABASE_URL']
const cycles = Number(process.env['EDGEWRIGHT_FLEET_CYCLES'] ?? 1000)
const seed = Number(process.env['EDGEWRIGHT_FLEET_SEED'] ?? 6)
const hoursMs = 3600_000

const fleet = new Fleet({ seed, ...(serverUrl && { serverUrl }) })
const figures: string[] = [`seed ${seed}`]
beforeAll(() => fleet.start())
afterAll(async () => {
  process.stdout.write(`\n${figures.join('\n')}\n\n`)
  await fleet.stop()
})

it(
  `${cycles} random cycles: nothing that was acknowledged is lost, nothing is there twice, alerts and the record are in order`,
  async () => {
    const soaked = await soak(fleet, cycles, 25)
    figures.push(...soaked.figures)
    if (fleet.home.fill === undefined)
      figures.push('skipped: a full disk at central (needs root, Linux and the embedded database)')
    expect(soaked.wrong).toEqual([])
  },
  4 * hoursMs,
)
