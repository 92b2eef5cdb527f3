/** What is known of the runtime of a data folder, from its files and from asking. */
export interface RuntimeFacts {
  /** `runtime.json`: written by the runtime that holds the folder, stale after a crash. */
  info?: { pid: number; address?: string | undefined } | undefined
  /** Whether a process of that pid is there; pids are used again, so this proves nothing. */
  holderAlive: boolean
  /** Whether `GET /healthz` answers at that address. */
  answers: boolean
  /** What became of asking `GET /api/status` there with the token of the data folder. */
  token: 'absent' | 'unreadable' | 'refused' | 'accepted' | 'untried'
  /** Nothing of this folder answers, yet a runtime answers at the port that ours would take. */
  strangerAnswers: boolean
}

export type Problem =
  | 'address-not-loopback'
  | 'token-missing'
  | 'token-refused'
  | 'stranger-on-port'
  | 'holder-silent'
  | 'start-forbidden'

export type RuntimeStep =
  | { do: 'attach'; origin: string }
  | { do: 'start' }
  | { do: 'wait' }
  | { do: 'explain'; problem: Problem }

export interface LookContext {
  /** How long this has been waited for already, milliseconds. */
  waitedMs: number
  /** A runtime that we started was refused, as by the folder's lock. */
  refusedBefore: boolean
  /** False: only ever attach. */
  mayStart: boolean
}

/** A holder that does not answer may still be reading its journal. */
export const holderPatienceMs = 10_000
/** As long as a runtime may take where the lock has already shown that it is one. */
export const lockedPatienceMs = 60_000

/**
 * Attaches to the runtime that runs on a data folder, or starts one. The folder's lock decides in the end: a start beside a
 * living runtime is refused by it and comes back here with `refusedBefore`.
 */
export function nextStep(
  facts: RuntimeFacts,
  { waitedMs, refusedBefore, mayStart }: LookContext,
): RuntimeStep {
  const { info } = facts
  const start: RuntimeStep = mayStart ? { do: 'start' } : { do: 'explain', problem: 'start-forbidden' }
  if (info?.address !== undefined && !isLoopback(info.address))
    return { do: 'explain', problem: 'address-not-loopback' }
  if (info?.address !== undefined && facts.answers) {
    if (facts.token === 'accepted') return { do: 'attach', origin: new URL(info.address).origin }
    return { do: 'explain', problem: facts.token === 'refused' ? 'token-refused' : 'token-missing' }
  }
  if (info !== undefined && facts.holderAlive) {
    if (waitedMs < (refusedBefore ? lockedPatienceMs : holderPatienceMs)) return { do: 'wait' }
    return refusedBefore ? { do: 'explain', problem: 'holder-silent' } : start
  }
  if (facts.strangerAnswers) return { do: 'explain', problem: 'stranger-on-port' }
  return start
}

/** Only ever send the token to this machine. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return (
    protocol === 'http:' &&
    (hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname))
  )
}
