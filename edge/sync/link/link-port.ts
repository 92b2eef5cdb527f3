/** How this machine stands with central, as the last word from there left it. */
export interface LinkStanding {
  /** enrolled: it may sync · refused: revoked, in quarantine, or another key than the one that enrolled; `problem` says why. */
  state: 'not-enrolled' | 'waiting' | 'enrolled' | 'refused'
  /** Address as people gave it; null: none was ever named. */
  central: string | null
  /** sha256 of this machine's public key, hex; null: it has none. */
  device: string | null
  /** Where central says that it belongs; null: not enrolled. */
  site: string | null
  groups: string[]
  /** In words; null: none. Of `enrolled`: why central was not reached the last time. */
  problem: string | null
  /** When central last answered anything, epoch ms by this machine's clock; null: not since this start. */
  lastContactMs: number | null
  /** The last thing that was tried got an answer. */
  isConnected: boolean
  /** This machine's clock minus central's, ms; null: not known. */
  clockOffsetMs: number | null
  /** Which life of central's database answered the last heartbeat; absent: none was told. */
  instance?: string
}

/** One start of this runtime, and the clock that only goes forward in it: the same in batches and heartbeats. */
export interface Boot {
  id: string
  elapsedMs: () => number
}
