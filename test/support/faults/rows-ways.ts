import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Policy } from '#core/contracts/update.ts'
import { openJournal } from '#edge/journal/open.ts'
import { beliefKey } from '#edge/update/believed.ts'
import { slow } from '../bad-versions.ts'
import { decided, revoked } from '../deploy-site.ts'
import { type Row, type Scene, toNext } from './row.ts'

const back = ['1.0.0 running', '1.0.1 rolled-back']

/** 1.0.1 runs, 1.0.0 is previous. */
export async function next({ site, id, versions }: Scene): Promise<void> {
  expect(await site.install(versions[1]!)).toMatchObject({ code: 'done' })
  expect(await site.activate(id, '1.0.1')).toMatchObject({ code: 'done' })
}

/** What the central team decided, as synchronisation will leave it in the journal. */
async function decide({ site }: Scene, policy: Partial<Policy>): Promise<void> {
  await site.stop()
  const journal = openJournal(site.dataDir, { now: Date.now, randomUUID })
  await journal.write((tx) => tx.putState(beliefKey, decided(policy)))
  await journal.close()
  await site.start()
}

const digestOf = async ({ site, id }: Scene, slot: 'previous' | 'staged') =>
  (await site.summary(id)).slots[slot]!.digest

/** Takes a while to qualify. */
const slowly = ({ base }: Scene) => slow(base, { version: '1.0.7', release: 8, times: 15 })

/** Row 42: what the central team withdrew. */
export const barred: Row[] = [
  {
    row: 42,
    title: 'rollback to a revoked version',
    alone: true,
    arrange: async (scene) => {
      await next(scene)
      await decide(scene, { revoked: [revoked(await digestOf(scene, 'previous'))] })
    },
    act: async ({ site, id }) => [await site.rollback(id)],
    said: [['version-barred', /cannot go back: 1\.0\.0 was revoked/]],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['rollback.refused'],
    check: async ({ site, id }) =>
      expect((await site.summary(id)).rollback).toMatchObject({ ready: false, text: /revoked/ }),
  },
  {
    row: 42,
    title: 'rollback below the floor of releases',
    long: true,
    alone: true,
    arrange: async (scene) => {
      await next(scene)
      await decide(scene, { minimumRelease: { [scene.id]: 2 } })
    },
    act: async ({ site, id }) => [await site.rollback(id)],
    said: [['version-barred', /1\.0\.0 is release 1, and no release below 2/]],
    chain: toNext,
    slots: ['1.0.1 running', '1.0.0 previous', null],
    audit: ['rollback.refused'],
  },
  {
    row: 42,
    title: 'activation of a revoked version',
    long: true,
    alone: true,
    arrange: async (scene) => {
      await scene.site.install(scene.versions[1]!)
      await decide(scene, { revoked: [revoked(await digestOf(scene, 'staged'))] })
    },
    act: async ({ site, id }) => [await site.activate(id, '1.0.1')],
    said: [['version-barred', /1\.0\.1 was revoked/]],
    chain: ['1.0.1 verifying', '1.0.1 staged'],
    slots: ['1.0.0 running', null, '1.0.1 staged'],
    audit: ['activation.refused'],
  },
]

/** Row 43: two at once. */
export const atOnce: Row[] = [
  {
    row: 43,
    title: 'two installations of one package at once: one wins',
    act: async ({ site, versions }) =>
      (await Promise.all([site.install(versions[1]!), site.install(versions[1]!)])).sort(byCode),
    said: [['done'], [expect.stringMatching(/^model-(busy|exists)$/)]],
    chain: ['1.0.1 verifying', '1.0.1 staged'],
    slots: ['1.0.0 running', null, '1.0.1 staged'],
    audit: ['package.refused'],
  },
  {
    row: 43,
    title: 'an installation beside an activation: busy',
    long: true,
    arrange: async (scene) => scene.site.install(await slowly(scene)),
    act: async ({ site, id, versions }) => {
      const activating = site.activate(id, '1.0.7')
      await entered(site, id, '1.0.7 qualifying')
      return [await site.install(versions[1]!), await activating]
    },
    said: [['model-busy', /an activation is under way/], ['done']],
    chain: ['1.0.7 verifying', '1.0.7 staged', '1.0.7 qualifying', '1.0.7 running', '1.0.0 previous'],
    slots: ['1.0.7 running', '1.0.0 previous', null],
    audit: ['package.refused'],
  },
  {
    row: 43,
    title: 'a rollback beside an activation: the rollback wins',
    arrange: async (scene) => {
      await next(scene)
      await scene.site.install(await slowly(scene))
    },
    act: async ({ site, id }) => {
      const activating = site.activate(id, '1.0.7')
      await entered(site, id, '1.0.7 qualifying')
      return [await site.rollback(id), await activating]
    },
    said: [['done'], ['model-busy', /changed meanwhile/]],
    chain: [...toNext, '1.0.7 verifying', '1.0.7 staged', '1.0.7 qualifying', ...back, '1.0.7 retired'],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: ['activation.refused'],
  },
  {
    row: 43,
    title: 'two rollbacks at once: one goes back, once',
    arrange: next,
    act: async ({ site, id }) => (await Promise.all([site.rollback(id), site.rollback(id)])).sort(byCode),
    said: [['done'], [expect.stringMatching(/^(model-busy|no-previous)$/)]],
    chain: [...toNext, ...back],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: ['rollback.refused'],
  },
  {
    row: 43,
    title: 'two activations at once: one wins',
    long: true,
    arrange: async (scene) => scene.site.install(await slowly(scene)),
    act: async ({ site, id }) =>
      (await Promise.all([site.activate(id, '1.0.7'), site.activate(id, '1.0.7')])).sort(byCode),
    said: [['done'], ['model-busy', /an activation is under way/]],
    chain: ['1.0.7 verifying', '1.0.7 staged', '1.0.7 qualifying', '1.0.7 running', '1.0.0 previous'],
    slots: ['1.0.7 running', '1.0.0 previous', null],
    audit: ['activation.refused'],
  },
]

const byCode = (a: { code: string }, b: { code: string }) => a.code.localeCompare(b.code)

async function entered(site: Scene['site'], id: string, state: string): Promise<void> {
  while ((await site.chain(id)).at(-1) !== state);
}
