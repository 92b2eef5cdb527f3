import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { beliefIn } from '#support/update-faults/flips.ts'
import { id, Machine, reading } from '#support/update-faults/machine.ts'
import { Packages } from '#support/update-faults/packages.ts'
import { type Saved, saved } from '#support/update-faults/restorable.ts'

/** Row 36 of UPDATES.md for what a machine keeps of trust: torn, deleted, or put back from an old copy while it is off. */
let site: SignedSite
let server: RepositoryServer
let edge: TestEdge
let machine: Machine
/** The repository as it was, and as it is; `newer` is authentic, and one step further. */
let older: Saved
let current: Saved
let newer: Saved
const packages = new Packages()

beforeAll(async () => {
  site = await signedSite({ packages: [await packages.file('1.0.0')] })
  older = saved(site)
  for (const role of ['targets', 'models-demo', 'site-plant-1']) await site.put(role)
  current = saved(site)
  for (const role of ['targets', 'models-demo', 'site-plant-1']) await site.put(role)
  newer = saved(site)
  server = await serveRepository(site.dir)
  edge = await startTestEdge({ allowUnsigned: false })
  machine = new Machine(() => edge)
})
afterAll(async () => {
  await edge?.remove()
  await server?.close()
  for (const one of [older, current, newer, site, packages]) one?.remove()
})

/** The machine has believed the older state, and the current one since. */
beforeEach(async () => {
  older.restore()
  await machine.trust(site.root(), site.site, server.url)
  expect(await machine.check()).toMatchObject({ code: 'done' })
  copy('journal.db', 'old-copy.db')
  current.restore()
  expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
})

const path = (name: string) => join(edge.dataDir, name)
const marks = 'trust/marks.json'
const root = 'trust/root.json'
const cut = (name: string) => truncateSync(path(name), readFileSync(path(name)).length >> 1)
const gone = (name: string) => rmSync(path(name))
const copy = (from: string, to: string) => copyFileSync(path(from), path(to))

async function whileOff(harm: () => void): Promise<void> {
  await edge.close()
  harm()
  edge = await startTestEdge({ dataDir: edge.dataDir, allowUnsigned: false })
}

/** Older authentic metadata is refused, and newer is believed; 1.0.0 answers. */
async function expectMarksHold(): Promise<void> {
  older.restore()
  const { code, message } = await machine.check()
  expect([code, message]).toEqual([
    'update-refused',
    expect.stringMatching(/that goes back, for this machine has believed/),
  ])
  newer.restore()
  expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
  expect(beliefIn(edge.dataDir).trusted.marks).toMatchObject({
    targets: 3,
    timestamp: site.read('timestamp').signed.version,
  })
  await expectAnswers()
}

async function expectAnswers(): Promise<void> {
  expect(await machine.slots()).toEqual(['1.0.0 running', null, null])
  const path = `/api/models/${id}/readings`
  expect(await edge.client.json<Decision>('POST', path, reading())).toMatchObject({ by: 'model' })
}

describe('row 36: what is kept of trust', () => {
  it.each<[string, () => void]>([
    ['marks.json cut', () => cut(marks)],
    ['marks.json deleted', () => gone(marks)],
    ['root.json cut', () => cut(root)],
    ['root.json deleted', () => gone(root)],
    ['both deleted', () => rmSync(path('trust'), { recursive: true })],
  ])('%s: the journal holds', async (_, harm) => {
    await whileOff(harm)
    expect(await machine.updates()).toMatchObject({ trust: 'current' })
    await expectAnswers()
    await expectMarksHold()
  })

  const withoutJournal = () => {
    for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
      if (existsSync(path(name))) gone(name)
  }

  it('the journal put back from an older copy: the marks beside it hold', async () => {
    await whileOff(() => {
      withoutJournal()
      copy('old-copy.db', 'journal.db')
    })
    await expectMarksHold()
  })

  it('the journal deleted: it begins again at the root beside it, under the marks beside it', async () => {
    await whileOff(withoutJournal)
    const { trust, view } = await machine.updates()
    expect(['anchored', 'current']).toContain(trust) // it asks by itself at once
    expect(view === null || view.versions['targets'] === 2).toBe(true)
    // What runs is kept there too: it is brought again, as assigned.
    expect(await machine.check()).toMatchObject({ code: 'done' })
    await expectMarksHold()
  })

  it.each<[string, () => void]>([
    ['the root beside it is cut', () => cut(root)],
    ['the marks beside it are cut', () => cut(marks)],
  ])('the journal deleted, and %s: lost, and said, until the root is given again', async (_, harm) => {
    await whileOff(() => {
      withoutJournal()
      harm()
    })
    expect(await machine.updates()).toMatchObject({ trust: 'damaged', root: null })
    expect(await machine.check()).toMatchObject({ code: 'trust-missing', status: 409 })
    await expect(machine.trust(site.root(), site.site, server.url, false)).rejects.toMatchObject({
      code: 'trust-exists',
    })
    await machine.trust(site.root(), site.site, server.url)
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
    await expectAnswers()
  })

  it('a root and settings that an installer put there: believed at the first start', async () => {
    const text = readFileSync(path(root), 'utf8')
    await whileOff(() => {
      withoutJournal()
      rmSync(path('trust'), { recursive: true })
      mkdirSync(path('trust'))
      writeFileSync(path(root), text)
    })
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
    await expectAnswers()
  })
})
