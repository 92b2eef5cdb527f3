import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { assign } from '#central/registry/changes.ts'
import { Desk, type Entry, mostEntries } from '#central/registry/desk.ts'
import type { SigningKey } from '#central/registry/key.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'
import { exportForSigning } from '#central/registry/signing-file.ts'
import { digestOf, model, repositoryOf } from '#support/central/rollout-repository.ts'

const dayMs = 86_400_000
let dataDir: string
let keys: Record<string, SigningKey>
const clock = { ms: 0 }

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'edgewright-desk-'))
  clock.ms = Date.parse('2026-11-01T08:00:00Z')
  keys = await repositoryOf(join(dataDir, 'repository'), ['brno', 'cork'], clock.ms)
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const desk = (...roles: string[]) =>
  new Desk({ dataDir, keys: roles.map((role) => keys[role]!), now: () => clock.ms })
const online = ['snapshot', 'timestamp', 'site-brno']
const entry = (site: string, group: string | null, version: string | null): Entry => ({
  ...{ site, group, model },
  to: version === null ? null : { version, digest: digestOf(version), activate: 'at-once' },
})
const open = () => openRepository(join(dataDir, 'repository'))
const siteVersion = async (site: string) => (await open()).live.delegated.get(`site-${site}`)!.signed.version

it('signs all of a step in one version of the site, and nothing when it is asked again', async () => {
  const entries = [entry('brno', 'device-1', '1.1.0'), entry('brno', 'device-2', '1.1.0')]
  expect(await desk(...online).apply(entries)).toEqual([{ site: 'brno', live: true }])
  const stamp = readFileSync(join(dataDir, 'repository/metadata/timestamp.json'), 'utf8')
  expect(await desk(...online).apply(entries)).toEqual([{ site: 'brno', live: true }])
  expect(await siteVersion('brno')).toBe(2)
  expect(readFileSync(join(dataDir, 'repository/metadata/timestamp.json'), 'utf8')).toBe(stamp)
})

it('waits where it has no key of the site, says for what, and goes on once others have signed', async () => {
  const entries = [entry('brno', 'device-1', '1.1.0'), entry('cork', 'device-2', '1.1.0')]
  const mine = desk(...online)
  const [brno, cork] = await mine.apply(entries)
  expect(brno).toEqual({ site: 'brno', live: true })
  expect(cork).toMatchObject({
    live: false,
    role: 'site-cork',
    why: expect.stringContaining('site-cork key may sign'),
  })
  expect(cork).toHaveProperty('hint', expect.stringContaining('repo export'))
  expect((await exportForSigning(await open())).roles.map(({ role }) => role)).toEqual(['site-cork'])
  // A further step for the same site, before the first was signed, is put on top of it.
  await mine.apply([entry('cork', 'device-3', '1.1.0')])
  await settle(await open(), { keys: [keys['site-cork']!], nowMs: clock.ms })
  expect(await mine.upkeep()).toContainEqual({ role: 'site-cork', version: 2 })
  expect(await mine.apply([...entries, entry('cork', 'device-3', '1.1.0')])).toEqual([
    { site: 'brno', live: true },
    { site: 'cork', live: true },
  ])
})

it('never signs what others have left pending, and says that it waits for them', async () => {
  const repository = await open()
  assign(repository, { site: 'brno', group: null, model, version: '1.2.0', activate: 'at-once' }, clock.ms)
  await settle(repository, { keys: [], nowMs: clock.ms })
  const [brno] = await desk(...online).apply([entry('brno', 'device-1', '1.1.0')])
  expect(brno).toMatchObject({ live: false, why: expect.stringContaining('by others') })
  expect((await open()).live.delegated.get('site-brno')!.signed.targets).toEqual({})
})

it('brings in no bytes: a version that is not published so, and a site that is not there, are refused in words', async () => {
  const wrong = {
    ...entry('brno', null, '1.1.0'),
    to: { version: '1.1.0', digest: '0'.repeat(64), activate: 'at-once' as const },
  }
  await expect(desk(...online).apply([wrong])).rejects.toThrow('other bytes')
  expect((await desk(...online).apply([entry('ulm', null, '1.1.0')]))[0]).toMatchObject({
    ...{ live: false, why: expect.stringContaining('knows no site ulm') },
  })
  const many = Array.from({ length: mostEntries + 1 }, (_, k) => entry('brno', `device-${k}`, '1.1.0'))
  await expect(desk(...online).apply(many)).rejects.toThrow('1001 assignments')
  expect((await open()).pending.size).toBe(0)
})

it('signs the timestamp anew each day, what ends soon before it does, and says nothing on a clock that was set back', async () => {
  const mine = desk(...online)
  expect(await mine.upkeep()).toEqual([])
  clock.ms += dayMs
  expect(await mine.upkeep()).toEqual([{ role: 'timestamp', version: 2 }])
  expect(await mine.upkeep()).toEqual([])
  clock.ms += 25 * dayMs
  expect((await mine.upkeep()).map(({ role }) => role).sort()).toEqual(['snapshot', 'timestamp'])
  clock.ms += 310 * dayMs
  expect((await mine.upkeep()).map(({ role }) => role).sort()).toEqual(['site-brno', 'snapshot', 'timestamp'])
  clock.ms -= 400 * dayMs
  expect(await mine.upkeep()).toEqual([])
  await expect(mine.apply([entry('brno', null, '1.1.0')])).rejects.toThrow('clock')
})

it('does not keep writing what is signed and cannot go live', async () => {
  const mine = desk(...online)
  const repository = await open()
  assign(repository, { site: 'cork', group: null, model, version: '1.2.0', activate: 'at-once' }, clock.ms)
  await settle(repository, { keys: [keys['site-cork']!], nowMs: clock.ms })
  expect((await mine.upkeep()).map(({ role }) => role)).toContain('site-cork')
  expect(await mine.upkeep()).toEqual([])
})
