import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heldRepository, takeNewer } from '#central/backup/newer-repository.ts'
import { assign } from '#central/registry/changes.ts'
import type { SigningKey } from '#central/registry/key.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'
import { verifyRepository } from '#central/registry/verify.ts'
import { model, repositoryOf } from '#support/central/rollout-repository.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
let [made, dir] = ['', '']
let keys: Record<string, SigningKey>
const at = (name: string) => join(dir, name)

/** Another step of a site: one version up for site, snapshot and timestamp. */
async function signed(where: string, version: string): Promise<void> {
  const repository = await openRepository(where)
  assign(repository, { ...{ site: 'plant-1', group: null, model }, version, activate: 'at-once' }, nowMs)
  const { waiting } = await settle(repository, { keys: Object.values(keys), nowMs })
  expect(waiting).toEqual([])
}

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'edgewright-newer-'))
  keys = await repositoryOf(join(made, 'repository'), ['plant-1'], nowMs)
  await signed(join(made, 'repository'), '1.0.0')
})
afterAll(() => rmSync(made, { recursive: true, force: true }))
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-newer-'))
  for (const name of ['held', 'other']) cpSync(join(made, 'repository'), at(name), { recursive: true })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const all = (where: string) =>
  Object.fromEntries(
    readdirSync(where, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(where.length), readFileSync(path, 'utf8')]
      }),
  )
async function refused(why: RegExp): Promise<void> {
  const before = all(at('held'))
  await expect(takeNewer(at('held'), at('other'))).rejects.toMatchObject({
    ...{ code: 'repository-refused', message: expect.stringMatching(why) },
  })
  expect(all(at('held'))).toEqual(before)
  expect(readdirSync(dir).sort()).toEqual(['held', 'other'])
}

describe('of two copies of a repository', () => {
  it('the newer one is taken, and everything in it holds', async () => {
    await signed(at('other'), '1.1.0')
    const was = await heldRepository(at('held'))
    const taken = await takeNewer(at('held'), at('other'))
    expect(taken).toEqual({
      ...{ timestamp: was!.timestamp + 1, backedUp: was!.timestamp, isTaken: true, lacking: [] },
    })
    expect(all(at('held'))).toEqual(all(at('other')))
    expect((await verifyRepository(at('held'), { nowMs })).problems).toEqual([])
  })

  it('the same one and an older one change nothing', async () => {
    const before = all(at('held'))
    expect(await takeNewer(at('held'), at('other'))).toMatchObject({ isTaken: false })
    expect(all(at('held'))).toEqual(before)
    await signed(at('held'), '1.1.0')
    const after = all(at('held'))
    expect(await takeNewer(at('held'), at('other'))).toMatchObject({ isTaken: false })
    expect(all(at('held'))).toEqual(after)
  })

  it('one whose signature does not hold is refused', async () => {
    await signed(at('other'), '1.1.0')
    const path = join(at('other'), 'metadata', 'timestamp.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(
      path,
      text.replace(/("sig":\s*")(..)/, (_, before) => `${before}00`),
    )
    await refused(/timestamp\.json lacks signatures/)
  })

  it('one of another first root is refused, however new it is', async () => {
    rmSync(at('other'), { recursive: true })
    await repositoryOf(at('other'), ['plant-1'], nowMs)
    await refused(/its root 1 is another one/)
  })

  it('one that is as new and another is refused, though it is signed', async () => {
    await signed(at('held'), '1.1.0')
    await signed(at('other'), '1.2.0')
    await refused(/its (timestamp|snapshot|site-plant-1) \d is another one/)
  })

  it('one of which a part would go back is refused', async () => {
    await signed(at('other'), '1.1.0')
    const refresh = { snapshot: false, timestamp: true }
    await settle(await openRepository(at('held')), { keys: Object.values(keys), nowMs, refresh })
    await settle(await openRepository(at('held')), { keys: Object.values(keys), nowMs, refresh })
    await refused(/its snapshot, site-plant-1 would go forward, and its timestamp back/)
  })

  it('packages that only the backup has stay, and those that nobody has are named', async () => {
    await signed(at('other'), '1.1.0')
    const folder = join(at('other'), 'targets', 'models', 'demo')
    const [one, two] = readdirSync(folder).sort()
    for (const name of [one!, two!]) rmSync(join(folder, name))
    rmSync(join(at('held'), 'targets', 'models', 'demo', two!))
    const { lacking } = await takeNewer(at('held'), at('other'))
    expect(lacking).toEqual([`models/demo/${two!.replace(/^[0-9a-f]{64}\./, '')}`])
    expect(existsSync(join(at('held'), 'targets', 'models', 'demo', one!))).toBe(true)
  })

  it('a stick is read where its own folder lies', async () => {
    await signed(at('other'), '1.1.0')
    const folder = join(at('stick'), 'edgewright-repository')
    cpSync(at('other'), folder, { recursive: true })
    expect(await takeNewer(at('held'), at('stick'))).toMatchObject({ isTaken: true })
  })

  it('a folder without one is refused', async () => {
    const refusal = {
      code: 'repository-refused',
      message: expect.stringMatching(/there is no .* in \S+\/none$/),
    }
    await expect(takeNewer(at('held'), at('none'))).rejects.toMatchObject(refusal)
  })
})
