import { afterEach, beforeAll, expect, it } from 'vitest'
import { deploySite, revoked } from '#support/deploy-site.ts'
import { type Base, smallBase, type Version, versionOf } from '#support/versions.ts'

/** A revocation that comes in while the very version is being put in place. */
let [one, two]: Version[] = []
let site: ReturnType<typeof deploySite>

beforeAll(async () => {
  const base: Base = await smallBase('m')
  one = await versionOf(base, { version: '1.1.0', release: 1 })
  two = await versionOf(base, { version: '1.2.0', release: 2 })
})
afterEach(() => site.remove())

const who = { by: 'T. Okafor (admin)', reason: 'newer' }
const replace = (version: string) =>
  site.deployments.activate('m', { version, mode: 'replace', reason: 'newer' }, who)
const found = () => site.deployments.list()[0]!.slots
const slots = () => {
  const { running, previous, staged } = found()
  return [running, previous, staged].map((slot) => slot && `${slot.version} ${slot.deployment.state}`)
}
/** As a commit of newer metadata does. */
async function stop(digest: string): Promise<void> {
  await site.forbid({ revoked: [revoked(digest)] })
  await site.deployments.enforce()
}

it('keeps out a version that is brought back into service', async () => {
  site = deploySite()
  await site.install(one!.bytes)
  const { digest } = found().running!
  await stop(digest)
  expect(slots()).toEqual(['1.1.0 withdrawn', null, null])
  await site.forbid({})
  site.hand.qualifying = () => stop(digest)
  await expect(replace('1.1.0')).rejects.toMatchObject({ code: 'version-barred' })
  expect(slots()).toEqual(['1.1.0 withdrawn', null, null])
})

it('takes back a version that has just been written down as running', async () => {
  site = deploySite()
  await site.install(one!.bytes)
  await site.install(two!.bytes)
  const { digest } = found().staged!
  const write = site.journal.write.bind(site.journal)
  site.journal.write = async (work) => {
    if (found().running?.version !== '1.2.0') return write(work)
    site.journal.write = write
    await stop(digest)
    return write(work)
  }
  await expect(replace('1.2.0')).rejects.toMatchObject({ code: 'model-busy' })
  expect(slots()[0]).toBe('1.1.0 running')
  expect(site.deployments.pipeline('m').route.running.manifest.version).toBe('1.1.0')
})

it('lets no answer of a version stand that was stopped while it was written down as back in service', async () => {
  site = deploySite()
  await site.install(one!.bytes)
  const { digest } = found().running!
  await stop(digest)
  await site.forbid({})
  const write = site.journal.write.bind(site.journal)
  site.journal.write = async (work) => {
    if (found().running?.deployment.state !== 'running') return write(work)
    site.journal.write = write
    await stop(digest)
    return write(work)
  }
  await expect(replace('1.1.0')).rejects.toMatchObject({ code: 'model-busy' })
  expect(slots()[0]).toBe('1.1.0 withdrawn')
  expect(site.deployments.pipeline('m').route.running.lane.status.state).not.toBe('ready')
})

it('does not go back to a previous version that was revoked while it was loaded', async () => {
  site = deploySite()
  await site.install(one!.bytes)
  await site.install(two!.bytes)
  await replace('1.2.0')
  const { digest } = found().previous!
  site.lanes.find(({ status }) => status.state === 'ready')!.set({ state: 'failed', reason: 'it crashed' })
  site.hand.loadsAtOnce = false
  const before = site.lanes.length
  const back = site.deployments.rollback('m', who, 'admin')
  while (site.lanes.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
  await stop(digest)
  site.lanes.at(-1)!.load()
  await expect(back).rejects.toMatchObject({ code: 'version-barred' })
  expect(slots()[0]).toBe('1.2.0 running')
})
