import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ModelsList } from '#core/contracts/api.ts'
import { type DeviceDetail, ownGroup } from '#core/contracts/fleet.ts'
import { type EnrolmentStanding, joinCodePrefix, type SyncStatus } from '#core/contracts/sync.ts'
import type { Updates } from '#core/contracts/update.ts'
import type { DeviceKeyState } from '#edge/audit/audit-trail.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { joinCode } from '#support/central/joining.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { signedSite } from '#support/signed-site.ts'

/** A whole runtime and a whole central, over HTTP. */
let site: CentralSite
let edge: TestEdge
beforeAll(async () => {
  ;[site, edge] = await Promise.all([centralSite(), startTestEdge()])
})
afterAll(() => Promise.all([site.remove(), edge.remove()]))

const soon = { timeout: 120_000, interval: 100 }
const madeCode = async () => {
  const read = JSON.stringify(await joinCode(site, { groups: ['press'] }))
  return `${joinCodePrefix}${Buffer.from(read).toString('base64url')}`
}
const standing = () => edge.client.json<EnrolmentStanding>('GET', '/api/enrol')

describe('a machine and its central', () => {
  it('come together: code, fingerprint, report, place, countersigned checkpoint', async () => {
    const code = await madeCode()
    const waiting = await edge.client.json<EnrolmentStanding>('POST', '/api/enrol', { code })
    expect(waiting).toMatchObject({ state: 'waiting', central: site.url, site: 'plant-a' })
    const device = waiting.device ?? ''
    const confirm = { fingerprint: device.slice(0, 16) }
    expect((await site.ask('POST', `/api/devices/${device}/confirm`, confirm)).status).toBe(200)
    await edge.client.json('POST', '/api/enrol', { code }) // asked again, it goes on at once
    await vi.waitFor(
      async () => expect(await standing()).toMatchObject({ state: 'enrolled', connected: true }),
      soon,
    )

    await vi.waitFor(async () => {
      const { body } = await site.ask<DeviceDetail>('GET', `/api/devices/${device}`)
      expect(body).toMatchObject({ presence: 'online', report: { machine: expect.any(String), models: [] } })
    }, soon)
    const updates = await edge.client.json<Updates>('GET', '/api/updates')
    expect(updates).toMatchObject({
      site: 'plant-a',
      groups: [`device-${device.slice(0, 16)}`, 'press'],
      source: `${site.url}/repository/`,
    })
    await vi.waitFor(async () => {
      const key = await edge.client.json<DeviceKeyState>('GET', '/api/audit/key')
      expect(key.countersigned).not.toBeNull()
    }, soon)
    const sync = await edge.client.json<SyncStatus>('GET', '/api/sync')
    expect(sync).toMatchObject({ state: 'connected', device })
    // Both go by one clock; what is told of it is off by half of the time that a heartbeat took.
    expect(Math.abs(sync.clockOffsetMs ?? Infinity)).toBeLessThan(30_000)
  })

  it('believe one root, and a version that is assigned to this machine alone comes to run', async () => {
    const signed = await signedSite({ dir: join(site.dataDir, 'repository'), site: 'plant-a' })
    const package_ = { file: 'models/machine-failure/machine-failure-1.0.0.ewp' }
    const { model, version } = await signed.publish(package_)
    const { device } = await standing()
    await signed.assign({ model, version, group: ownGroup(device ?? '') })
    const anew = await edge.client.json<EnrolmentStanding>('POST', '/api/enrol', { code: await madeCode() })
    expect(anew).toMatchObject({ state: 'enrolled', device })
    await vi.waitFor(async () => {
      const { models } = await edge.client.json<ModelsList>('GET', '/api/models')
      expect(models[0]).toMatchObject({ id: model, slots: { running: { version } } })
    }, soon)
    const updates = await edge.client.json<Updates>('GET', '/api/updates')
    expect(updates).toMatchObject({
      trust: 'current',
      root: { fingerprint: createHash('sha256').update(signed.root()).digest('hex') },
    })
    await vi.waitFor(async () => {
      const { body } = await site.ask<DeviceDetail>('GET', `/api/devices/${device}`)
      expect(body.report?.models).toMatchObject([{ id: model, slots: { running: { version } } }])
    }, soon)
  })
})
