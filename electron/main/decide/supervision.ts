/** How a runtime that this app started has ended, without being told to. */
export interface Ending {
  /** Epoch ms. */
  atMs: number
  /** Whether it had answered before. */
  wasReady: boolean
  /** Exit status; null where a signal ended it. */
  code: number | null
  signal: string | null
  /** The last line it wrote to stderr; '' where there is none. */
  lastWords: string
}

export interface SupervisionLimits {
  /** More endings than this within `windowMs` are a crash loop. */
  restarts: number
  windowMs: number
  firstDelayMs: number
  longestDelayMs: number
}

export const supervisionLimits: SupervisionLimits = {
  restarts: 5,
  windowMs: 10 * 60_000,
  firstDelayMs: 1_000,
  longestDelayMs: 30_000,
}

export type Supervision =
  | { do: 'restart'; delayMs: number; restart: number; of: number }
  | { do: 'give-up'; endings: number; withinMs: number }
  /** It said why it will not run (status 1 before it answered): the same start would be refused again. */
  | { do: 'refused' }

/**
 * What follows an ending. `endings` are all of this app's run, oldest first, the newest included; those older than the window
 * are forgotten, so that a runtime that ends once a day is started anew each time. The delay doubles with each in the window.
 */
export function afterEnding(
  endings: readonly Ending[],
  limits: SupervisionLimits = supervisionLimits,
): Supervision {
  const newest = endings.at(-1)
  if (newest === undefined) return { do: 'restart', delayMs: 0, restart: 0, of: limits.restarts }
  if (!newest.wasReady && newest.code === 1 && newest.lastWords !== '') return { do: 'refused' }
  const recent = endings.filter(({ atMs }) => newest.atMs - atMs < limits.windowMs)
  if (recent.length > limits.restarts)
    return { do: 'give-up', endings: recent.length, withinMs: limits.windowMs }
  const delayMs = Math.min(limits.firstDelayMs * 2 ** (recent.length - 1), limits.longestDelayMs)
  return { do: 'restart', delayMs, restart: recent.length, of: limits.restarts }
}

/** In words, as a person reads them on a page. */
export function describeEnding({ code, signal, lastWords }: Ending): string {
  const how = signal === null ? `status ${code}` : signal
  return lastWords === '' ? how : `${how}: ${lastWords}`
}
