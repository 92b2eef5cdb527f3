import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packagePath, targetFile } from '#core/update/names.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** The executable that the public conformance suite drives, over a repository of ours. The suite itself is not kept here. */

const client = join(import.meta.dirname, '../../support/tuf-client/tuf-client')
let site: SignedSite
let server: Server
let base: string
let dir: string
let asked: string[]

beforeAll(async () => {
  site = await signedSite()
  dir = await mkdtemp(join(tmpdir(), 'edgewright-tuf-client-'))
  server = createServer(async ({ url = '' }, response) => {
    asked.push(url)
    const bytes = await readFile(join(site.dir, url)).catch(() => undefined) // not there
    response.writeHead(bytes ? 200 : 404).end(bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  site.remove()
  await rm(dir, { recursive: true })
})

/** Exit code and what it said. */
async function run(...args: string[]): Promise<{ code: number; said: string }> {
  asked = []
  const options = ['--metadata-dir', dir, '--metadata-url', `${base}/metadata/`]
  return promisify(execFile)(client, [...options, ...args]).then(
    ({ stderr }) => ({ code: 0, said: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  )
}

it('speaks the command line of the suite: init, refresh, download, each with its exit code', async () => {
  const { digest } = await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('a package') })
  const path = packagePath(site.family, 'm', '1.0.0')
  const root = join(dir, 'first-root')
  await writeFile(root, site.root())
  expect(await run('init', root)).toEqual({ code: 0, said: '' })
  expect(asked).toEqual([])

  expect(await run('refresh')).toEqual({ code: 0, said: '' })
  expect((await readdir(dir)).filter((name) => name.endsWith('.json')).sort()).toEqual([
    'root.json',
    'snapshot.json',
    'targets.json',
    'timestamp.json',
  ])

  const download = [
    '--target-dir',
    dir,
    '--target-base-url',
    `${base}/targets/`,
    '--target-name',
    path,
    'download',
  ]
  expect(await run(...download)).toEqual({ code: 0, said: '' })
  expect(await readFile(join(dir, encodeURIComponent(path)), 'utf8')).toBe('a package')
  expect(asked).toContain(`/targets/${targetFile(path, digest)}`)

  await site.put('timestamp', { version: 1 })
  expect(await run('refresh')).toMatchObject({ code: 1, said: expect.stringContaining('that goes back') })
})
