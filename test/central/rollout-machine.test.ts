import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Deployment, DeviceEvent } from '#core/contracts/deployments.ts'
import type { RolloutDetail, RolloutPlanInput } from '#core/contracts/rollout.ts'
import { type EnrolmentStanding, joinCodePrefix } from '#core/contracts/sync.ts'
import type { Updates } from '#core/contracts/update.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { joinCode } from '#support/central/joining.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { freePort } from '#support/fleet/free-port.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { smallBase, versionOf } from '#support/versions.ts'

/** A whole central with its signed repository, and a whole machine, over HTTP. Both go by one clock, which is moved by hand. */
let repository: SignedSite
let central: CentralSite
let edge: TestEdge
let device = ''
let port = 0
let aheadMs = 0
const now = () => Date.now() + aheadMs
const dayMs = 86_400_000
const model = 'small'
const soon = { timeout: 120_000, interval: 100 }

/** Central's own: of timestamp, snapshot and the site. */
const keys = () => ['timestamp', 'snapshot', 'site-plant-a'].map((role) => repository.keys[role]![0]!)

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-central-'))
  const dir = join(dataDir, 'repository')
  mkdirSync(dir)
  repository = await signedSite({ dir, site: 'plant-a', nowMs: now() })
  const base = await smallBase(model)
  for (const [k, version] of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'].entries()) {
    const { bytes } = await versionOf(base, {
      ...{ version, release: k + 1 },
      edit: (manifest) => {
        manifest.operation.healthWindowS = 0
      },
    })
    const file = join(dataDir, `${version}.ewp`)
    writeFileSync(file, bytes)
    await repository.publish({ file })
  }
  port = await freePort()
  central = await centralSite({ dataDir, keys: keys(), now, port })
  edge = await startTestEdge({ allowUnsigned: false, now })
})
afterAll(() => Promise.all([edge.remove(), central.remove()]))

const plan = (version: string): RolloutPlanInput => ({
  ...{ model, version, reason: `to ${version}` },
  groups: [{ name: 'All', choose: {}, gate: { soakMin: 0, minimumN: 1 } }],
})
const propose = async (version: string) => {
  const { status, body } = await central.ask<RolloutDetail>('POST', '/api/rollouts', plan(version))
  expect([status, body]).toEqual([201, expect.anything()])
  return body.id
}
const detail = async (id: number) => (await central.ask<RolloutDetail>('GET', `/api/rollouts/${id}`)).body
/** Not to wait for the minute's heartbeat and the check of the quarter of an hour. */
const check = () => edge.client.json<Updates>('POST', '/api/updates/check', {})
const arrives = async (id: number) => {
  await check()
  await vi.waitFor(async () => expect((await detail(id)).state.state).toBe('done'), soon)
}
const runs = async (): Promise<Deployment> =>
  (await central.ask<{ items: Deployment[] }>('GET', `/api/deployments?model=${model}`)).body.items[0]!
const happened = async () =>
  (await central.ask<{ items: DeviceEvent[] }>('GET', `/api/deployments/history?model=${model}&limit=200`))
    .body.items

describe('a rollout to a real machine', () => {
  it('ends once the machine has reported the version running after its health window', async () => {
    const joined = JSON.stringify(await joinCode(central, {}))
    const code = `${joinCodePrefix}${Buffer.from(joined).toString('base64url')}`
    device = (await edge.client.json<EnrolmentStanding>('POST', '/api/enrol', { code })).device ?? ''
    await central.ask('POST', `/api/devices/${device}/confirm`, { fingerprint: device.slice(0, 16) })
    await edge.client.json('POST', '/api/enrol', { code })
    const enrolled = { state: 'enrolled', connected: true }
    await vi.waitFor(
      async () => expect(await edge.client.json('GET', '/api/enrol')).toMatchObject(enrolled),
      soon,
    )
    const id = await propose('1.0.0')
    expect((await detail(id)).state).toMatchObject({ state: 'running' })
    await arrives(id)
    expect(await runs()).toMatchObject({ device, running: { version: '1.0.0', by: 'sync' }, held: [] })
  })

  it('converges by itself after three weeks away, four missed versions and a rotated root', async () => {
    await edge.close()
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) {
      const id = await propose(version)
      aheadMs += 5 * dayMs
      await vi.waitFor(async () => expect((await detail(id)).groups[0]!.counts).toEqual({ offline: 1 }), soon)
      expect((await detail(id)).state.state).toBe('running')
      await central.ask('POST', `/api/rollouts/${id}/skip`, {
        reason: 'the machine is on its way to another hall',
      })
    }
    await central.close()
    await repository.rotate('root', now())
    await repository.rotate('timestamp', now())
    await central.restart({ keys: keys(), port })
    aheadMs += 6 * dayMs
    const id = await propose('1.4.0')
    edge = await edge.restart()
    await vi.waitFor(async () => expect((await detail(id)).state.state).toBe('done'), soon)
    expect(await runs()).toMatchObject({ running: { version: '1.4.0' }, previous: '1.0.0' })
    const { root } = await edge.client.json<Updates>('GET', '/api/updates')
    expect(root?.version).toBe(3)
  })

  it('tells later, in order, who did what there while central was not to be reached', async () => {
    await central.close()
    await edge.client.json('POST', `/api/models/${model}/rollback`, {
      reason: 'scrap went up',
      person: 'K. Novak',
    })
    await central.restart({ keys: keys(), port })
    await vi.waitFor(async () => expect((await runs()).held).toHaveLength(1), soon)
    expect((await runs()).held[0]).toMatchObject({
      version: '1.4.0',
      state: 'rolled-back',
      reason: 'scrap went up',
    })
    await vi.waitFor(
      async () => expect((await happened()).map(({ kind }) => kind)).toContain('deployment.rolled-back'),
      soon,
    )
    const all = (await happened()).reverse()
    const back = all.findIndex(({ kind }) => kind === 'deployment.rolled-back')
    expect(all[back]).toMatchObject({
      version: '1.4.0',
      reason: 'scrap went up',
      by: expect.stringContaining('K. Novak'),
    })
    const ran = all.filter(({ kind }) => kind === 'deployment.running').map(({ version }) => version)
    expect(ran).toEqual(['1.0.0', '1.4.0', '1.0.0'])
  })

  it('brings older bytes back by newer metadata, and past what is held there', async () => {
    const id = await propose('1.2.0')
    await arrives(id)
    expect(await runs()).toMatchObject({ running: { version: '1.2.0', by: 'sync' } })
    expect((await detail(id)).groups[0]).toMatchObject({ counts: { succeeded: 1 } })
  })
})
