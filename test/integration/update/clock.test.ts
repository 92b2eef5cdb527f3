import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { id, Machine, reading } from '#support/update-faults/machine.ts'
import { Packages } from '#support/update-faults/packages.ts'
import { Reader } from '#support/update-faults/reader.ts'
import { type Saved, saved } from '#support/update-faults/restorable.ts'

/**
 * Row 52 of UPDATES.md: the runtime's clock is set wrong, while it runs and between two starts. The readings are those of a
 * source that has its time from this machine, of another asset each time: what the intake says of a source whose clock goes
 * another way (time-in-future, time-backward) is not looked at here.
 */
let site: SignedSite
let server: RepositoryServer
let edge: TestEdge
let machine: Machine
let reader: Reader | undefined
let before: Saved
const packages = new Packages()
/** How far the machine's clock is off, ms. */
let offMs = 0

const now = () => Date.now() + offMs
const to1970 = () => -Date.now() + 60_000
const tenYearsMs = 10 * 365.25 * 86_400_000
const aDayMs = 86_400_000

beforeAll(async () => {
  site = await signedSite({ packages: [await packages.file('1.0.0')] })
  server = await serveRepository(site.dir)
  edge = await startTestEdge({ allowUnsigned: false, now })
  machine = new Machine(() => edge)
  await machine.trust(site.root(), site.site, server.url)
  await machine.check()
  await site.assign(await site.publish({ file: await packages.file('1.1.0') }))
  await machine.check()
  expect(await machine.slots()).toEqual(['1.1.0 running', '1.0.0 previous', null])
  before = saved(site)
})
afterAll(async () => {
  await reader?.end()
  await edge?.remove()
  await server?.close()
  for (const one of [before, site, packages]) one?.remove()
})

let clocks = 0

async function setClock(ms: number): Promise<(...versions: string[]) => Promise<void>> {
  await reader?.end()
  offMs = ms
  clocks += 1
  const asset = `mill-${clocks}`
  reader = new Reader(machine.client, () => reading(asset, now()))
  return reader.watch()
}

/** A version that waits for a technician once it is here. */
async function publish(version: string): Promise<void> {
  const published = await site.publish({ file: await packages.file(version, 3) })
  await site.assign({ ...published, activate: 'by-technician' })
}

/** The floor is what was signed, never what the machine's own clock says. */
async function expectFloor(behind: boolean): Promise<void> {
  const { clock } = await machine.updates()
  expect(clock.behind).toBe(behind)
  expect(clock.floorMs).toBe(Math.floor(site.nowMs / 1000) * 1000)
}

const expiredAt = (role: string) =>
  new RegExp(`^${role} version \\d+ ended on \\S+; by the clock of this machine it is `)

describe('row 52: a wrong clock while the runtime runs', () => {
  it('1970: the signed floor is believed, and what ended before it stays ended', async () => {
    const answered = await setClock(to1970())
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
    await expectFloor(true)
    const expires = new Date(site.nowMs - aDayMs).toISOString()
    await site.put('timestamp', { edit: (timestamp) => Object.assign(timestamp, { expires }) })
    const { code, message } = await machine.check()
    expect(code).toBe('update-expired')
    expect(message).toMatch(expiredAt('timestamp'))
    expect(message).toContain(`it is ${new Date((await machine.updates()).clock.floorMs).toISOString()}`)
    before.restore()
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
    await answered('1.1.0')
  })

  it('+10 years: no new trust, and it is said; what runs goes on, and so does the way back', async () => {
    const answered = await setClock(tenYearsMs)
    await publish('1.2.0')
    const [slots, installed] = [await machine.slots(), machine.packages()]
    const { code, status, message, updates } = await machine.check()
    expect([code, status]).toEqual(['update-expired', 409])
    expect(message).toMatch(expiredAt('(root|timestamp)'))
    expect(updates).toMatchObject({ trust: 'expired', lastCheck: { ok: false, problem: message } })
    expect(updates.view?.assigned).toMatchObject([{ version: '1.1.0' }])
    expect(await machine.slots()).toEqual(slots)
    expect([machine.packages(), machine.leftovers()]).toEqual([installed, []])
    await expectFloor(false)
    // After ten years a rehearsal of the way back is due, in which 1.0.0 serves for a moment.
    await answered('1.1.0', '1.0.0')
    await edge.client.json('POST', `/api/models/${id}/rollback`, { reason: 'a test' })
    expect(await machine.slots()).toEqual(['1.0.0 running', null, '1.1.0 rolled-back'])
    await answered('1.1.0', '1.0.0')
  })

  it('right again: it asks by itself, and what was held back comes', async () => {
    const answered = await setClock(0)
    while ((await machine.updates()).trust === 'expired' || (await machine.slots())[2] !== '1.2.0 staged')
      await sleep(50)
    expect(await machine.updates()).toMatchObject({ trust: 'current', lastCheck: { ok: true } })
    expect(await machine.slots()).toEqual(['1.0.0 running', null, '1.2.0 staged'])
    await expectFloor(false)
    await answered('1.0.0')
  })

  it('backwards by a year: what was signed since is not forgotten', async () => {
    const answered = await setClock(-365 * aDayMs)
    await publish('1.3.0')
    expect(await machine.check()).toMatchObject({
      code: 'done',
      updates: { trust: 'current', progress: [{ version: '1.3.0', state: 'waiting' }] },
    })
    await expectFloor(true)
    await answered('1.0.0')
  })
})

describe('row 52: a clock that was set wrong between two starts', () => {
  const restart = async (ms: number) => {
    await reader?.end()
    offMs = ms
    edge = await edge.restart()
    return setClock(ms)
  }

  it.each([
    ['1970', to1970(), true],
    ['a day back', -aDayMs, true],
  ])('%s: trust goes on from the floor that was kept', async (_, ms, behind) => {
    const answered = await restart(ms)
    expect(await machine.updates()).toMatchObject({ trust: 'current' })
    await expectFloor(behind)
    expect(await machine.check()).toMatchObject({ code: 'done' })
    expect((await machine.slots())[0]).toBe('1.0.0 running')
    await answered('1.0.0')
  })

  it('+10 years: expired from the start, and the same version answers', async () => {
    const answered = await restart(tenYearsMs)
    expect(await machine.updates()).toMatchObject({ trust: 'expired' })
    expect(await machine.check()).toMatchObject({ code: 'update-expired', updates: { trust: 'expired' } })
    expect((await machine.slots())[0]).toBe('1.0.0 running')
    await expectFloor(false)
    await answered('1.0.0')
    await setClock(0)
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
  })
})
