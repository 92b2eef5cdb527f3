import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileArtefacts } from '#central/artefacts/file-artefacts.ts'
import { download } from '#edge/update/download/download.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'
import { packageOf } from '#support/central/package-of.ts'
import { type RegistrySite, registrySite, sha256 } from '#support/central/registry-site.ts'

/** More than a socket holds. */
const model = Buffer.alloc(9 * 1024 * 1024, 'edgewright ')

describe('the repository, as files', () => {
  let site: RegistrySite
  let path: string
  let bytes: Buffer
  beforeAll(async () => {
    site = await registrySite()
    bytes = await packageOf({ model })
    await site.upload(bytes)
    await site.sign(...site.signers)
    path = `models/demo/${sha256(bytes)}.press-failure-1.0.0.ewp`
  })
  afterAll(() => site.remove())
  const get = (at: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${site.url}/repository/${at}`, { method, headers })

  it('gives metadata that is asked for anew each time, and not sent again while it is the same', async () => {
    const answer = await get('metadata/timestamp.json')
    const etag = answer.headers.get('etag')!
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    expect(await answer.text()).toBe(
      readFileSync(join(site.repository.dir, 'metadata/timestamp.json'), 'utf8'),
    )
    expect((await get('metadata/timestamp.json', { 'if-none-match': etag })).status).toBe(304)
    await site.repository.refresh(Date.now())
    const anew = await get('metadata/timestamp.json', { 'if-none-match': etag })
    expect([anew.status, anew.headers.get('etag') === etag]).toEqual([200, false])
    expect((await get('metadata/1.root.json')).status).toBe(200)
    const next = await get('metadata/2.root.json')
    expect([next.status, next.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })

  it('gives packages by ranges, for ever', async () => {
    const whole = await get(`targets/${path}`)
    const etag = whole.headers.get('etag')!
    expect([whole.headers.get('cache-control'), whole.headers.get('content-length')]).toEqual([
      'public, max-age=31536000, immutable',
      String(bytes.length),
    ])
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    const part = async (headers: Record<string, string>) => {
      const answer = await get(`targets/${path}`, headers)
      const body = Buffer.from(await answer.arrayBuffer())
      return [answer.status, answer.headers.get('content-range'), body.length]
    }
    const n = bytes.length
    expect(await part({ range: 'bytes=10-19' })).toEqual([206, `bytes 10-19/${n}`, 10])
    expect(await part({ range: 'bytes=-5' })).toEqual([206, `bytes ${n - 5}-${n - 1}/${n}`, 5])
    expect(await part({ range: `bytes=${n}-` })).toEqual([416, `bytes */${n}`, 0])
    expect(await part({ range: 'bytes=0-1,5-6' })).toEqual([200, null, n])
    expect(await part({ range: 'bytes=5-', 'if-range': etag })).toEqual([206, `bytes 5-${n - 1}/${n}`, n - 5])
    expect(await part({ range: 'bytes=5-', 'if-range': '"another"' })).toEqual([200, null, n])
    expect(await part({ 'if-none-match': etag })).toEqual([304, null, 0])
    const head = await get(`targets/${path}`, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([
      200,
      String(n),
      'bytes',
    ])
  })

  it('lets the edge go on where it was cut off, and refuses what was changed on its way', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'edgewright-download-'))
    const source = httpSource(`${site.url}/repository/`)
    const wanted = { file: path, length: bytes.length, sha256: sha256(bytes) }
    try {
      const stop = new AbortController()
      const cut = download(source, wanted, {
        dir,
        signal: stop.signal,
        onProgress: (at) => at > 100_000 && stop.abort(),
      })
      await expect(cut).rejects.toThrow()
      const from: number[] = []
      const watched = {
        ...source,
        target: async (...args: Parameters<typeof source.target>) => {
          from.push(args[2])
          return source.target(...args)
        },
      }
      expect(readFileSync(await download(watched, wanted, { dir })).equals(bytes)).toBe(true)
      expect(from[0]).toBeGreaterThan(0)
      rmSync(join(dir, wanted.sha256))
      const file = join(site.repository.dir, 'targets', path)
      const flipped = Buffer.from(bytes)
      flipped[5_000]! ^= 1
      rmSync(file)
      writeFileSync(file, flipped)
      await expect(download(source, wanted, { dir, limits: { tries: 1 } })).rejects.toMatchObject({
        code: 'download-refused',
      })
      expect(readdirSync(dir)).toEqual([])
    } finally {
      rmSync(dir, { recursive: true })
      rmSync(join(site.repository.dir, 'targets', path))
    }
  })

  it('shows nothing else of the folder, by whatever way', async () => {
    writeFileSync(join(site.repository.dir, '.lock'), 'x')
    symlinkSync('/etc/hostname', join(site.repository.dir, 'metadata/7.link.json'))
    mkdirSync(join(site.repository.dir, 'pending'), { recursive: true })
    writeFileSync(join(site.repository.dir, 'pending/targets.json'), '{}')
    const name = `${'ab'.repeat(32)}.x`
    const paths = [
      ...[
        '',
        'metadata/',
        'metadata',
        'targets/',
        'targets/models/demo/',
        '.lock',
        'pending/targets.json',
        'metadata/7.link.json',
      ],
      ...[
        'metadata/..%2fpending%2ftargets.json',
        'metadata/%2e%2e/pending/targets.json',
        'targets/%2e%2e/token',
      ],
      ...[
        `targets/..%2f..%2f${name}`,
        `targets/%2e%2e%2f%2e%2e%2ftoken`,
        `targets/.hidden/${name}`,
        `targets/a%00/${name}`,
        `targets/models\\..\\${name}`,
      ],
    ]
    for (const at of paths) {
      // Straight onto the wire: fetch would tidy the path up.
      const status = await new Promise<number | undefined>((resolve, reject) =>
        request(`${site.url}`, { path: `/repository/${at}` }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', reject)
          .end(),
      )
      expect([at, status !== undefined && status >= 400 && status < 500]).toEqual([at, true])
    }
    expect((await get(`targets/${path}`, {}, 'DELETE')).status).toBeGreaterThanOrEqual(400)
  })

  it('holds no package in memory, coming or going', async () => {
    const digest = 'cd'.repeat(32)
    const file = join(site.repository.dir, 'targets/models/demo', `${digest}.sparse-1.0.0.ewp`)
    const size = 2 ** 28
    writeFileSync(file, '')
    truncateSync(file, size)
    const before = process.memoryUsage().rss
    let most = 0
    let read = 0
    const coming = await new Promise<IncomingMessage>((resolve, reject) =>
      request(`${site.url}/repository/targets/models/demo/${digest}.sparse-1.0.0.ewp`, resolve)
        .on('error', reject)
        .end(),
    )
    for await (const piece of coming) {
      read += (piece as Buffer).length
      most = Math.max(most, process.memoryUsage.rss())
    }
    expect(read).toBe(size)
    const artefacts = await fileArtefacts(join(site.dataDir, 'memory'))
    async function* going() {
      const piece = Buffer.alloc(2 ** 20)
      for (let at = 0; at < 192; at += 1) {
        most = Math.max(most, process.memoryUsage.rss())
        yield piece
      }
    }
    const staged = await artefacts.stage(going())
    expect(staged.bytes).toBe(192 * 2 ** 20)
    await staged.drop()
    expect((most - before) / 2 ** 20).toBeLessThan(150)
  })
})
