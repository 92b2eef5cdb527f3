import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openRepository } from '#central/registry/repository.ts'
import { exportToStick } from '#central/registry/stick.ts'
import type { Deployment } from '#core/contracts/deployments.ts'
import type { RecordPage } from '#core/contracts/fleet-record.ts'
import { type EnrolmentStanding, joinCodePrefix } from '#core/contracts/sync.ts'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { joinCode } from '#support/central/joining.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { freePort } from '#support/fleet/free-port.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { smallBase, versionOf } from '#support/versions.ts'

/** A whole machine whose central is away, and what people do there meanwhile. */
let repository: SignedSite
let central: CentralSite
let edge: TestEdge
let port = 0
let setByMs = 0
const model = 'small'
const dayMs = 86_400_000
const soon = { timeout: 120_000, interval: 100 }

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-central-'))
  const dir = join(dataDir, 'repository')
  mkdirSync(dir)
  repository = await signedSite({ dir, site: 'plant-a' })
  const base = await smallBase(model)
  for (const [k, version] of ['1.0.0', '1.1.0'].entries()) {
    const file = join(dataDir, `${version}.ewp`)
    const edit = (manifest: (typeof base)['manifest']) => {
      manifest.operation.healthWindowS = 0
    }
    writeFileSync(file, (await versionOf(base, { version, release: k + 1, edit })).bytes)
    await repository.publish({ file })
  }
  await repository.assign({ model, version: '1.0.0' })
  port = await freePort()
  ;[central, edge] = await Promise.all([
    centralSite({ dataDir, port }),
    startTestEdge({ allowUnsigned: false, now: () => Date.now() + setByMs }),
  ])
})
afterAll(() => Promise.all([edge.remove(), central.remove()]))

const running = async () =>
  (await central.ask<{ items: Deployment[] }>('GET', `/api/deployments?model=${model}`)).body.items[0]

const madeCode = async () =>
  `${joinCodePrefix}${Buffer.from(JSON.stringify(await joinCode(central))).toString('base64url')}`

/** A browser at the machine, in which somebody has signed in with a PIN. */
async function signedIn(name: string) {
  const role = 'technician'
  const { id } = await edge.client.json<{ id: string }>('POST', '/api/people', { name, role, pin: '735192' })
  const { code } = await edge.client.json<{ code: string }>('POST', '/api/session/code')
  let cookie = ''
  return async function ask<T>(method: string, path: string, body: object): Promise<T> {
    const send = async (to: string, given: object) => {
      const answer = await fetch(`${edge.url}${to}`, {
        method,
        headers: { 'content-type': 'application/json', origin: edge.url, cookie },
        body: JSON.stringify(given),
      })
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
      if (!answer.ok) throw new Error(`${to} answered ${answer.status}: ${await answer.text()}`)
      return answer
    }
    if (cookie === '') {
      await send('/api/session', { code })
      await send('/api/session/person', { person: id, pin: '735192' })
    }
    return (await send(path, body)).json() as Promise<T>
  }
}

it('arrives later, in order, with who and why: a swap by USB, a rollback that holds, a clock that was set', async () => {
  const code = await madeCode()
  const { device } = await edge.client.json<EnrolmentStanding>('POST', '/api/enrol', { code })
  await central.ask('POST', `/api/devices/${device}/confirm`, { fingerprint: device!.slice(0, 16) })
  await edge.client.json('POST', '/api/enrol', { code })
  await vi.waitFor(async () => expect(await running()).toMatchObject({ running: { version: '1.0.0' } }), soon)

  await central.close()
  const ask = await signedIn('T. Okafor')
  await repository.assign({ model, version: '1.1.0' })
  const stick = mkdtempSync(join(tmpdir(), 'edgewright-stick-'))
  await exportToStick(await openRepository(repository.dir, { finish: false }), stick, { nowMs: Date.now() })
  const read = await ask<ImportSummary>('POST', '/api/updates/import', { path: stick })
  const imported = await ask<Imported>('POST', `/api/updates/import/${read.id}/confirm`, {})
  expect(imported).toMatchObject({ packages: [{ version: '1.1.0', ok: true }] })
  await ask('POST', `/api/models/${model}/rollback`, { reason: 'scrap went up since the stick' })
  // Somebody sets the machine's clock a day back, and an operator goes on with it.
  setByMs = -dayMs
  await vi.waitFor(async () => {
    const { waiting } = await edge.client.json<{ waiting: number }>('GET', '/api/sync')
    expect(waiting).toBeGreaterThan(8)
  }, soon)
  await central.restart({ port })

  const arrived = async () => {
    const { body } = await central.ask<RecordPage>('GET', `/api/record?device=${device}&limit=200`)
    return body.items.reverse()
  }
  await vi.waitFor(async () => {
    const kinds = (await arrived()).map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['clock.set', 'deployment.rolled-back']))
  }, soon)
  const all = await arrived()
  const who = 'T. Okafor (technician)'
  /** Of one stream, these in this order: number of the row, who, and what of its body matters. */
  const inOrder = (stream: string, wanted: { kind: string; by: string; body?: object }[]) => {
    const rows = all.filter((one) => one.stream === stream)
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + rows[0]!.seq))
    let from = 0
    for (const { kind, by, body = {} } of wanted) {
      const k = rows.findIndex((one, i) => i >= from && one.kind === kind && one.by === by)
      expect([kind, rows[k]?.body]).toEqual([kind, expect.objectContaining(body)])
      from = k + 1
    }
  }
  inOrder('events', [
    { kind: 'session.person', by: who },
    { kind: 'import.done', by: who, body: { path: stick } },
    { kind: 'clock.set', by: 'runtime', body: { byMs: expect.closeTo(-dayMs, -4) } },
  ])
  const reason = 'scrap went up since the stick'
  inOrder('rollout', [
    { kind: 'deployment.running', by: 'sync', body: { version: '1.0.0' } },
    { kind: 'deployment.running', by: who, body: { version: '1.1.0' } },
    { kind: 'deployment.running', by: who, body: { version: '1.0.0', reason } },
    { kind: 'deployment.rolled-back', by: who, body: { version: '1.1.0', from: 'running', reason } },
  ])
  // Central says 1.1.0, and the site has said no: that holds.
  await edge.client.json('POST', '/api/updates/check', {})
  await edge.client.json('POST', '/api/enrol', { code: await madeCode() })
  await vi.waitFor(async () => {
    const held = [expect.objectContaining({ version: '1.1.0', state: 'rolled-back', by: who, reason })]
    expect(await running()).toMatchObject({ running: { version: '1.0.0' }, held })
  }, soon)
})
