import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { deploySite } from '#support/deploy-site.ts'
import { guardrailOf } from '#support/guardrails.ts'
import { type Base, smallBase, type Version, versionOf } from '#support/versions.ts'

let base: Base
let [one, two, three]: Version[] = []
let site: ReturnType<typeof deploySite>

beforeAll(async () => {
  base = await smallBase('m')
  const make = (release: number, edit?: (manifest: Manifest) => unknown) =>
    versionOf(base, { version: `1.${release}.0`, release, ...(edit && { edit }) })
  one = await make(1)
  two = await make(2)
  three = await make(3)
})
afterEach(() => site.remove())

const who = { by: 'T. Okafor (admin)', reason: 'false alarms' }
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
const replace = (version: string) =>
  site.deployments.activate('m', { version, mode: 'replace', reason: 'newer' }, who)
const slots = () => {
  const { running, previous, staged } = site.deployments.list()[0]!.slots
  return [running, previous, staged].map((slot) => slot && `${slot.version} ${slot.deployment.state}`)
}
const served = () => site.deployments.pipeline('m').route.running.manifest.version
const isReady = () => site.deployments.pipeline('m').route.running.lane.status.state
const decide = (a = 0.5, asset = 'press') =>
  site.deployments
    .pipeline('m')
    .decide([{ asset, time: new Date(site.at.nowMs).toISOString(), values: { a, b: 0.25 } }])

async function twoVersions(options: Parameters<typeof deploySite>[0] = {}, [first, second] = [one!, two!]) {
  site = deploySite(options)
  await site.install(first!.bytes)
  await site.install(second!.bytes)
  await replace(second!.manifest.version)
}

describe('a rollback while something else is under way', () => {
  it('is not undone by a canary that begins', async () => {
    await twoVersions()
    await site.install(three!.bytes)
    const request = { version: '1.3.0', mode: 'canary', percent: 50, reason: 'try' } as const
    const write = site.journal.write.bind(site.journal)
    let back: Promise<unknown> | undefined
    // Between the state made durable and the flip.
    site.journal.write = (work) => {
      const { staged } = site.deployments.list()[0]!.slots
      if (staged?.deployment.state === 'canary') back ??= site.deployments.rollback('m', who, 'admin')
      return write(work)
    }
    await expect(site.deployments.activate('m', request, who)).rejects.toMatchObject({ code: 'model-busy' })
    await back
    await expect.poll(slots).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
    expect([served(), isReady()]).toEqual(['1.1.0', 'ready'])
  })

  it('is not undone by a withdrawn version that qualifies again', async () => {
    const guarded = (guardrail: Guardrail) => (manifest: Manifest) => {
      manifest.guardrails = [guardrail]
      manifest.fallback = { rules: [{ when: 'a > 0.9', alert: 'class-1' }] }
    }
    const fallback = guardrailOf({
      when: { metric: 'alert-rate', above: 0.5, atLeast: 1, overS: 60 },
      action: 'fallback',
    })
    const bad = await versionOf(base, { version: '1.2.0', release: 2, edit: guarded(fallback) })
    await twoVersions({}, [one!, bad])
    await decide()
    await site.deployments.tick()
    expect(slots()).toEqual(['1.2.0 withdrawn', '1.1.0 previous', null])
    const held = Promise.withResolvers<void>()
    site.hand.qualifying = () => held.promise
    const reinstating = replace('1.2.0')
    await site.deployments.rollback('m', who, 'admin')
    held.resolve()
    await expect(reinstating).rejects.toMatchObject({ code: 'model-busy' })
    expect(slots()).toEqual(['1.1.0 running', null, '1.2.0 rolled-back'])
    expect([served(), isReady()]).toEqual(['1.1.0', 'ready'])
    expect(site.open()).toBe(1)
  })

  it('loads a previous version that memory did not hold, whoever weighs meanwhile', async () => {
    await twoVersions({ laneMemoryMb: 15 })
    await decide()
    await site.deployments.tick()
    expect(site.deployments.list()[0]!.rollback).toMatchObject({ ready: false })
    site.hand.loadsAtOnce = false
    const lanes = site.lanes.length
    const back = site.deployments.rollback('m', who, 'admin')
    await expect.poll(() => site.lanes.length).toBe(lanes + 1)
    site.at.nowMs += 10_000
    await site.deployments.tick()
    await turn()
    site.lanes.at(-1)!.load()
    expect(await back).toMatchObject({ from: '1.2.0', to: '1.1.0' })
  })

  it('asked for twice loads once, and the lane that answers is the one that is kept', async () => {
    await twoVersions({ laneMemoryMb: 15 })
    await decide()
    await site.deployments.tick()
    const both = await Promise.allSettled([
      site.deployments.rollback('m', who, 'admin'),
      site.deployments.rollback('m', who, 'admin'),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect.poll(() => [served(), isReady(), site.open()]).toEqual(['1.1.0', 'ready', 1])
  })
})
