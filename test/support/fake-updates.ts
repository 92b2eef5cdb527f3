import {
  type Drive,
  type Imported,
  type ImportState,
  type ImportSummary,
  importedSchema,
  importStateSchema,
  importSummarySchema,
  type Updates,
  updatesSchema,
} from '#core/contracts/update.ts'
import { sceneStartMs } from './fake-scene.ts'

/** Invented content for browser tests: a stick with a new version, and a machine that believes a root. */

const hex = (start: string) => start.padEnd(64, '0')
export const rootFingerprint = hex('4f1c9a77')
const iso = (days: number) => new Date(sceneStartMs + days * 24 * 3600_000).toISOString()

export const stick = (fields: Partial<Drive> = {}): Drive => ({
  path: '/media/anna/UPDATES',
  label: 'UPDATES',
  removable: true,
  freeBytes: 12 * 1024 ** 3,
  repository: '/media/anna/UPDATES/edgewright-repository',
  ...fields,
})

type Found = ImportSummary['packages'][number]
export const comingPackage = (fields: Partial<Found> = {}): Found => ({
  path: 'models/mills/milling-failure-1.1.0.ewp',
  model: 'milling-failure',
  version: '1.1.0',
  release: 12,
  digest: hex('b7e2'),
  bytes: 48 * 1024 ** 2,
  signedBy: ['A. Weber', 'M. Keller'],
  threshold: 2,
  keys: 3,
  replaces: '1.0.4',
  activate: 'at-once',
  ...fields,
})

export const summary = (fields: Partial<ImportSummary> = {}): ImportSummary => ({
  id: 'import-1',
  path: '/media/anna/UPDATES',
  roles: [
    { role: 'timestamp', version: 41, here: 38 },
    { role: 'models-mills', version: 6, here: 5 },
    { role: 'site-north', version: 9, here: null },
  ],
  rootRotations: 0,
  packages: [comingPackage()],
  problems: [],
  revokes: [],
  stagedBytes: 48 * 1024 ** 2,
  expiresAt: new Date(sceneStartMs + 15 * 60_000).toISOString(),
  ...fields,
})

export const updates = (fields: Partial<Updates> = {}): Updates => ({
  trust: 'current',
  root: { version: 2, fingerprint: rootFingerprint, expires: iso(300) },
  site: 'north',
  groups: ['line-3'],
  busy: false,
  source: 'https://updates.example.org/models',
  lastCheck: { at: iso(-0.01), ok: true, from: 'https://updates.example.org/models' },
  nextCheckAt: iso(0.2),
  view: {
    versions: { root: 2, timestamp: 38, snapshot: 38, targets: 4, 'models-mills': 5 },
    expires: { root: iso(300), timestamp: iso(30), snapshot: iso(31), targets: iso(200) },
    assigned: [
      {
        model: 'milling-failure',
        version: '1.0.4',
        digest: hex('9f3c41d2'),
        bytes: 48 * 1024 ** 2,
        activate: 'at-once',
        group: null,
        signedBy: ['S. Ito'],
        metadata: 8,
        package: { ...comingPackage({ version: '1.0.4' }), digest: hex('9f3c41d2') },
      },
    ],
    policy: {
      minimumRelease: {},
      revoked: [{ digest: hex('0bad'), action: 'stop', reason: 'It missed wear of tool 4', since: iso(-20) }],
    },
    app: [],
  },
  progress: [
    {
      model: 'milling-failure',
      version: '1.0.4',
      digest: hex('9f3c41d2'),
      state: 'done',
      bytes: 48 * 1024 ** 2,
      ofBytes: 48 * 1024 ** 2,
      at: iso(-1),
    },
  ],
  clock: { systemMs: sceneStartMs, floorMs: sceneStartMs - 1000, behind: false },
  ...fields,
})

/** What a fake runtime answers about updates and sticks. */
export class FakeUpdates {
  drives: Drive[] = [stick()]
  updates: Updates = updates()
  state: ImportState = { state: 'none' }
  /** What the next stick that is read comes to. */
  next: ImportSummary = summary()
  imported: Imported = {
    packages: [{ model: 'milling-failure', version: '1.1.0', ok: true, what: '1.1.0 runs' }],
    wroteBack: '/media/anna/UPDATES/edgewright-from-Mill-3-2026-11-24',
  }

  /** `undefined`: not its address. null: 204. */
  answer(method: string, path: string): object | null | undefined {
    if (path === '/api/updates' || path === '/api/updates/check') return updatesSchema.parse(this.updates)
    if (path === '/api/updates/drives') return { drives: this.drives }
    if (path === '/api/updates/import' && method === 'GET') return importStateSchema.parse(this.state)
    if (path === '/api/updates/import') {
      this.state = { state: 'waiting', summary: this.next }
      return importSummarySchema.parse(this.next)
    }
    if (!path.startsWith('/api/updates/import/')) return undefined
    this.state = { state: 'none' }
    return method === 'DELETE' ? null : importedSchema.parse(this.imported)
  }
}
