import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Deployments } from '#edge/deploy/deployments.ts'
import { deploySite } from '#support/deploy-site.ts'
import { type Base, smallBase, type Version, versionOf } from '#support/versions.ts'

let base: Base
let [one, two, three]: Version[] = []
let site: ReturnType<typeof deploySite>
let here: Deployments

beforeAll(async () => {
  base = await smallBase('m')
  const make = (release: number) => versionOf(base, { version: `1.${release}.0`, release })
  one = await make(1)
  two = await make(2)
  three = await make(3)
})
afterEach(async () => {
  await here.close()
  await site.remove()
})

const who = { by: 'T. Okafor (admin)', reason: 'false alarms' }
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
const slots = () => {
  const { running, previous, staged } = here.list()[0]!.slots
  return [running, previous, staged].map((slot) => slot && `${slot.version} ${slot.deployment.state}`)
}
const served = () => here.pipeline('m').route.running.manifest.version

async function twoVersions(options: Parameters<typeof deploySite>[0] = {}) {
  site = deploySite(options)
  here = site.deployments
  await site.install(one!.bytes)
  await site.install(two!.bytes)
  await here.activate('m', { version: '1.2.0', mode: 'replace', reason: 'newer' }, who)
}

/** As after kill -9. */
async function killed(): Promise<void> {
  here = site.again()
  await here.start()
}

describe('a start', () => {
  it('takes a version that brings the runtime down back, but to none that was revoked', async () => {
    await twoVersions({ healthWindowS: 300 })
    await site.forbid({ minimumRelease: { m: 2 } })
    for (let k = 0; k < 4; k++) await killed()
    expect([served(), slots()]).toEqual(['1.2.0', ['1.2.0 running', '1.1.0 previous', null]])
    await site.forbid({})
    await killed()
    expect([served(), slots()]).toEqual(['1.1.0', ['1.1.0 running', null, '1.2.0 rolled-back']])
  })

  it('goes on with no canary of a version that was taken back meanwhile', async () => {
    await twoVersions()
    await site.install(three!.bytes)
    await here.activate('m', { version: '1.3.0', mode: 'canary', percent: 50, reason: 'try' }, who)
    here = site.again()
    const before = site.lanes.length
    const starting = here.start()
    // The running version cannot be loaded, while the candidate's copy is still being hashed.
    while (site.lanes.length === before) await new Promise((resolve) => setImmediate(resolve))
    site.lanes[before]!.set({ state: 'failed', reason: 'it cannot be loaded' })
    await starting
    await expect.poll(slots).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
    await turn()
    const { route } = here.pipeline('m')
    expect([served(), route.canary, route.running.lane.status.state]).toEqual(['1.1.0', undefined, 'ready'])
  })
})

describe('a drill', () => {
  it('sends nothing to a previous version that has failed since: it is loaded first', async () => {
    await twoVersions()
    const previous = site.lanes.find(({ status }) => status.state === 'ready')!
    previous.set({ state: 'failed', reason: 'it crashed' })
    expect(await here.drill('m', who)).toMatchObject({ from: '1.2.0', to: '1.1.0' })
    previous.set({ state: 'failed', reason: 'it crashed' })
  })

  it('sends nothing to a previous version that answers wrongly', async () => {
    await twoVersions()
    const previous = site.lanes.find(({ status }) => status.state === 'ready')!
    previous.infer = () => Promise.reject(new EdgewrightError('inference-failed', 'not today'))
    const refusal = { code: 'lane-failed', message: expect.stringMatching(/did not answer as it should/) }
    const said = expect(here.drill('m', who)).rejects.toMatchObject(refusal)
    const decided: string[] = []
    const reading = (k: number) => ({
      asset: `press ${k}`,
      time: new Date(site.at.nowMs).toISOString(),
      values: { a: 0.5, b: 0.25 },
    })
    for (let k = 0; k < 50; k++)
      decided.push(...(await here.pipeline('m').decide([reading(k)])).map(({ verdict }) => verdict))
    await said
    expect(new Set(decided)).toEqual(new Set(['alert']))
    expect(here.list()[0]!.drills[0]).toMatchObject({ passed: false, lost: 0 })
  })

  it('that cannot be held says why in the record', async () => {
    await twoVersions()
    const previous = site.lanes.find(({ status }) => status.state === 'ready')!
    previous.set({ state: 'failed', reason: 'it crashed' })
    site.hand.loadsAtOnce = false
    const before = site.lanes.length
    const drilling = here.drill('m', who)
    await expect.poll(() => site.lanes.length).toBe(before + 1)
    await site.lanes.at(-1)!.close()
    await expect(drilling).rejects.toMatchObject({ code: 'lane-failed' })
    expect(here.list()[0]!.drills[0]).toMatchObject({ passed: false, thereMs: null, lost: 0 })
    expect(served()).toBe('1.2.0')
  })
})

describe('the way back', () => {
  it('is not called ready while the previous version answers wrongly', async () => {
    await twoVersions()
    const previous = site.lanes.find(({ status }) => status.state === 'ready')!
    const { infer } = previous
    previous.infer = () => Promise.reject(new EdgewrightError('inference-failed', 'not today'))
    const way = async (expected: object) => {
      site.at.nowMs += 31_000
      await here.tick()
      await expect.poll(() => here.list()[0]!.rollback).toMatchObject(expected)
    }
    await way({ ready: false, expectedMs: null, text: expect.stringMatching(/not today/) })
    previous.infer = infer
    await way({ ready: true })
  })
})

describe('an activation that the journal refuses at its end', () => {
  it('leaves the candidate where another may take its place', async () => {
    site = deploySite()
    here = site.deployments
    await site.install(one!.bytes)
    await site.install(two!.bytes)
    const write = site.journal.write.bind(site.journal)
    let refused = 0
    site.journal.write = (work) => {
      const isIn = here.list()[0]!.slots.running?.version === '1.2.0'
      if (isIn && refused++ === 0)
        return Promise.reject(new EdgewrightError('journal-unwritable', 'no space is left'))
      return write(work)
    }
    const activating = here.activate('m', { version: '1.2.0', mode: 'replace', reason: 'newer' }, who)
    await expect(activating).rejects.toMatchObject({ code: 'journal-unwritable' })
    expect(slots()).toEqual(['1.1.0 running', null, '1.2.0 staged'])
    await site.install(three!.bytes)
    expect(slots()).toEqual(['1.1.0 running', null, '1.3.0 staged'])
  })
})
