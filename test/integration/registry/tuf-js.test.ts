import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { Updater } from 'tuf-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

const ewp = 'models/machine-failure/machine-failure-1.0.0.ewp'

/** The repository as any web server gives it out, read by plain tuf-js. */
describe('a signed repository, read by tuf-js', () => {
  let site: SignedSite
  let server: Server
  let url: string
  const folders: string[] = []

  beforeAll(async () => {
    site = await signedSite({ packages: [ewp] })
    server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(site.dir, normalize(decodeURIComponent(request.url!)))))
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    site.remove()
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  const machine = (root = site.root()) => {
    const dir = mkdtempSync(join(tmpdir(), 'edgewright-tuf-'))
    folders.push(dir)
    mkdirSync(join(dir, 'targets'))
    writeFileSync(join(dir, 'root.json'), root)
    return () =>
      new Updater({
        metadataDir: dir,
        targetDir: join(dir, 'targets'),
        metadataBaseUrl: `${url}/metadata`,
        targetBaseUrl: `${url}/targets`,
        config: { fetchRetry: 0 },
      })
  }
  const fetched = async (updater: Updater, path: string) => {
    const info = await updater.getTargetInfo(path)
    return info && readFileSync(await updater.downloadTarget(info))
  }

  it('finds the package, the assignment with its digest, and the bytes', async () => {
    const updater = machine()()
    await updater.refresh()
    const path = 'models/demo/machine-failure-1.0.0.ewp'
    const info = (await updater.getTargetInfo(path))!
    const assigned = (await updater.getTargetInfo('sites/plant-1/machine-failure'))!
    expect(assigned.hashes).toEqual(info.hashes)
    expect(assigned.custom).toMatchObject({ package: path, activate: 'at-once' })
    expect(info.custom).toMatchObject({ model: 'machine-failure', version: '1.0.0' })
    expect((await fetched(updater, path))?.equals(readFileSync(ewp))).toBe(true)
  })

  it('follows new versions, groups, a policy, the app, and keys that change in every role', async () => {
    const start = machine()
    await start().refresh()
    const { digest } = await site.publish({ model: 'other', version: '2.0.0', bytes: Buffer.from('bytes') })
    await site.assign({ model: 'other', version: '2.0.0', group: 'line-a', activate: 'by-technician' })
    await site.revoke({ digest, action: 'warn', reason: 'for a test' })
    await site.publishApp({
      name: 'Edgewright-1.0.0.AppImage',
      version: '1.0.0',
      platform: 'linux-x64',
      bytes: Buffer.from('app'),
    })
    for (const role of ['timestamp', 'snapshot', 'targets', 'models-demo', 'site-plant-1', 'root', 'app'])
      await site.rotate(role)
    await site.refresh()
    const updater = start()
    await updater.refresh()
    expect((await fetched(updater, 'models/demo/other-2.0.0.ewp'))?.toString()).toBe('bytes')
    const assigned = await updater.getTargetInfo('sites/plant-1/line-a/other')
    expect(assigned?.hashes).toEqual({ sha256: digest })
    expect(JSON.parse((await fetched(updater, 'policy.json'))!.toString())).toMatchObject({
      revoked: [{ digest, action: 'warn' }],
    })
    expect((await fetched(updater, 'app/Edgewright-1.0.0.AppImage'))?.toString()).toBe('app')
    const fresh = machine(site.root(1))()
    await fresh.refresh()
    expect(await fresh.getTargetInfo('sites/plant-1/machine-failure')).toBeDefined()
  })

  it.each([
    [
      'a signature is dropped',
      () => site.put('targets', { spoil: (e) => void e.signatures.pop() }),
      /signed by 1\/2/,
    ],
    ['a root is skipped', () => site.put('root', { version: 9 }), undefined],
    [
      'a role is gone from snapshot',
      () => site.put('snapshot', { edit: (s) => void delete s.meta['site-plant-1.json'] }),
      /./,
    ],
  ])('put: %s', async (_, spoil, refusal) => {
    await site.refresh()
    const start = machine()
    await start().refresh()
    await spoil()
    const error = await start()
      .refresh()
      .then(() => undefined, String)
    if (refusal) expect(error).toMatch(refusal)
    else expect(error).toBeUndefined()
    await site.put('targets')
  })
})
