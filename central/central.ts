import type { CentralRole } from '#core/contracts/central.ts'
import type { Metrics } from './server/metrics.ts'
import type { Database } from './store/database.ts'

/** Where things are told; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Who asks, as routes see them. */
export interface Caller {
  /** As the log calls them: 'M. Sato', or 'admin' for the holder of the local token. */
  name: string
  roles: readonly CentralRole[]
  /** Of the token that a script asked with in their name. */
  token?: string
}

/** What every part of central stands on. Parts that build on it take it as their first argument, or a Pick of it. */
export interface Base {
  db: Database
  dataDir: string
  /** This server's address as machines and people know it: the `aud` of assertions, the link in e-mails. */
  publicUrl: () => string
  /** Epoch ms. */
  now: () => number
  /** In [0, 1). */
  random: () => number
  randomUUID: () => string
  log: Log
  /** Something went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
  /** Keeps for good who did what at central; rejects where it cannot. */
  record: (kind: string, by: string, body: object) => Promise<void>
  /** Figures for Prometheus: a part adds its own when it is made. */
  metrics: Metrics
  /** Which life of this server this is, a UUID; another one since its database was restored from a copy (store/instance.ts). */
  instance: () => string
}
