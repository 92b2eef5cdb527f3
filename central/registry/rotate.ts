import { EdgewrightError } from '#core/contracts/errors.ts'
import { appPaths, appRole, modelsPaths, modelsRole, sitePaths, siteRole } from '#core/update/names.ts'
import { draft } from './changes.ts'
import { checkThreshold, delegation, type PlanRole } from './init.ts'
import { keyId, ownerOf, type PublicKey } from './key.ts'
import {
  type Delegation,
  daysField,
  type Envelope,
  expiresAfter,
  isTop,
  missing,
  noteField,
  type RoleKeys,
  type Root,
} from './metadata.ts'
import { nextAuthority, nextRoot, nextTargets, type Repository } from './repository.ts'

/** Changes of who signs what. */

export interface Rotation {
  /** ID of the key that goes. */
  out?: string
  in?: PublicKey
  threshold?: number
  /** Why the threshold is lower than usual. */
  note?: string
}

/**
 * Puts a key in the place of another in one role, or adds one, or takes one away. Of top-level roles it makes the next root,
 * of delegated ones the next targets. What the role has signed and its remaining signers do not carry is to be signed anew.
 * @throws EdgewrightError repository-refused
 */
export function rotate(repository: Repository, role: string, change: Rotation, nowMs: number): void {
  const { role: before, keys } = nextAuthority(repository, role)
  if (change.out !== undefined && !before.keyids.includes(change.out))
    throw new EdgewrightError('repository-refused', `no key ${change.out.slice(0, 12)}… signs ${role}`, {
      hint: `Its keys are ${before.keyids.map((id) => `${id.slice(0, 12)}… (${ownerOf(keys[id]!)})`).join(', ')}.`,
    })
  const coming = change.in && keyId(change.in)
  if (coming !== undefined && before.keyids.includes(coming))
    throw new EdgewrightError('repository-refused', `the key of ${ownerOf(change.in!)} signs ${role} already`)
  const after: RoleKeys = {
    // In the other's place: whoever reads root sees who took over from whom.
    keyids: before.keyids.flatMap((id) => (id === change.out ? (coming ?? []) : id)),
    threshold: change.threshold ?? before.threshold,
  }
  if (coming !== undefined && change.out === undefined) after.keyids.push(coming)
  const known = { ...keys, ...(change.in && { [coming!]: change.in }) }
  const note = change.note ?? (after.threshold >= before.threshold ? 'as it was' : undefined)
  checkThreshold(
    role,
    after.keyids.map((id) => known[id]!),
    after.threshold,
    note,
  )
  if (isTop(role))
    draftRoot(repository, nowMs, (root) => {
      root.roles[role] = after
      root.keys = usedKeys(known, Object.values(root.roles))
      if (change.note !== undefined) root[noteField] = change.note
      checkOnline(root)
    })
  else
    draft(repository, 'targets', nowMs, (targets) => {
      const delegations = targets.delegations!
      delegations.roles = delegations.roles.map((one) => (one.name === role ? { ...one, ...after } : one))
      delegations.keys = usedKeys(known, delegations.roles)
    })
  if (role === 'root' || role === 'snapshot' || role === 'timestamp' || repository.pending.has(role)) return
  const signed = role === 'targets' ? repository.live.targets : repository.live.delegated.get(role)
  if (!signed || missing(signed, after, known)) draft(repository, role, nowMs, () => undefined)
}

/** The next root, edited. Signatures that the pending one had are void. */
function draftRoot(repository: Repository, nowMs: number, edit: (root: Root) => void): void {
  const root = structuredClone(nextRoot(repository))
  if (!repository.pending.has('root')) root.version += 1
  root.expires = expiresAfter(nowMs, root[daysField].root)
  edit(root)
  repository.pending.set('root', { signed: root, signatures: [] } satisfies Envelope<Root>)
}

/** A root that says the same for another year. */
export const renewRoot = (repository: Repository, nowMs: number): void =>
  draftRoot(repository, nowMs, () => undefined)

/** A family, a site, or the app: who signs it, in targets, and its first metadata, empty. */
export function addRole(
  repository: Repository,
  what: { family: string } | { site: string } | 'app',
  plan: PlanRole & { note?: string },
  nowMs: number,
): string {
  const [name, paths] =
    what === 'app'
      ? [appRole, appPaths]
      : 'family' in what
        ? [modelsRole(what.family), modelsPaths(what.family)]
        : [siteRole(what.site), sitePaths(what.site)]
  if (nextTargets(repository).delegations?.roles.some((role) => role.name === name))
    throw new EdgewrightError('repository-refused', `${name} is in this repository already`, {
      hint: `To change who signs it: edgewright repo rotate ${name}.`,
    })
  const added: Delegation = delegation(name, plan, paths)
  checkThreshold(name, plan.keys, added.threshold, plan.note)
  draft(repository, 'targets', nowMs, (targets) => {
    targets.delegations ??= { keys: {}, roles: [] }
    const { delegations } = targets
    delegations.roles.push(added)
    for (const key of plan.keys) delegations.keys[keyId(key)] = key
  })
  draft(repository, name, nowMs, () => undefined)
  return name
}

const usedKeys = (keys: Record<string, PublicKey>, roles: RoleKeys[]): Record<string, PublicKey> =>
  Object.fromEntries(
    [...new Set(roles.flatMap(({ keyids }) => keyids))].flatMap((id) => (keys[id] ? [[id, keys[id]]] : [])),
  )

/** @throws EdgewrightError repository-refused */
function checkOnline(root: Root): void {
  for (const role of ['snapshot', 'timestamp'] as const)
    for (const id of root.roles[role].keyids)
      for (const [other, { keyids }] of Object.entries(root.roles))
        if (other !== role && keyids.includes(id))
          throw new EdgewrightError(
            'repository-refused',
            `the key of ${ownerOf(root.keys[id]!)} is to sign ${role} and ${other}, and online keys sign one thing only`,
            { hint: 'Make a key for each: edgewright keys create FILE --owner NAME.' },
          )
}
