import { maySign } from '#edge/update/metadata/delegations.ts'
import type { Session } from '#edge/update/metadata/session.ts'
import type { TargetShape } from '#edge/update/metadata/shapes.ts'

export interface Found extends TargetShape {
  path: string
}

const mostRoles = 32

/** Depth first through the delegations that may sign the path, in their order (TUF 1.0, 5.6.7). @throws Error: there is none */
export async function findTarget(session: Session, path: string): Promise<Found> {
  const { roles } = session.chain
  const seen = new Set<string>()
  const open = [{ role: 'targets', delegator: 'root' }]
  for (let next = open.pop(); next && seen.size < mostRoles; next = open.pop()) {
    const { role, delegator } = next
    if (seen.has(role)) continue
    seen.add(role)
    if (role !== 'targets') await session.targets(role, delegator)
    const signed = roles.get(role)!.signed
    if (Object.hasOwn(signed.targets, path)) return { path, ...signed.targets[path]! }
    const children = (signed.delegations?.roles ?? []).filter((one) => maySign(one, path))
    const last = children.findIndex(({ terminating }) => terminating)
    if (last >= 0) open.length = 0
    const visited = last >= 0 ? children.slice(0, last + 1) : children
    open.push(...visited.map(({ name }) => ({ role: name, delegator: role })).reverse())
  }
  throw new Error(`no role that may sign it lists ${path}`)
}
