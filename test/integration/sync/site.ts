import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import type { Privacy } from '#core/contracts/privacy.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { openSettings } from '#edge/journal/settings.ts'
import { createSync, type Sync } from '#edge/sync/create-sync.ts'
import type { LinkStanding } from '#edge/sync/link/link-port.ts'
import type { Paces } from '#edge/sync/paces.ts'
import { privacyKey } from '#edge/sync/privacy/values.ts'
import { FakeCentral } from './fake-central.ts'

export const device = 'd'.repeat(64)
export const allRaw: Privacy = { default: 'raw', asset: 'raw', notes: 'raw' }
const quick: Partial<Paces> = {
  poll: 4,
  linger: [0, 0, 0, 0, 0],
  deadline: 400,
  again: { firstMs: 2, mostMs: 8 },
  reaching: { firstMs: 2, mostMs: 8 },
  nudge: 1,
}

export interface Site {
  dir: string
  central: FakeCentral
  journal: Journal
  sync: Sync
  clock: { ms: number }
  /** As enrolment left it; the link tells of a change. */
  standing: LinkStanding
  changed: () => void
  /** What went wrong where nobody waited for an answer. */
  failures: unknown[]
  /** What people were told of alerts that do not get to central; null: they do again. */
  notSent: (string | null)[]
  /** Kills what sends, without a word, and starts again on the same folder. */
  restart: () => Promise<void>
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A machine with a journal of its own, and a central in this process. Nothing is sent before `sync.start()`. */
export async function syncSite({
  paces,
  privacy = allRaw,
}: {
  paces?: Partial<Paces>
  privacy?: Privacy
} = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-sync-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  const central = new FakeCentral()
  await central.listen()
  undo.push(() => central.stop())
  const listeners = new Set<() => void>()
  const clock = { ms: Date.parse('2026-11-02T06:00:00Z') }
  const failures: unknown[] = []
  const notSent: (string | null)[] = []
  const standing: LinkStanding = {
    ...{ state: 'enrolled', central: 'http://central.test', device, site: 'here', groups: [] },
    ...{ problem: null, lastContactMs: null, isConnected: true, clockOffsetMs: null },
  }
  const settings = await openSettings(dir, { hostname: 'test' })
  const open = async () => {
    const journal = openJournal(dir, { now: () => clock.ms, randomUUID })
    const sync = createSync({
      ...{ dataDir: dir, journal, settings, now: () => clock.ms, random: Math.random },
      boot: { id: 'boot', elapsedMs: () => performance.now() },
      link: {
        client: central.client as never,
        membership: () => ({
          state: standing.state === 'refused' ? 'enrolled' : standing.state,
          central: standing.central,
          device: standing.device,
        }),
        standing: () => standing,
        onChange: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      audit: async (kind, by, body) =>
        journal.write((tx) => tx.events('events', [{ kind, timeMs: clock.ms, by, body }])),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      failed: (error) => failures.push(error),
      notSent: (why) => notSent.push(why),
      paces: { ...quick, ...paces },
    })
    return { journal, sync }
  }
  const site: Site = {
    ...{ dir, central, clock, standing, failures, notSent },
    ...(await open()),
    changed: () => {
      for (const listener of listeners) listener()
    },
    restart: async () => {
      await site.sync.close()
      await site.journal.close()
      Object.assign(site, await open())
    },
  }
  undo.push(async () => {
    await site.sync.close()
    await site.journal.close()
  })
  await site.journal.write((tx) => {
    for (const model of ['machine-failure', 'triage']) tx.putState(privacyKey(model, '1.2.0'), privacy)
  })
  return site
}

/** Resolves when everything of these streams is at central. */
export async function drained({ sync }: Site): Promise<void> {
  await expect.poll(() => Object.values(sync.waiting()).reduce((n, { rows }) => n + rows, 0)).toBe(0)
}
