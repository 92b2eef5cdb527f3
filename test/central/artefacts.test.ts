import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Fastify from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Artefacts } from '#central/artefacts/artefacts.ts'
import { fileArtefacts } from '#central/artefacts/file-artefacts.ts'
import { rangeOf } from '#central/artefacts/range.ts'
import { s3Artefacts, s3FromEnv } from '#central/artefacts/s3-artefacts.ts'
import { repositoryRoutes } from '#central/catalogue/serve.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'
import { type FakeS3, fakeS3 } from '#support/central/fake-s3.ts'
import { packageOf } from '#support/central/package-of.ts'
import { registrySite, sha256 } from '#support/central/registry-site.ts'

async function* pieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function* torn(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes)
  throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
}
const filesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ name }) => name)
/** More than one part of an upload to S3. */
const large = Buffer.alloc(9 * 1024 * 1024, 'edgewright ')

describe.each(['files', 's3'] as const)('artefacts in %s', (kind) => {
  let dir: string
  let s3: FakeS3
  let artefacts: Artefacts
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'edgewright-artefacts-'))
    s3 = await fakeS3()
    artefacts = kind === 'files' ? await fileArtefacts(dir) : await s3Artefacts(dir, s3)
  })
  afterEach(async () => {
    await s3.close()
    rmSync(dir, { recursive: true })
  })
  const inStore = () => (kind === 's3' ? [...s3.objects.keys()] : filesIn(join(dir)))

  it.each([
    ['a small one', Buffer.from('few bytes')],
    ['a large one', large],
  ])('keep %s, and give it back from any byte on', async (_what, bytes) => {
    const { digest } = await artefacts.put(pieces(bytes), { expect: sha256(bytes) })
    expect(digest).toBe(sha256(bytes))
    expect(await artefacts.has(digest)).toBe(bytes.length)
    expect((await buffer((await artefacts.open(digest))!)).equals(bytes)).toBe(true)
    const end = bytes.length - 1
    expect((await buffer((await artefacts.open(digest, { start: 3, end }))!)).equals(bytes.subarray(3))).toBe(
      true,
    )
    expect((await buffer((await artefacts.open(digest, { start: 2, end: 4 }))!)).toString()).toBe(
      bytes.toString('utf8', 2, 5),
    )
    expect(inStore()).toHaveLength(1)
    if (kind === 's3') expect([filesIn(dir), s3.uploads.size]).toEqual([[], 0])
    await artefacts.remove(digest)
    expect([await artefacts.has(digest), await artefacts.open(digest)]).toEqual([undefined, undefined])
  })

  it('keep one thing once, however many bring it at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => artefacts.put(pieces(large))))
    expect(inStore()).toHaveLength(1)
    expect(await artefacts.has(sha256(large))).toBe(large.length)
  })

  it.each([
    ['a line that broke', torn(large), {}, 'body-unreadable'],
    ['another digest', pieces(large), { expect: 'ab'.repeat(32) }, 'download-refused'],
    ['more bytes than are taken', pieces(large), { maxBytes: 1000 }, 'body-too-large'],
    ['more than the disk has room for', pieces(large), { length: 2 ** 60 }, 'disk-too-small'],
  ])('keep nothing of %s', async (_what, bytes, limits, code) => {
    await expect(artefacts.put(bytes, limits)).rejects.toMatchObject({ code })
    expect([inStore(), filesIn(dir)]).toEqual([[], []])
  })

  it('keep nothing where the disk is full in the middle', async () => {
    async function* full() {
      yield* pieces(large)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        code: 'ENOSPC',
        syscall: 'write',
      })
    }
    await expect(artefacts.put(full())).rejects.toMatchObject({ code: 'disk-too-small' })
    expect([inStore(), filesIn(dir)]).toEqual([[], []])
  })

  it('sweep away at the start what a killed server left', async () => {
    mkdirSync(join(dir, 'staging'), { recursive: true })
    writeFileSync(join(dir, 'staging/left.part'), 'half')
    if (kind === 'files') await fileArtefacts(dir)
    else await s3Artefacts(dir, s3)
    expect(filesIn(dir)).toEqual([])
  })
})

