import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Catalogue } from '#central/catalogue/catalogue.ts'
import { dueNotice, retirementOf, standingOf } from '#central/catalogue/standing.ts'
import type { CentralRole } from '#core/contracts/central.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import type { Delivery } from '#core/contracts/hooks.ts'
import {
  type Alias,
  aliasMovesPageSchema,
  aliasSchema,
  type Deployed,
  deployedPageSchema,
  registryVersionDetailSchema,
} from '#core/contracts/registry.ts'
import { packageOf } from '#support/central/package-of.ts'
import { type RegistrySite, registrySite } from '#support/central/registry-site.ts'

const dayMs = 86_400_000
const models = '/api/registry/models/press-failure'
const retires = '2027-03-01T00:00:00.000Z'

let site: RegistrySite
let ms = Date.parse('2026-11-21T10:00:00Z')
beforeAll(async () => {
  site = await registrySite({ now: () => ms })
  await site.upload(await packageOf())
  await site.upload(
    await packageOf({ version: '1.1.0', release: 2, edit: (manifest) => (manifest.retireAt = retires) }),
  )
  await site.sign(...site.signers)
  await site.upload(await packageOf({ version: '2.0.0', release: 3 }))
})
afterAll(() => site.remove())

const logged = async (kind: string) =>
  (
    await site.base.db
      .selectFrom('central_log')
      .selectAll()
      .where('kind', 'like', kind)
      .orderBy('id')
      .execute()
  ).map(({ body }) => body as Record<string, unknown>)
const move = (alias: string, version: string | null, reason = 'trial') =>
  site.ask<Alias & ErrorBody>('PUT', `${models}/aliases/${alias}`, { version, reason })
const shown = async (version: string) =>
  registryVersionDetailSchema.parse((await site.ask('GET', `${models}/versions/${version}`)).body)

