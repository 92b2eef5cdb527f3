import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '#central/registry/key.ts'
import { sealKey, writeSecret } from '#central/registry/key-file.ts'
import { assignModel } from '#cli/assign.ts'
import type { Io } from '#cli/io.ts'
import { publish } from '#cli/publish.ts'
import { rotateRole, verify } from '#cli/repo.ts'
import { initRepo } from '#cli/repo-init.ts'
import { exportRoles, importRoles, signExported } from '#cli/repo-sign.ts'
import { revokeDigest } from '#cli/revoke.ts'
import { trust } from '#cli/trust.ts'
import { updateCheck } from '#cli/update.ts'
import { usbExport } from '#cli/usb-export.ts'
import { usbImport } from '#cli/usb-import.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'

const model = 'machine-failure'
const packageFile = (version: string) => resolve(`models/${model}/${model}-${version}.ewp`)
const reading = {
  asset: 'press',
  time: new Date().toISOString(),
  values: {
    type: 'M',
    air_temperature: 300,
    process_temperature: 310,
    rotational_speed: 1500,
    torque: 40,
    tool_wear: 100,
  },
}

/** docs/signing.md, played: three people and a desk; machine A asks over HTTP, machine B sees nothing but a stick. */
describe('a ceremony, and two machines that follow it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-two-machines-'))
  const io: Io = { env: { INIT_CWD: folder }, print: () => undefined, note: () => undefined, json: true }
  const desk = { repo: 'repo' }
  let server: RepositoryServer
  let a: TestEdge
  let b: TestEdge

  const passphrase = 'the same for all keys of a test'
  const given = () => {
    writeFileSync(join(folder, 'passphrase'), passphrase)
    return { passphraseFd: openSync(join(folder, 'passphrase'), 'r') }
  }
  /** To these people, one after the other, and back: what they sign goes live. */
  const signedBy = async (...people: string[]) => {
    await exportRoles(io, 'to-sign.json', [], desk)
    for (const name of people)
      await signExported(io, 'to-sign.json', { key: `${name}.key`, yes: true, ...given() })
    const online = { key: ['snapshot.key', 'timestamp.key'], ...given() }
    return importRoles(io, 'to-sign.json', { ...desk, ...online })
  }
  const at = (edge: TestEdge): [Io, { edge: string }] => [
    { ...io, env: { ...io.env, EDGEWRIGHT_TOKEN: edge.token } },
    { edge: edge.url },
  ]
  const byStick = async (edge: TestEdge) => {
    await usbExport(io, 'stick', { ...desk, site: ['plant-1'] })
    const [machine, options] = at(edge)
    return usbImport(machine, 'stick', { ...options, yes: true })
  }
  const answer = (edge: TestEdge) =>
    edge.client.json<{ by: string; model: { version: string } }>(
      'POST',
      `/api/models/${model}/readings`,
      reading,
    )
  const slots = async (edge: TestEdge) =>
    (await edge.client.json<ModelDetail>('GET', `/api/models/${model}`)).slots

  beforeAll(async () => {
    for (const name of ['weber', 'keller', 'okafor', 'ito', 'snapshot', 'timestamp']) {
      const key = createKey(name)
      await writeSecret(join(folder, `${name}.key`), await sealKey(key, passphrase, 2 ** 10))
      writeFileSync(join(folder, `${name}.pub`), JSON.stringify(key.public))
    }
    mkdirSync(join(folder, 'stick'))
    const three = { keys: ['weber.pub', 'keller.pub', 'okafor.pub'], threshold: 2 }
    const plan = {
      root: three,
      targets: three,
      snapshot: { keys: ['snapshot.pub'] },
      timestamp: { keys: ['timestamp.pub'] },
      families: { machines: three },
      sites: { 'plant-1': { keys: ['weber.pub', 'okafor.pub'] } },
      note: 'there are three of us',
    }
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
    await initRepo(io, 'repo', { plan: 'plan.json' })
    await signedBy('weber', 'okafor')
    server = await serveRepository(join(folder, 'repo'))
    a = await startTestEdge({ allowUnsigned: false })
    b = await startTestEdge({ allowUnsigned: false })
  })
  afterAll(async () => {
    await Promise.all([a.remove(), b.remove(), server.close()])
    rmSync(folder, { recursive: true })
  })

  it('both are given the root, and only where its fingerprint is the one that was told', async () => {
    const first = 'repo/metadata/1.root.json'
    const fingerprint = createHash('sha256')
      .update(readFileSync(join(folder, first)))
      .digest('hex')
    expect((await verify(io, 'repo')).fingerprint).toBe(fingerprint)
    const [machineA, toA] = at(a)
    const [machineB, toB] = at(b)
    const place = { site: 'plant-1', fingerprint }
    const wrong = { ...toA, ...place, fingerprint: '00'.repeat(32) }
    await expect(trust(machineA, first, wrong)).rejects.toThrow(/not the one given/)
    await trust(machineA, first, { ...toA, ...place, source: server.url })
    expect(await trust(machineB, first, { ...toB, ...place })).toMatchObject({
      trust: 'anchored',
      source: null,
    })
  })

  it('1.0.0 and then 1.1.0 reach A over HTTP, signed by two of three', async () => {
    const signers = { '1.0.0': ['weber', 'keller'], '1.1.0': ['keller', 'okafor'] }
    for (const [version, people] of Object.entries(signers)) {
      await publish(io, packageFile(version), desk)
      await assignModel(io, 'plant-1', model, version, desk)
      expect((await signedBy(...people)).waiting).toEqual([])
      const status = await updateCheck(...at(a))
      expect(status.progress).toMatchObject([{ version, state: 'done' }])
      expect((await answer(a)).model.version).toBe(version)
    }
    const { running, previous } = await slots(a)
    expect(running?.signedBy).toEqual(['keller', 'okafor'])
    expect(previous?.version).toBe('1.0.0')
  })

  it('1.1.0 reaches B by a stick, and by nothing else', async () => {
    const { summary, imported } = await byStick(b)
    expect(summary.packages).toMatchObject([
      { version: '1.1.0', signedBy: ['keller', 'okafor'], keys: 3, threshold: 2, replaces: null },
    ])
    expect(imported?.packages).toMatchObject([{ version: '1.1.0', ok: true }])
    expect((await answer(b)).model.version).toBe('1.1.0')
  })

  it('both follow when a key is changed in every role that it signs', async () => {
    const change = { out: 'okafor', in: 'ito.pub', ...desk }
    for (const role of ['root', 'targets', 'models-machines', 'site-plant-1'])
      await rotateRole(io, role, change)
    const { live } = await signedBy('weber', 'keller')
    expect(live.map(({ role, version }) => `${role} ${version}`)).toEqual(
      expect.arrayContaining(['root 2', 'targets 2', 'models-machines 4', 'site-plant-1 4']),
    )
    expect((await updateCheck(...at(a))).root).toMatchObject({ version: 2 })
    expect((await byStick(b)).summary).toMatchObject({ rootRotations: 1 })
    expect((await b.client.json<{ root: object }>('GET', '/api/updates')).root).toMatchObject({ version: 2 })
    // Who went signs nothing any more; who came does.
    await assignModel(io, 'plant-1', model, '1.1.0', { ...desk })
    await exportRoles(io, 'late.json', [], desk)
    await expect(
      signExported(io, 'late.json', { key: 'okafor.key', yes: true, ...given() }),
    ).rejects.toMatchObject({ hint: expect.stringMatching(/These may sign: weber, ito/) })
    expect((await signedBy('ito')).waiting).toEqual([])
  })

  it('a revocation stops it on both: A goes back, and on B the rules of the package answer', async () => {
    const { digest } = (await slots(a)).running!
    await revokeDigest(io, digest.slice(0, 12), { stop: true, reason: 'wrong for cold starts', ...desk })
    await signedBy('keller', 'ito')
    await expect(updateCheck(...at(a))).rejects.toThrow(/was revoked: wrong for cold starts/)
    expect(await slots(a)).toMatchObject({
      running: { version: '1.0.0', deployment: { by: 'policy' } },
      staged: { version: '1.1.0', deployment: { state: 'rolled-back' } },
    })
    expect(await answer(a)).toMatchObject({ by: 'model', model: { version: '1.0.0' } })
    const { summary } = await byStick(b)
    expect(summary.revokes).toMatchObject([{ version: '1.1.0', reason: 'wrong for cold starts' }])
    expect((await slots(b)).running).toMatchObject({ deployment: { state: 'withdrawn', by: 'policy' } })
    expect(await answer(b)).toMatchObject({ by: 'rules' })
  })

  it('1.0.0, assigned again, is the way out for both', async () => {
    await assignModel(io, 'plant-1', model, '1.0.0', desk)
    await signedBy('weber')
    expect((await updateCheck(...at(a))).progress).toMatchObject([{ version: '1.0.0', state: 'done' }])
    expect((await byStick(b)).imported?.packages).toMatchObject([{ version: '1.0.0', ok: true }])
    expect(await answer(b)).toMatchObject({ by: 'model', model: { version: '1.0.0' } })
  })
})
