export interface CrashLimits {
  /** More crashes than this within `windowMs` lead to the safe page. */
  reloads: number
  windowMs: number
}
export const crashLimits: CrashLimits = { reloads: 3, windowMs: 5 * 60_000 }

export type CrashStep =
  /** Show the console again, after a while. */
  | { do: 'reload'; delayMs: number }
  /** Show a page of the app's own, with nothing of the console in it. */
  | { do: 'safe-page' }
  /** Not even that page stays up: say so in a native box, and leave runtime, tray and notifications running. */
  | { do: 'native-box' }
  | { do: 'nothing' }

export interface CrashFacts {
  /** Epoch ms of each crash of the window's page, oldest first, the newest included. */
  crashesMs: readonly number[]
  showing: 'console' | 'safe-page' | 'app-page'
  quitting: boolean
}

/** What follows when the window's page is gone (crash, out of memory, killed, hung for too long). */
export function afterCrash({ crashesMs, showing, quitting }: CrashFacts, limits = crashLimits): CrashStep {
  if (quitting) return { do: 'nothing' }
  const newest = crashesMs.at(-1) ?? 0
  const recent = crashesMs.filter((atMs) => newest - atMs < limits.windowMs).length
  if (showing === 'safe-page') return { do: 'native-box' }
  if (recent > limits.reloads) return { do: 'safe-page' }
  return { do: 'reload', delayMs: 250 * 2 ** (recent - 1) }
}

/** A page that answers nothing for this long is treated as crashed, milliseconds. */
export const hangPatienceMs = 15_000
