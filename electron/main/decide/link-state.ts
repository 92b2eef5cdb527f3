import type { Problem } from './attach-or-start.ts'

/** Where the app stands with its runtime. */
export type LinkState =
  | { at: 'looking' }
  | { at: 'attached'; origin: string }
  | { at: 'starting' }
  | { at: 'running'; origin: string; pid: number }
  | { at: 'restarting'; reason: string; restart: number; of: number; delayMs: number }
  | { at: 'crash-loop'; reason: string; endings: number; withinMs: number }
  | { at: 'refused'; reason: string }
  | { at: 'problem'; problem: Problem; detail: string }
  /** The one it was attached to does not answer any more; its owner starts it again, not this app. */
  | { at: 'lost'; origin: string }
  | { at: 'stopping' }
  | { at: 'stopped' }

/** The console's origin where there is one to show. */
export const originOf = (state: LinkState): string | undefined =>
  state.at === 'attached' || state.at === 'running' ? state.origin : undefined

/** Whose the runtime is. */
export function ownership(state: LinkState): 'none' | 'attached' | 'own' {
  if (state.at === 'attached' || state.at === 'lost') return 'attached'
  return state.at === 'running' || state.at === 'starting' || state.at === 'stopping' ? 'own' : 'none'
}