describe('artefacts in S3', () => {
  let dir: string
  let s3: FakeS3
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'edgewright-artefacts-'))
    s3 = await fakeS3()
  })
  beforeEach(() => {
    s3.objects.clear()
    Object.assign(s3, { instead: () => undefined, spoil: (bytes: Buffer) => bytes })
  })
  afterAll(async () => {
    await s3.close()
    rmSync(dir, { recursive: true })
  })

  it('need the right keys', async () => {
    const artefacts = await s3Artefacts(dir, { ...s3, secretAccessKey: 'another' })
    await expect(artefacts.put(pieces(large))).rejects.toMatchObject({ code: 'artefacts-unreachable' })
    expect([s3.objects.size, filesIn(dir)]).toEqual([0, []])
  })

  it('leave nothing where the store spoils what it keeps, or fails half-way', async () => {
    const artefacts = await s3Artefacts(dir, s3)
    s3.spoil = (bytes) => Buffer.concat([Buffer.from([bytes[0]! ^ 1]), bytes.subarray(1)])
    const spoilt = Buffer.from('a few bytes that the store changes')
    await expect(artefacts.put(pieces(spoilt))).rejects.toMatchObject({ code: 'artefacts-unreachable' })
    s3.instead = (method, _key, query) => (method === 'POST' && query.has('uploadId') ? 503 : undefined)
    await expect(artefacts.put(pieces(large))).rejects.toMatchObject({ code: 'artefacts-unreachable' })
    expect([s3.objects.size, s3.uploads.size, filesIn(dir)]).toEqual([0, 0, []])
  })

  it('are said by the environment, whole or not at all', () => {
    const env = { EDGEWRIGHT_S3_ENDPOINT: 'https://s3.example.org/bucket', EDGEWRIGHT_S3_ACCESS_KEY_ID: 'k' }
    expect(s3FromEnv({})).toBeUndefined()
    expect(() => s3FromEnv(env)).toThrow('cannot be used')
    expect(s3FromEnv({ ...env, EDGEWRIGHT_S3_SECRET_ACCESS_KEY: 's', EDGEWRIGHT_S3_REDIRECT: '1' })).toEqual({
      ...{
        endpoint: 'https://s3.example.org/bucket',
        accessKeyId: 'k',
        secretAccessKey: 's',
        redirect: true,
      },
    })
  })

  it('are what machines download from, through central', async () => {
    const site = await registrySite({ s3 })
    try {
      const bytes = await packageOf()
      const digest = sha256(bytes)
      await site.upload(bytes)
      await site.sign(...site.signers)
      expect(s3.objects.get(`sha256/${digest.slice(0, 2)}/${digest}`)?.equals(bytes)).toBe(true)
      const path = `models/demo/${digest}.press-failure-1.0.0.ewp`
      // What lies in the bucket is enough: the folder may have lost it.
      rmSync(join(site.repository.dir, 'targets', path))
      const { bytes: rest } = await httpSource(`${site.url}/repository/`).target(path, bytes.length, 1000)
      expect((await buffer(rest as never)).equals(bytes.subarray(1000))).toBe(true)
    } finally {
      await site.remove()
    }
  })

  it('are what machines are sent to by a signed link, where that is wished', async () => {
    const artefacts = await s3Artefacts(dir, { ...s3, redirect: true })
    const app = Fastify()
    repositoryRoutes(app, { dir, artefacts })
    const bytes = Buffer.from('what a machine fetches')
    const { digest } = await artefacts.put(pieces(bytes))
    const { statusCode, headers } = await app.inject(`/repository/targets/models/demo/${digest}.m-1.0.0.ewp`)
    expect([statusCode, headers['cache-control']]).toEqual([302, 'no-store'])
    const rest = await fetch(String(headers.location), { headers: { range: 'bytes=7-' } })
    expect([rest.status, await rest.text()]).toEqual([206, bytes.toString('utf8', 7)])
    const forged = await fetch(String(headers.location).replace(digest, sha256(bytes.subarray(1))))
    expect(forged.status).toBe(403)
    await app.close()
  })
})

it('reads ranges as RFC 9110 says', () => {
  const range = (header: string | undefined, size = 100) => rangeOf(header, size)
  expect([
    range(undefined),
    range('bytes=5-2'),
    range('items=1-2'),
    range('bytes=-'),
    range('bytes=a-'),
  ]).toEqual(Array(5).fill('all'))
  expect([range('bytes=0-0'), range('bytes=50-'), range('bytes=90-200'), range('bytes=-200')]).toEqual([
    { start: 0, end: 0 },
    { start: 50, end: 99 },
    { start: 90, end: 99 },
    { start: 0, end: 99 },
  ])
  expect([range('bytes=100-'), range('bytes=-0'), range('bytes=0-', 0)]).toEqual(Array(3).fill('none'))
})
