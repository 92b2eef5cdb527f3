import type { Qualification } from '#core/contracts/hardware.ts'
import type { AlertDesk } from '../alerts/desk.ts'
import type { Journal } from '../journal/journal.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import type { DecidedListener } from '../pipeline.ts'
import type { OpenLane } from './loaded-version.ts'
import type { Model } from './model.ts'
import type { PackageStore } from './store.ts'
import type { Trust } from './trust.ts'

/** What the operations on a model's slots need from around them. */
export interface DeploymentParts {
  dataDir: string
  store: PackageStore
  journal: Journal
  alerts: AlertDesk
  trust: Trust
  openLane: OpenLane
  /**
   * Which execution provider runs this package here, proved by its golden vectors. Rejects with `package-refused` or
   * `model-refused` where none does.
   */
  qualify: (loaded: LoadedPackage) => Promise<Qualification>
  /** Resident memory of a process, MiB; null where it cannot be read. */
  residentMb: (pid: number) => number | null
  /** For the lanes of all models, MiB: beyond it, previous versions are not kept loaded. */
  laneMemoryMb: number
  /** What the lanes of the other models hold, MiB. */
  heldByOthersMb: (model: Model) => number
  /** Health window where the manifest names none, seconds. */
  healthWindowS: number
  now: () => number
  /** The machine's clock is known to be wrong. */
  isClockBehind?: () => boolean
  elapsed: () => number
  randomUUID: () => string
  /** Hears of every model whose slots or lanes changed; must not throw. */
  changed: (model: Model) => void
  /** Hears of every decided batch; must not throw. */
  decided: DecidedListener
  audit: (kind: string, by: string, body: Record<string, unknown>) => Promise<unknown>
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}
