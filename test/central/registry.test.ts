import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readPackageWords } from '#central/catalogue/package-words.ts'
import type { SigningFile } from '#central/registry/signing-file.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import {
  registryModelDetailSchema,
  registryPageSchema,
  registryVersionDetailSchema,
  repositoryStatusSchema,
  type Signing,
  signaturesSchema,
  signingSchema,
  uploadedSchema,
  versionsPageSchema,
} from '#core/contracts/registry.ts'
import { centralSite } from '#support/central/central-site.ts'
import { packageOf } from '#support/central/package-of.ts'
import { type RegistrySite, registrySite, sha256 } from '#support/central/registry-site.ts'

let site: RegistrySite
beforeAll(async () => {
  site = await registrySite()
})
afterAll(() => site.remove())

const detail = async (version: string) => {
  const { status, body } = await site.ask('GET', `/api/registry/models/press-failure/versions/${version}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return registryVersionDetailSchema.parse(body)
}
const waiting = async () =>
  signingSchema.parse((await site.ask<Signing>('GET', '/api/registry/signing')).body).roles
const kept = () =>
  readdirSync(join(site.dataDir, 'artefacts'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  )
const logged = async (kind: string) =>
  (
    await site.base.db.selectFrom('central_log').selectAll().where('kind', '=', kind).orderBy('id').execute()
  ).map(({ by, body }) => ({ by, ...(body as Record<string, unknown>) }))

describe('a package on its way', () => {
  it('is proposed, read no further than its head, and waits for its signers', async () => {
    const bytes = await packageOf()
    const { status, body } = await site.upload(bytes, { sha256: sha256(bytes) })
    const uploaded = uploadedSchema.parse(body)
    expect(status).toBe(200)
    expect(uploaded).toMatchObject({
      model: 'press-failure',
      version: '1.0.0',
      family: 'demo',
      digest: sha256(bytes),
      known: false,
      live: [],
    })
    expect(uploaded.waiting[0]?.why).toContain('0 of 2 signatures')
    const proposed = await detail('1.0.0')
    expect(proposed).toMatchObject({
      state: 'proposed',
      title: null,
      manifest: null,
      card: null,
      proposedBy: 'admin',
    })
    expect(await waiting()).toMatchObject([
      {
        role: 'models-demo',
        have: [],
        threshold: 2,
        signers: ['models-demo-1', 'models-demo-2', 'models-demo-3'],
      },
    ])
    expect((await waiting())[0]?.changes[0]).toContain(sha256(bytes))
  })

  it('is there once, however often it comes at once, and no signature is lost by it', async () => {
    const first = signaturesSchema.parse((await site.sign(site.signers[0]!)).body)
    expect(first.imported).toEqual([{ role: 'models-demo', added: ['models-demo-1'] }])
    const bytes = await packageOf()
    const answers = await Promise.all([1, 2, 3, 4].map(() => site.upload(bytes)))
    expect(answers.map(({ status, body }) => [status, body.known])).toEqual(Array(4).fill([200, true]))
    expect((await waiting())[0]).toMatchObject({ have: ['models-demo-1'] })
    expect(kept()).toHaveLength(1)
  })

  it('goes live with the second signature, and says who approved it and what it is', async () => {
    expect((await detail('1.0.0')).lacks).toContain('1 of 2 signatures (models-demo-1)')
    const { body } = await site.sign(site.signers[1]!)
    expect(body.live.map(({ role }) => role)).toEqual(['models-demo', 'snapshot', 'timestamp'])
    expect(await detail('1.0.0')).toMatchObject({
      state: 'published',
      title: 'Test model',
      card: '# press-failure 1.0.0\n',
      signedBy: ['models-demo-1', 'models-demo-2'],
      approvals: [
        { by: 'models-demo-1', broughtBy: 'admin' },
        { by: 'models-demo-2', broughtBy: 'admin' },
      ],
      lacks: null,
      problem: null,
      replaces: null,
      manifest: {
        purpose: 'tests',
        trainedOn: { data: 'none' },
        people: { owner: { name: 'K. Lindqvist' } },
      },
    })
    expect(await waiting()).toEqual([])
    expect((await logged('version.published')).map(({ by }) => by)).toEqual(['models-demo-1, models-demo-2'])
  })

  it('keeps its proposal to itself: no signature of another key lets it out', async () => {
    const bytes = await packageOf({ version: '1.1.0', release: 2 })
    await site.upload(bytes)
    const { body: file } = await site.ask<SigningFile>('GET', '/api/registry/signing/file')
    const metadata = file.roles[0]!.metadata as { signatures: object[] }
    metadata.signatures.push({ keyid: site.repository.keys['targets']![0]!.id, sig: 'ab'.repeat(64) })
    const { status, body } = await site.ask<ErrorBody>('POST', '/api/registry/signatures', file)
    expect([status, body.error.code]).toEqual([409, 'repository-refused'])
    expect((await detail('1.1.0')).state).toBe('proposed')
  })

  it('is taken back, and nothing of it stays', async () => {
    const before = await detail('1.1.0')
    const path = '/api/registry/models/press-failure/versions'
    expect((await site.ask('POST', `${path}/1.1.0/discard`, { reason: 'wrong data' })).status).toBe(200)
    expect((await detail('1.1.0')).state).toBe('removed')
    expect(await waiting()).toEqual([])
    expect(kept()).toHaveLength(1)
    const target = join(
      site.repository.dir,
      'targets/models/demo',
      `${before.digest}.press-failure-1.1.0.ewp`,
    )
    expect(existsSync(target)).toBe(false)
    const published = await site.ask<ErrorBody>('POST', `${path}/1.0.0/discard`, { reason: 'no' })
    expect([published.status, published.body.error.code]).toEqual([409, 'registry-refused'])
  })
})

describe('what is refused leaves nothing', () => {
  it.each([
    ['is no package', Buffer.from('certainly no tar file'.repeat(100)), {}, 422, 'package-refused'],
    [
      'has another digest than was named',
      Buffer.from('x'),
      { sha256: 'ab'.repeat(32) },
      422,
      'download-refused',
    ],
  ])('what %s', async (_what, bytes, query, status, code) => {
    const answer = await site.upload<ErrorBody>(bytes, query)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).not.toContain(site.dataDir)
    expect(kept()).toHaveLength(1)
  })

  it('other bytes under a number that is published, and a family that there is not', async () => {
    const bytes = await packageOf({ card: 'other words' })
    const other = await site.upload<ErrorBody>(bytes)
    expect([other.status, other.body.error.code]).toEqual([409, 'registry-refused'])
    const family = await site.upload<ErrorBody>(await packageOf({ version: '9.0.0' }), { family: 'nobody' })
    expect([family.status, family.body.error.code]).toEqual([409, 'repository-refused'])
    expect(kept()).toHaveLength(1)
    expect(readdirSync(join(site.repository.dir, 'targets/models/demo'))).toHaveLength(1)
    expect(await waiting()).toEqual([])
  })

  it('an upload that is torn off in the middle', async () => {
    const stop = new AbortController()
    const torn = fetch(`${site.url}/api/registry/packages`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/octet-stream' },
      duplex: 'half',
      signal: stop.signal,
      body: new ReadableStream({
        pull: async (to) => {
          to.enqueue(new Uint8Array(65_536))
          if (readdirSync(join(site.dataDir, 'artefacts/staging')).length > 0) stop.abort()
          await new Promise(setImmediate)
        },
      }),
    } as RequestInit)
    await expect(torn).rejects.toThrow()
    await vi.waitFor(() => expect(kept()).toHaveLength(1), 120_000)
  })
})

describe('what the desk puts into the folder', () => {
  it('appears by itself, with who signed it, and what it takes the place of', async () => {
    const file = join(site.dataDir, 'desk.ewp')
    writeFileSync(
      file,
      await packageOf({ version: '1.2.0', release: 3, edit: (manifest) => (manifest.title = 'Pressen') }),
    )
    await site.repository.publish({ file, nowMs: Date.now() })
    await vi.waitFor(async () => expect((await detail('1.2.0')).title).toBe('Pressen'), 120_000)
    expect(await detail('1.2.0')).toMatchObject({
      state: 'published',
      proposedBy: null,
      replaces: '1.0.0',
      approvals: [{ by: 'models-demo-1', broughtBy: null }, { by: 'models-demo-2' }],
    })
  })

  it('shows a revocation', async () => {
    const { digest } = await detail('1.2.0')
    await site.repository.revoke({ digest, action: 'stop', reason: 'false alarms', nowMs: Date.now() })
    await vi.waitFor(async () => expect((await detail('1.2.0')).state).toBe('revoked'), 120_000)
    expect(await logged('version.revoked')).toMatchObject([{ version: '1.2.0', reason: 'false alarms' }])
  })

  it('is shown as damaged where its bytes are not those that were signed', async () => {
    const bytes = await packageOf()
    const flipped = Buffer.from(bytes)
    flipped[700]! ^= 1
    expect(await readPackageWords(Readable.from([flipped]), sha256(bytes))).toMatchObject({
      manifest: null,
      card: null,
    })
    expect((await readPackageWords(Readable.from([bytes]), sha256(bytes))).problem).toBeNull()
    expect(
      (await readPackageWords(Readable.from([bytes.subarray(0, 900)]), sha256(bytes))).manifest,
    ).toBeNull()
  })
})

describe('lists', () => {
  it('show models and versions page by page', async () => {
    const models = registryPageSchema.parse((await site.ask('GET', '/api/registry?search=PRESS')).body)
    expect(models.items).toMatchObject([
      {
        model: 'press-failure',
        versions: 2,
        proposed: 0,
        newest: { version: '1.2.0' },
        owner: 'K. Lindqvist',
      },
    ])
    expect(
      registryPageSchema.parse((await site.ask('GET', '/api/registry?search=nothing')).body).items,
    ).toEqual([])
    const pages: string[] = []
    let cursor = ''
    do {
      const { body } = await site.ask('GET', `/api/registry/models/press-failure/versions?limit=1${cursor}`)
      const page = versionsPageSchema.parse(body)
      pages.push(...page.items.map(({ version, state }) => `${version} ${state}`))
      cursor = page.next === null ? '' : `&cursor=${page.next}`
    } while (cursor)
    expect(pages).toEqual(['1.2.0 revoked', '1.1.0 removed', '1.0.0 published'])
  })

  it('count by site what machines report', async () => {
    const { digest } = await detail('1.0.0')
    for (const [name, at] of [
      ['a', 'plant-1'],
      ['b', 'plant-1'],
      ['c', 'plant-2'],
    ] as const)
      await site.base.db
        .insertInto('devices')
        .values({
          ...{
            device: sha256(Buffer.from(name)),
            public_key: '',
            name,
            site: at,
            groups: [],
            state: 'enrolled',
          },
          enrolled_at: new Date(),
          models: JSON.stringify([
            {
              id: 'press-failure',
              running: '1.0.0',
              digest,
              previous: name === 'c' ? '0.9.0' : null,
              staged: null,
            },
          ]),
        } as never)
        .execute()
    const model = registryModelDetailSchema.parse(
      (await site.ask('GET', '/api/registry/models/press-failure')).body,
    )
    expect(model.running).toBe(3)
    expect(model.where).toEqual([
      { site: 'plant-1', slot: 'running', version: '1.0.0', digest, machines: 2 },
      { site: 'plant-2', slot: 'running', version: '1.0.0', digest, machines: 1 },
      { site: 'plant-2', slot: 'previous', version: '0.9.0', digest: null, machines: 1 },
    ])
    expect((await detail('1.0.0')).where.map(({ site: at, machines }) => [at, machines])).toEqual([
      ['plant-1', 2],
      ['plant-2', 1],
    ])
  })

  it('say how the repository stands', async () => {
    const status = repositoryStatusSchema.parse((await site.ask('GET', '/api/registry/repository')).body)
    expect(status).toMatchObject({
      exists: true,
      problem: null,
      families: ['demo'],
      sites: ['plant-1'],
      artefacts: 'files',
    })
    const missing = await site.ask<ErrorBody>('GET', '/api/registry/models/nothing')
    expect([missing.status, missing.body.error.code]).toEqual([404, 'registry-unknown'])
  })
})

it('says what to do where there is no repository yet', async () => {
  const empty = await centralSite()
  try {
    expect((await empty.ask('GET', '/api/registry')).body).toEqual({ items: [], next: null })
    expect((await empty.ask('GET', '/api/registry/repository')).body).toMatchObject({ exists: false })
    const answer = await empty.ask<ErrorBody>(
      'PUT',
      '/api/registry/packages',
      {},
      { 'content-type': 'application/octet-stream' },
    )
    expect(answer.body.error).toMatchObject({
      code: 'repository-refused',
      hint: expect.stringContaining('repo init'),
    })
  } finally {
    await empty.remove()
  }
})
