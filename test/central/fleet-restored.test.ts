import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Fleet } from '#support/fleet/cycles.ts'

const fleet = new Fleet({ seed: 6, serverUrl: inject('databaseUrl') })
beforeAll(() => fleet.start())
afterAll(() => fleet.stop())

const some = async () => {
  for (const machine of fleet.machines) {
    const before = machine.kept.size
    machine.work()
    while (machine.kept.size < before + 8) await sleep(20)
  }
  const [found] = await fleet.verify()
  expect(found).toMatchObject({ missing: [], wrong: [] })
  return found!.rows
}

it('a central that was restored from a backup gets again what it lost, of streams too on which nothing new happens', async () => {
  const kept = await some()
  await fleet.home.backUp()
  const then = await some()
  expect(then).toBeGreaterThan(kept)
  await fleet.restoreCentral()
  // News of the machine bring its next heartbeat before a minute is over; no reading comes any more.
  expect(await fleet.machines[0]!.swap()).toBe(true)
  const [found] = await fleet.verify()
  expect(found).toMatchObject({ missing: [], wrong: [], gone: [] })
  expect(found!.rows).toBeGreaterThanOrEqual(then)
  const { items } = await fleet.central.json<{ items: { kind: string }[] }>('GET', '/api/log?limit=50')
  expect(items.map(({ kind }) => kind)).toContain('instance.renewed')
})
