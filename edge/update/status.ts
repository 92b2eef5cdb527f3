import type { Updates } from '#core/contracts/update.ts'
import { appRole, modelsRole, siteRole } from '#core/update/names.ts'
import type { Belief } from './believed.ts'
import { trustedNow } from './clock.ts'
import { anchored } from './metadata/refresh.ts'
import { familyOf } from './view.ts'

/**
 * Which role has ended to bring new trust, and since when; undefined: none has. `path`: of a target; then those that vouch for
 * it count as well.
 */
export function expiredRole(
  view: Belief['view'],
  nowMs: number,
  path?: string,
): { role: string; at: string } | undefined {
  const delegated = Object.entries(view?.delegatedExpires ?? {}).filter(([role]) => vouches(role, path))
  const ended = [...Object.entries(view?.expires ?? {}), ...delegated].find(
    ([, at]) => Date.parse(at) <= nowMs,
  )
  return ended && { role: ended[0], at: ended[1] }
}

/** A package needs its family and the site that it is assigned to; an installer of the app its own role. */
function vouches(role: string, path: string | undefined): boolean {
  if (path === undefined) return false
  const family = familyOf(path)
  if (family === undefined) return role === appRole
  return role === modelsRole(family) || role.startsWith(siteRole(''))
}

/** Why what is believed brings no new trust in a target, or in any, in words; undefined: it does. */
export function whyExpired(belief: Belief | undefined, systemMs: number, path?: string): string | undefined {
  if (!belief) return undefined
  const over = expiredRole(belief.view, trustedNow(systemMs, belief.floorMs), path)
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
  if (!belief.view || Object.keys(belief.view.versions).length === 0)
    return { trust: 'anchored', root, view: belief.view }
  const { view } = belief
  const nowMs = trustedNow(systemMs, belief.floorMs)
  const app = view.app.filter(({ path }) => !expiredRole(view, nowMs, path))
  return { trust: expiredRole(view, nowMs) ? 'expired' : 'current', root, view: { ...view, app } }
}