describe('aliases', () => {
  it('move, and every move is kept with who, when and why', async () => {
    expect(aliasSchema.parse((await move('staging', '1.0.0')).body)).toMatchObject({
      version: '1.0.0',
      by: 'admin',
    })
    ms += 1000
    await move('staging', '1.1.0', 'better on the night shift')
    await move('press-7', '1.1.0')
    await move('staging', null, 'over')
    expect((await shown('1.1.0')).aliases).toEqual(['press-7'])
    const history = async (cursor = '') =>
      aliasMovesPageSchema.parse(
        (await site.ask('GET', `${models}/aliases/history?alias=staging&limit=2${cursor}`)).body,
      )
    const first = await history()
    expect(first.items.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      ['1.1.0', null, 'over'],
      ['1.0.0', '1.1.0', 'better on the night shift'],
    ])
    expect((await history(`&cursor=${first.next}`)).items).toMatchObject([{ from: null, to: '1.0.0' }])
    expect((await logged('alias.moved')).map(({ alias, to }) => [alias, to])).toContainEqual([
      'press-7',
      '1.1.0',
    ])
  })

  it('write down where they truly came from, when two people move one at once', async () => {
    await Promise.all([
      move('development', '1.0.0'),
      move('development', '1.1.0'),
      move('development', '1.0.0'),
    ])
    const { body } = await site.ask('GET', `${models}/aliases/history?alias=development`)
    const moves = aliasMovesPageSchema.parse(body).items.reverse()
    expect(moves[0]?.from).toBeNull()
    for (const [index, { from }] of moves.slice(1).entries()) expect(from).toBe(moves[index]!.to)
  })

  it('never point to what may not run', async () => {
    const proposed = await move('staging', '2.0.0')
    expect([proposed.status, proposed.body.error.code]).toEqual([409, 'registry-refused'])
    expect(proposed.body.error.hint).toContain('signatures')
    expect((await move('staging', '7.0.0')).body.error.code).toBe('registry-unknown')
    expect((await move('Not_A_Name', '1.0.0')).body.error.code).toBe('request-invalid')
  })

  it('are moved by a publisher, and production by an approver alone', async () => {
    const catalogue = new Catalogue({
      ...{
        base: site.base,
        dir: site.repository.dir,
        artefacts: undefined as never,
        keys: [],
        now: () => ms,
        publish: async () => undefined,
      },
    })
    const as = (role: CentralRole, alias: string) =>
      catalogue.moveAlias(
        'press-failure',
        alias,
        { version: '1.0.0', reason: 'r' },
        { name: role, roles: [role] },
      )
    await expect(as('publisher', 'production')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(as('approver', 'staging')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(as('viewer', 'staging')).rejects.toMatchObject({ code: 'not-allowed' })
    await as('approver', 'production')
    await as('publisher', 'staging')
    expect((await shown('1.0.0')).aliases).toEqual(expect.arrayContaining(['production', 'staging']))
  })
})

describe('dates', () => {
  const deprecate = (body: object) => site.ask('PUT', `${models}/versions/1.0.0/deprecation`, body)

  it('are set and taken back, and the earlier one holds', async () => {
    await deprecate({ deprecated: true, retireAt: '2026-12-31T00:00:00+01:00', reason: 'replaced by 1.1' })
    expect(await shown('1.0.0')).toMatchObject({
      state: 'deprecated',
      deprecated: { by: 'admin', reason: 'replaced by 1.1' },
      retireAt: { at: '2026-12-30T23:00:00.000Z', from: 'central' },
    })
    await deprecate({ deprecated: false, reason: 'not yet' })
    expect(await shown('1.0.0')).toMatchObject({ state: 'published', deprecated: null, retireAt: null })
    expect((await shown('1.1.0')).retireAt).toEqual({ at: retires, from: 'manifest' })
    const dates = { retire_at: new Date('2028-01-01'), manifest_retire_at: retires }
    expect(retirementOf(dates)).toEqual({ at: retires, from: 'manifest' })
    const row = { ...dates, state: 'published', revoked: null, deprecated_at: null } as const
    expect(standingOf(row, Date.parse(retires))).toBe('retired')
    expect(standingOf(row, Date.parse(retires) - 1)).toBe('published')
  })

  it('are told of ahead, and once they have come, each once', async () => {
    const told = async () => (await logged('version.retir%')).map(({ version, days }) => [version, days])
    expect(await told()).toEqual([])
    await site.ask('POST', '/api/hooks', {
      url: 'https://hook.invalid/x',
      kinds: ['version.changed'],
      note: 'x',
    })
    for (const [before, seen] of [
      [30, [['1.1.0', 30]]],
      [29, [['1.1.0', 30]]],
      [
        0.5,
        [
          ['1.1.0', 30],
          ['1.1.0', 1],
        ],
      ],
      [
        0,
        [
          ['1.1.0', 30],
          ['1.1.0', 1],
          ['1.1.0', undefined],
        ],
      ],
    ] as const) {
      ms = Date.parse(retires) - before * dayMs
      await vi.waitFor(async () => expect(await told()).toEqual(seen), 120_000)
    }
    // One message for the hook with each, queued in the transaction that wrote it down.
    const { body } = await site.ask<{ items: Delivery[] }>('GET', '/api/deliveries')
    expect(body.items.map(({ kind }) => kind)).toEqual(Array(3).fill('version.changed'))
    expect((await shown('1.1.0')).state).toBe('retired')
    expect((await move('staging', '1.1.0')).body.error.code).toBe('registry-refused')
  })

  it('are due at 30, 7 and 1 days, the nearest only', () => {
    const due = (days: number, ...given: number[]) => dueNotice(days * dayMs, 0, given)
    expect([due(31), due(30), due(7), due(1), due(0), due(-5)]).toEqual([undefined, 30, 7, 1, 0, 0])
    expect([due(6, 30), due(6, 30, 7), due(0, 1), due(-5, 0)]).toEqual([7, undefined, 0, undefined])
  })
})

it('tells what ran where, when and by whom, out of what machines said', async () => {
  const { db } = site.base
  const { digest } = await shown('1.0.0')
  const { id } = await db
    .insertInto('devices')
    .values({
      ...{
        device: 'ab'.repeat(32),
        public_key: '',
        name: 'press 7',
        site: 'plant-1',
        groups: [],
        state: 'enrolled',
      },
      enrolled_at: new Date(),
    } as never)
    .returning('id')
    .executeTakeFirstOrThrow()
  const epoch = '5a1f0c1e-0000-4000-8000-000000000000'
  const happened = [
    ['deployment.running', '10:00', 'M. Sato'],
    ['deployment.previous', '11:00', 'M. Sato'],
    ['deployment.running', '12:00', 'a guardrail'],
    ['deployment.rolled-back', '13:00', 'K. Ito'],
    ['deployment.running', '14:00', 'K. Ito'],
  ] as const
  for (const [index, [kind, time, by]] of happened.entries())
    await db
      .insertInto('device_events')
      .values({
        ...{
          device_id: id,
          stream: 1,
          epoch,
          seq: index + 1,
          by,
          kind,
          model: 'press-failure',
          version: '1.0.0',
          digest,
        },
        ...{
          at: new Date(`2026-11-20T${time}:00Z`),
          received: new Date(),
          body: JSON.stringify({ reason: 'why' }),
        },
      })
      .execute()
  const page = async (query: string) =>
    deployedPageSchema.parse((await site.ask<Deployed>('GET', `${models}/history?limit=2${query}`)).body)
  const first = await page('&site=plant-1')
  expect(
    first.items.map(({ from, to, by, ended }) => [from.slice(11, 16), to?.slice(11, 16), by, ended]),
  ).toEqual([
    ['14:00', undefined, 'K. Ito', null],
    ['12:00', '13:00', 'a guardrail', 'rolled-back'],
  ])
  expect((await page(`&cursor=${encodeURIComponent(first.next!)}`)).items).toMatchObject([
    { machine: 'press 7', by: 'M. Sato', ended: 'previous', reason: 'why' },
  ])
  expect((await page('&site=plant-2')).items).toEqual([])
})
