import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Updates } from '#core/contracts/update.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { type InstallParts, updateFromFile, updateOnce } from '../../../electron/main/app-updates.ts'
import { RuntimeClient } from '../../../electron/main/runtime/client.ts'
import { stageFile } from '../../../electron/main/update-file.ts'

/** Row 53 of the fault table: an app update whose digest is not in the trust metadata. The runtime is real, installers are not. */

const platform = `${process.platform}-${process.arch}`
const installer = Buffer.from('version 2.0.0 of the app')
const folder = mkdtempSync(join(tmpdir(), 'edgewright-app-update-'))
const file = join(folder, 'edgewright.bin')
let site: SignedSite
let server: RepositoryServer
let edge: TestEdge
let client: RuntimeClient

beforeAll(async () => {
  site = await signedSite()
  await site.publishApp({ name: 'edgewright-2.0.0.bin', version: '2.0.0', platform, bytes: installer })
  await site.publishApp({
    name: 'other-2.1.0.bin',
    version: '2.1.0',
    platform: 'plan9-x64',
    bytes: installer,
  })
  server = await serveRepository(site.dir)
  // Nothing that it lets in unsigned concerns the app.
  edge = await startTestEdge({ allowUnsigned: true })
  client = new RuntimeClient(edge.url, edge.token)
})
afterAll(async () => {
  await edge.remove()
  await server.close()
  site.remove()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => writeFileSync(file, installer))

function parts(change: Partial<InstallParts> = {}) {
  const told: string[] = []
  const note = (words: string) => {
    told.push(words)
  }
  const installing: InstallParts = {
    app: { version: '1.0.0', platform },
    trust: () => client.trust(),
    models: () => client.models(),
    stopsRuntime: () => true,
    beforeInstall: async () => note('stops the runtime'),
    startOver: () => note('starts over'),
    sleep: async () => undefined,
    say: note,
    ...change,
  }
  return { told, note, installing }
}
const signal = new AbortController().signal

async function fromStick(change: Partial<InstallParts> = {}): Promise<string[]> {
  const { told, note, installing } = parts(change)
  const stage = (mostBytes: number) => stageFile(file, join(folder, 'own'), mostBytes)
  await updateFromFile({ ...installing, stage, open: () => note('opens the installer') }, signal)
  return told
}

async function fromServer(version: string): Promise<string[]> {
  const { told, note, installing } = parts()
  const source = async () => ({
    check: async () => ({ version }),
    download: async () => file,
    install: () => note('installs'),
  })
  await updateOnce({ ...installing, source, enabled: () => true }, signal)
  return told
}

describe('an update of the app (53)', () => {
  it('is refused on a machine that was given no root, though it takes unsigned packages', async () => {
    const why = 'Not updated: this machine was given no root, so nobody vouches for an update of the app'
    expect(await fromStick()).toEqual([why])
    expect(await fromServer('2.0.0')).toEqual([why])
  })

  it('is installed where signed metadata names its bytes', async () => {
    await edge.client.json('POST', '/api/trust', { root: site.root(), site: site.site, source: server.url })
    let { busy } = await edge.client.json<Updates>('POST', '/api/updates/check', {})
    for (; busy; { busy } = await edge.client.json<Updates>('GET', '/api/updates')) await sleep(10)
    expect(await fromServer('2.0.0')).toEqual([
      'Version 2.0.0 is being downloaded',
      'Version 2.0.0 is being installed',
      'stops the runtime',
      'installs',
    ])
    expect((await fromStick()).slice(-2)).toEqual(['stops the runtime', 'opens the installer'])
  })

  it('is refused where its digest is not in that metadata: one flipped bit, and the app goes on', async () => {
    const flipped = Buffer.from(installer)
    flipped[5]! ^= 1
    writeFileSync(file, flipped)
    const why =
      'Not updated: the file is as long as that of version 2.0.0, but not the one that trusted metadata names'
    expect(await fromStick()).toEqual([why])
    expect(await fromServer('2.0.0')).toEqual(['Version 2.0.0 is being downloaded', why])
    expect(await client.accepted()).toBe(true)
  })

  it('is refused where it is another version or one for another platform, or no newer one', async () => {
    expect(await fromServer('3.0.0')).toEqual(['Not updated: no trusted metadata vouches for version 3.0.0'])
    expect(await fromServer('2.1.0')).toEqual([
      `Not updated: trusted metadata vouches for plan9-x64 only, and this machine is ${platform}`,
    ])
    expect(await fromStick({ app: { version: '2.0.0', platform } })).toEqual([
      `Not updated: trusted metadata vouches for plan9-x64 only, and this machine is ${platform}`,
    ])
    expect(await fromStick({ app: { version: '2.1.0', platform } })).toEqual([
      'Not updated: trusted metadata names no version newer than this one, 2.1.0',
    ])
  })
})
