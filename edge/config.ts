import type { Paces } from './sync/paces.ts'

export interface EdgeConfig {
  dataDir: string
  host: string
  /** 0: any free one. */
  port: number
  /** Packages that nobody signed; remembered in the data folder once given. Absent: as it was. */
  allowUnsigned?: boolean
  /** What people call this machine; remembered in the data folder once given. Absent: its host name. */
  machine?: string
  /** What the processes of all models may hold together, MiB; beyond it no previous version is kept loaded. */
  laneMemoryMb?: number
  /** How long a new version is on trial, seconds, where its package does not say. */
  healthWindowS?: number
  /** After how long without doing anything a person at a browser is signed out again, seconds. */
  signOutAfterS?: number
  /** The machine's clock, epoch ms; another one where a test sets it wrong. */
  now?: () => number
  /** Where the fleet's server is; remembered in the data folder once given. */
  central?: string
  /** Join code for a first start; says nothing where this machine is enrolled. */
  joinCode?: string
  /** PEM file with certificate authorities that are believed beside those that Node knows. */
  caFile?: string
  /** Folder of the built console; absent: API only. */
  rendererDir?: string
  /** How often what waits is tried; another set where a test is not to wait. */
  syncPaces?: Partial<Paces>
}

export interface RunningEdge {
  url: string
  token: string
  signInCode: () => string
  close: () => Promise<void>
}
