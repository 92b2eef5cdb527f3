import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceReport } from '#core/contracts/sync.ts'
import { AuditTrail } from '#edge/audit/audit-trail.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { openSettings, type Settings } from '#edge/journal/settings.ts'
import { Link } from '#edge/sync/link/link.ts'
import type { RepositorySource } from '#edge/update/source.ts'
import type { FakeCentral } from '../../unit/link/fake-central.ts'

/** What the link asked of updates. */
export interface Asked {
  trusted: object[]
  moved: object[]
  checks: number
}

export interface LinkedMachine {
  dir: string
  link: Link
  journal: Journal
  settings: Settings
  trail: AuditTrail
  asked: Asked
  clock: { elapsedMs: number; nowMs: number }
  /** What this machine is told to believe and where it stands, as `updates.status()` says. */
  updates: {
    trust: string
    site: string | null
    groups: string[]
    source: string | null
    root: { fingerprint: string } | null
  }
  failures: unknown[]
  events: (kind: string) => unknown[]
  /** Lets time pass until the next heartbeat is due, and waits for it. */
  beat: () => Promise<void>
  /** The same folder, as after a restart. */
  restart: () => Promise<LinkedMachine>
  close: () => Promise<void>
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const report = {
  machine: 'Press 3',
  models: [],
  updates: { lastCheck: null, clock: { behind: false } },
} as unknown as DeviceReport

/** The link of a machine on a real journal, against a central that only pretends; `roots`: what its repository publishes. */
export async function linkedMachine(
  central: FakeCentral,
  { dir = mkdtempSync(join(tmpdir(), 'edgewright-link-')), roots = [] as string[] } = {},
): Promise<LinkedMachine> {
  const clock = { elapsedMs: 0, nowMs: central.nowMs }
  const now = () => clock.nowMs
  const journal = openJournal(dir, { now, randomUUID, log: quiet })
  const settings = await openSettings(dir, { hostname: 'press-3' })
  const trail = new AuditTrail({ dataDir: dir, journal, now, machine: () => 'Press 3', log: quiet })
  await trail.open()
  const asked: Asked = { trusted: [], moved: [], checks: 0 }
  const failures: unknown[] = []
  const updates: LinkedMachine['updates'] = {
    trust: 'none',
    site: null,
    groups: [],
    source: null,
    root: null,
  }
  type To = { site: string; groups?: string[] | undefined; source?: string | null | undefined }
  const place = ({ site, groups, source = updates.source }: To) =>
    Object.assign(updates, { site, groups: groups ?? [], source })
  const source: RepositorySource = {
    name: 'pretended',
    metadata: async (file) => {
      const text = roots[Number.parseInt(file, 10) - 1]
      return text === undefined ? undefined : Buffer.from(text)
    },
    target: () => Promise.reject(new Error('nobody asks for one')),
  }
  const link = new Link({
    journal,
    settings,
    auditTrail: trail,
    updates: {
      status: () => updates as never,
      trust: async (request) => {
        asked.trusted.push(request)
        return place(request) as never
      },
      move: async (to) => {
        asked.moved.push(to)
        place(to)
      },
      checkNow: async () => {
        asked.checks += 1
        return updates as never
      },
    },
    report: async () => report,
    machine: () => 'Press 3',
    boot: { id: randomUUID(), elapsedMs: () => clock.elapsedMs },
    ...{ now, random: () => 0.5, randomUUID, fetch: central.fetch, openSource: () => source },
    audit: (kind, by, body) =>
      journal.write((tx) => tx.events('events', [{ kind, timeMs: now(), by, body }])),
    failed: (error) => failures.push(error),
  })
  await link.start()
  const close = async () => {
    await link.close()
    await journal.close()
  }
  return {
    ...{ dir, link, journal, settings, trail, asked, clock, updates, failures },
    events: (kind) => journal.eventRows({ stream: 'events', kind, limit: 100 }).rows.map(({ body }) => body),
    beat: async () => {
      clock.elapsedMs += 6 * 60_000
      await link.tick()
    },
    restart: async () => {
      await close()
      return linkedMachine(central, { dir, roots })
    },
    close: async () => {
      await close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
