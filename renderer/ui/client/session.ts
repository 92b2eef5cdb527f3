import type { Api } from './api.ts'
import { isSignedOut } from './failure.ts'

export type SignIn = 'none' | 'done' | 'spent' | 'failed'

/** The code out of `#code=…`. It leaves the address bar and the history at once, whatever becomes of it. */
export function takeCode(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code || null
}

/** Exchanges the code for the session's cookie. */
export async function signIn(api: Api, code: string | null): Promise<SignIn> {
  if (code === null) return 'none'
  try {
    await api.send('/api/session', { code })
    return 'done'
  } catch (error) {
    return isSignedOut(error) ? 'spent' : 'failed'
  }
}
