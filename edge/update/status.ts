import type { Updates } from '#core/contracts/update.ts'
import type { Belief } from './believed.ts'
import { trustedNow } from './clock.ts'
import { anchored } from './metadata/refresh.ts'

/** Which role ends to bring new trust, and since when; undefined: none has. */
export function expiredRole(view: Belief['view'], nowMs: number): { role: string; at: string } | undefined {
  const ended = Object.entries(view?.expires ?? {}).find(([, at]) => Date.parse(at) <= nowMs)
  return ended && { role: ended[0], at: ended[1] }
}

/** Why what is believed brings no new trust, in words; undefined: it does. */
export function whyExpired(belief: Belief | undefined, systemMs: number): string | undefined {
  if (!belief) return undefined
  const over = expiredRole(belief.view, trustedNow(systemMs, belief.floorMs))
  return over && `the signed metadata is too old to bring in anything new: ${over.role} ended on ${over.at}`
}

/** How it stands with what this machine believes. */
export function statusOf(
  belief: Belief | undefined,
  damaged: string | undefined,
  systemMs: number,
): Pick<Updates, 'trust' | 'root' | 'view'> {
  if (damaged !== undefined) return { trust: 'damaged', root: null, view: belief?.view ?? null }
  if (!belief) return { trust: 'none', root: null, view: null }
  const { version, expires } = anchored(belief.trusted.files['root'] ?? '')
  const root = { version, fingerprint: belief.anchor.fingerprint, expires }
  if (Object.keys(belief.view?.versions ?? {}).length === 0)
    return { trust: 'anchored', root, view: belief.view }
  const isOver = expiredRole(belief.view, trustedNow(systemMs, belief.floorMs))
  return { trust: isOver ? 'expired' : 'current', root, view: belief.view }
}
