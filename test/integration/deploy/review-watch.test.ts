import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { deploySite } from '#support/deploy-site.ts'
import { guardrailOf } from '#support/guardrails.ts'
import { type Base, smallBase, type Version, versionOf } from '#support/versions.ts'

let base: Base
let [one, two, three]: Version[] = []
let site: ReturnType<typeof deploySite>

const make = (release: number, edit?: (manifest: Manifest) => unknown) =>
  versionOf(base, { version: `1.${release}.0`, release, ...(edit && { edit }) })
beforeAll(async () => {
  base = await smallBase('m')
  one = await make(1)
  two = await make(2)
  three = await make(3)
})
afterEach(() => site.remove())

const who = { by: 'T. Okafor (admin)', reason: 'false alarms' }
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
const replace = (version: string) =>
  site.deployments.activate('m', { version, mode: 'replace', reason: 'newer' }, who)
const canary = (version: string) =>
  site.deployments.activate('m', { version, mode: 'canary', percent: 50, reason: 'try' }, who)
const slots = () => {
  const { running, previous, staged } = site.deployments.list()[0]!.slots
  return [running, previous, staged].map((slot) => slot && `${slot.version} ${slot.deployment.state}`)
}
const route = () => site.deployments.pipeline('m').route
const served = () => route().running.manifest.version
const decide = (a = 0.5, asset = 'press') =>
  site.deployments
    .pipeline('m')
    .decide([{ asset, time: new Date(site.at.nowMs).toISOString(), values: { a, b: 0.25 } }])
const isFull = () => new EdgewrightError('journal-unwritable', 'no space is left on the disk')

async function twoVersions(options: Parameters<typeof deploySite>[0] = {}, [first, second] = [one!, two!]) {
  site = deploySite(options)
  await site.install(first!.bytes)
  await site.install(second!.bytes)
  await replace(second!.manifest.version)
}

const manyAlerts = (action: Guardrail['then']) =>
  guardrailOf({ when: { metric: 'alert-rate', above: 0.5, atLeast: 1, overS: 60 }, action })
const guarded = (release: number, action: Guardrail['then']) =>
  make(release, (manifest) => {
    manifest.guardrails = [manyAlerts(action)]
    manifest.fallback = { rules: [{ when: 'a > 0.9', alert: 'class-1' }] }
  })

describe('a drill', () => {
  it('clears no alert of the version that it comes back to', async () => {
    const renamed = await make(2, ({ decision }) => {
      decision.alerts[0]!.id = 'its-own'
    })
    await twoVersions({}, [one!, renamed])
    const [decision] = await decide()
    expect(site.alerts.get(decision!.alertId!)).toMatchObject({ rule: 'its-own', state: 'unacknowledged' })
    await site.deployments.drill('m', who)
    await turn()
    expect(site.alerts.get(decision!.alertId!)).toMatchObject({ rule: 'its-own', state: 'unacknowledged' })
  })

  it('brings back no canary that was ended meanwhile', async () => {
    await twoVersions()
    await site.install(three!.bytes)
    await canary('1.3.0')
    const lane = site.lanes.at(-1)!
    const there = site.lanes.find(({ status }) => status.state === 'ready')!
    const infer = there.infer.bind(there)
    there.infer = async (request) => {
      there.infer = infer
      lane.set({ state: 'failed', reason: 'it crashed' })
      await turn()
      return infer(request)
    }
    await site.deployments.drill('m', who)
    await expect.poll(slots).toEqual(['1.2.0 running', '1.1.0 previous', '1.3.0 rolled-back'])
    expect(route().canary).toBeUndefined()
  })

  it('takes back the version that failed while it was away', async () => {
    await twoVersions()
    const there = site.lanes.find(({ status }) => status.state === 'ready')!
    const here = site.deployments.pipeline('m').route.running.lane as (typeof site.lanes)[number]
    const infer = there.infer.bind(there)
    there.infer = async (request) => {
      there.infer = infer
      here.set({ state: 'failed', reason: 'it crashed' })
      await turn()
      return infer(request)
    }
    await site.deployments.drill('m', who).catch(() => undefined)
    await expect
      .poll(() => [served(), slots()])
      .toEqual(['1.1.0', ['1.1.0 running', null, '1.2.0 rolled-back']])
  })
})

