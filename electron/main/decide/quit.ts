/** Where the app stands with its runtime when it is asked to quit. */
export type QuitFacts =
  | { runtime: 'none' | 'attached' }
  /** Started by this app; `stoppingForMs` since it was told to stop, undefined where it was not yet. */
  | { runtime: 'own'; stoppingForMs?: number | undefined; alive: boolean }

export type QuitStep =
  | { do: 'exit' }
  | { do: 'tell-to-stop' }
  | { do: 'wait'; moreMs: number }
  /** It did not end within the bound. What it had answered is durable; what it had not, its sources send again. */
  | { do: 'kill' }

/** systemd gives it 30 s as well; a runtime answers what is in flight and closes its journal in far less. */
export const stopBoundMs = 30_000

/**
 * Quitting leaves an attached runtime alone, and waits for one that this app started, so that readings in flight are answered
 * and kept. A second request to quit changes nothing: nobody can hurry a journal by asking twice.
 */
export function quitStep(facts: QuitFacts, boundMs = stopBoundMs): QuitStep {
  if (facts.runtime !== 'own' || !facts.alive) return { do: 'exit' }
  if (facts.stoppingForMs === undefined) return { do: 'tell-to-stop' }
  const moreMs = boundMs - facts.stoppingForMs
  return moreMs > 0 ? { do: 'wait', moreMs } : { do: 'kill' }
}

/** How a child is told to stop. Windows has no SIGTERM: there a kill is at once, so the runtime is asked in a message. */
export const stopBy = (platform: string): 'signal' | 'message' =>
  platform === 'win32' ? 'message' : 'signal'

/** What quitting means here, for the menu and the tray. */
export const quitLabel = (runtime: QuitFacts['runtime']): string =>
  runtime === 'own' ? 'Quit and stop the runtime' : 'Quit (the runtime goes on)'
