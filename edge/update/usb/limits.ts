/** What is read of a stick at most. A repository of hundreds of packages stays far below; a bomb does not get far. */
export interface StickLimits {
  /** Files and folders below `edgewright-repository/`. */
  entries: number
  /** Folders in folders below it; `targets/models/FAMILY/` is three. */
  depth: number
  /** Of all metadata together, bytes and files; each file has its own limit in the verifier. */
  metadataBytes: number
  metadataFiles: number
  /** Of one target that is read along with the metadata (`policy.json`), bytes. */
  smallTargetBytes: number
  /** Of all packages together. */
  packageBytes: number
  /** What stays free on the disk. */
  reserveBytes: number
  /** How long what was read waits for its confirmation. */
  waitMs: number
}

export const stickLimits: StickLimits = {
  entries: 20_000,
  depth: 4,
  metadataBytes: 64 * 1024 ** 2,
  metadataFiles: 1_000,
  smallTargetBytes: 1024 ** 2,
  packageBytes: 64 * 1024 ** 3,
  reserveBytes: 256 * 1024 ** 2,
  waitMs: 15 * 60_000,
}