describe('a guardrail', () => {
  it('takes back also where its firing cannot be written', async () => {
    await twoVersions({}, [one!, await guarded(2, 'rollback')])
    await decide()
    const write = site.journal.write.bind(site.journal)
    let failures = 1
    site.journal.write = (work) => (failures-- > 0 ? Promise.reject(isFull()) : write(work))
    await site.deployments.tick()
    await expect.poll(slots).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
  })

  it('goes on watching while what happened cannot be written', async () => {
    await twoVersions({}, [one!, await guarded(2, 'rollback')])
    await decide()
    site.journal.write = () => Promise.reject(isFull())
    await site.deployments.tick()
    await expect.poll(served).toBe('1.1.0')
  })

  it('of the version before does not take back the one that just comes in', async () => {
    site = deploySite()
    await site.install((await guarded(1, 'rollback')).bytes)
    await site.install(two!.bytes)
    await decide()
    const write = site.journal.write.bind(site.journal)
    let ticking: Promise<void> | undefined
    site.journal.write = (work) => {
      const { running } = site.deployments.list()[0]!.slots
      if (running?.version !== '1.2.0' || ticking) return write(work)
      ticking = site.deployments.tick()
      return turn().then(() => write(work))
    }
    await replace('1.2.0')
    await ticking
    expect([served(), slots()]).toEqual(['1.2.0', ['1.2.0 running', '1.1.0 previous', null]])
  })

  it('that takes a version out ends what is compared with it', async () => {
    await twoVersions({}, [one!, await guarded(2, 'fallback')])
    await site.install(three!.bytes)
    await canary('1.3.0')
    for (const asset of 'abcdefgh') await decide(0.5, asset)
    await site.deployments.tick()
    await expect.poll(slots).toEqual(['1.2.0 withdrawn', '1.1.0 previous', '1.3.0 staged'])
    await expect.poll(() => [route().canary, site.open()]).toEqual([undefined, 1])
    await expect(canary('1.3.0')).rejects.toMatchObject({ code: 'no-candidate' })
    await site.forbid({ minimumRelease: { m: 3 } })
    await expect(replace('1.2.0')).rejects.toMatchObject({ code: 'version-barred' })
  })
})

describe('what the journal refuses', () => {
  it('has not changed, also where figures were noted meanwhile', async () => {
    site = deploySite()
    await site.install(one!.bytes)
    await site.install(two!.bytes)
    const write = site.journal.write.bind(site.journal)
    site.journal.write = async (work) => {
      if (site.deployments.list()[0]!.slots.running?.version !== '1.2.0') return write(work)
      site.at.nowMs += 10_000
      site.journal.write = write
      await site.deployments.tick()
      throw isFull()
    }
    await expect(replace('1.2.0')).rejects.toMatchObject({ code: 'journal-unwritable' })
    expect(slots()[0]).toBe('1.1.0 running')
    expect(served()).toBe('1.1.0')
  })

  it('keeps no version from starting', async () => {
    await twoVersions()
    await site.deployments.close()
    const write = site.journal.write.bind(site.journal)
    site.journal.write = () => Promise.reject(isFull())
    const again = site.again()
    await again.start()
    expect(again.pipeline('m').route.running.manifest.version).toBe('1.2.0')
    site.journal.write = write
    await again.close()
  })
})

describe('a package that was refused', () => {
  it('may come again', async () => {
    site = deploySite()
    await site.install(one!.bytes)
    await site.install(two!.bytes)
    site.hand.qualifying = () => Promise.reject(new EdgewrightError('package-refused', 'too slow'))
    await expect(replace('1.2.0')).rejects.toMatchObject({ code: 'package-refused' })
    expect(slots()).toEqual(['1.1.0 running', null, '1.2.0 refused'])
    await site.install(two!.bytes)
    expect(slots()).toEqual(['1.1.0 running', null, '1.2.0 staged'])
  })

  it('leaves nobody who listens', async () => {
    site = deploySite()
    let listening = 0
    const onChange = site.alerts.onChange.bind(site.alerts)
    site.alerts.onChange = (listener) => {
      listening += 1
      const end = onChange(listener) as unknown as (() => void) | undefined
      return () => {
        listening -= 1
        end?.()
      }
    }
    site.hand.qualifying = () => Promise.reject(new EdgewrightError('package-refused', 'too slow'))
    await expect(site.install(one!.bytes)).rejects.toMatchObject({ code: 'package-refused' })
    expect([listening, site.deployments.list(), site.open()]).toEqual([0, [], 0])
  })
})
