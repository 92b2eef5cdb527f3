import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelsList } from '#core/contracts/api.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { Updates } from '#core/contracts/update.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

const id = 'machine-failure'
const packageFile = (version: string) =>
  fileURLToPath(new URL(`../../../models/${id}/${id}-${version}.ewp`, import.meta.url))
const reading = (asset: string) => ({
  asset,
  time: new Date().toISOString(),
  values: {
    type: 'M',
    air_temperature: 300,
    process_temperature: 310,
    rotational_speed: 1500,
    torque: 40,
    tool_wear: 100,
  },
})

let site: SignedSite
let server: RepositoryServer
let edge: TestEdge

beforeAll(async () => {
  site = await signedSite({ packages: [packageFile('1.0.0')] })
  server = await serveRepository(site.dir)
  edge = await startTestEdge({ allowUnsigned: false })
})
afterAll(async () => {
  await edge.remove()
  await server.close()
  site.remove()
})

const updates = () => edge.client.json<Updates>('GET', '/api/updates')
const slots = async () =>
  (await edge.client.json<ModelsList>('GET', '/api/models')).models.find((model) => model.id === id)?.slots

/** Asks now, and waits until what follows from it is done. */
async function check(): Promise<Updates> {
  let status = await edge.client.json<Updates>('POST', '/api/updates/check', {})
  while (status.busy) {
    await sleep(20)
    status = await updates()
  }
  return status
}

async function upload(version: string) {
  const response = await edge.raw('POST', '/api/models', {
    body: createReadStream(packageFile(version)) as unknown as BodyInit,
    headers: { 'content-type': 'application/octet-stream' },
    ...({ duplex: 'half' } as object),
  })
  return {
    status: response.status,
    body: (await response.json()) as { error?: { code: string; message: string } },
  }
}

describe('a machine and a signed repository', () => {
  it('1: believes nothing before a root was given, and refuses what nobody signed', async () => {
    expect(await updates()).toMatchObject({ trust: 'none', root: null })
    expect(await upload('1.0.0')).toMatchObject({
      status: 403,
      body: { error: { code: 'unsigned-refused', message: expect.stringMatching(/no signed metadata yet/) } },
    })
    expect(await slots()).toBeUndefined()
  })

  it('fetches what is assigned to its site, and runs it', async () => {
    const root = site.root()
    await edge.client.json('POST', '/api/trust', { root, site: site.site, source: server.url })
    const status = await check()
    expect(status).toMatchObject({
      trust: 'current',
      lastCheck: { ok: true },
      progress: [{ version: '1.0.0', state: 'done' }],
    })
    expect((await slots())?.running).toMatchObject({
      version: '1.0.0',
      signedBy: ['models-demo-1', 'models-demo-2'],
      installedBy: 'sync',
    })
    expect(await edge.client.json('POST', `/api/models/${id}/readings`, reading('a'))).toMatchObject({
      model: { version: '1.0.0' },
    })
  })

  it('takes the same root again, and another one only with "recover"', async () => {
    const other = await signedSite({ site: site.site })
    const give = (root: string) =>
      edge.raw('POST', '/api/trust', {
        body: JSON.stringify({ root, site: site.site, source: server.url }),
        headers: { 'content-type': 'application/json' },
      })
    expect((await give(other.root())).status).toBe(409)
    expect((await give(site.root())).status).toBe(200)
    // A site that is corrected keeps its source, and nothing that was said of the wrong one.
    await edge.client.json('POST', '/api/trust', { root: site.root(), site: 'nowhere' })
    await check()
    expect((await updates()).view?.problem).toMatch(/no role site-nowhere is delegated/)
    await edge.client.json('POST', '/api/trust', { root: site.root(), site: site.site })
    expect((await updates()).source).toContain(server.url)
    expect((await updates()).view?.problem).toBeUndefined()
    other.remove()
    expect(await check()).toMatchObject({ trust: 'current' })
  })

  it('brings in the next version, with the former one to go back to', async () => {
    const { model, version } = await site.publish({ file: packageFile('1.1.0') })
    expect(await upload('1.1.0')).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringMatching(/not what signed metadata assigns/) } },
    })
    await site.assign({ model, version })
    await check()
    const now = await slots()
    expect(now?.running).toMatchObject({ version: '1.1.0', deployment: { state: 'running', by: 'sync' } })
    expect(now?.previous).toMatchObject({ version: '1.0.0' })
  })

  it('leaves a version that was taken back held, whatever is assigned', async () => {
    await edge.client.json('POST', `/api/models/${id}/rollback`, { reason: 'false alarms' })
    const status = await check()
    expect(status.progress).toMatchObject([
      { version: '1.1.0', state: 'held', reason: expect.stringMatching(/false alarms/) },
    ])
    expect((await slots())?.running).toMatchObject({ version: '1.0.0' })
  })

  it('stops a revoked version: no way back, so its rules answer, or nobody', async () => {
    const digest = (await slots())?.running?.digest ?? ''
    await site.revoke({ digest, action: 'stop', reason: 'wrong for cold starts' })
    await check()
    const { slots: now, answeredBy } = await edge.client.json<ModelDetail>('GET', `/api/models/${id}`)
    expect(now.running).toMatchObject({
      deployment: {
        state: 'withdrawn',
        by: 'policy',
        reason: expect.stringMatching(/wrong for cold starts/),
      },
      revocation: { action: 'stop' },
    })
    expect(answeredBy).toBe('rules')
    expect(await edge.client.json('POST', `/api/models/${id}/readings`, reading('a'))).toMatchObject({
      by: 'rules',
    })
  })

  it('still knows all of it after a restart', async () => {
    edge = await edge.restart()
    expect(await updates()).toMatchObject({
      trust: 'current',
      view: { policy: { revoked: [{ reason: 'wrong for cold starts' }] } },
    })
    expect((await slots())?.running).toMatchObject({ deployment: { state: 'withdrawn' } })
    const { rows } = await edge.client.json<{ rows: { kind: string }[] }>('GET', '/api/audit?limit=1000')
    expect(rows.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['trust.anchored', 'update.trusted', 'package.refused']),
    )
  })
})
