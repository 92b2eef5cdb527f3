import { createHash } from 'node:crypto'
import type { Delegation, Shape } from './shapes.ts'
import type { Authority } from './signers.ts'

/** Who may sign a delegated role; undefined: this delegator names no such role. */
export function delegatedAuthority(
  delegator: string,
  { version, delegations }: Shape<'targets'>,
  role: string,
): { authority: Authority; delegation: Delegation } | undefined {
  const delegation = delegations?.roles?.find(({ name }) => name === role)
  if (!delegations || !delegation) return undefined
  const authority = { says: `${delegator} version ${version}`, keys: delegations.keys, role: delegation }
  return { authority, delegation }
}

/** Whether a role may list a path (TUF 1.0, 4.5): `*` and `?` stand for what is within one segment. */
export function maySign({ paths, path_hash_prefixes: prefixes }: Delegation, path: string): boolean {
  if (paths) return paths.some((pattern) => matches(pattern.split('/'), path.split('/')))
  const hash = createHash('sha256').update(path).digest('hex')
  return (prefixes ?? []).some((prefix) => hash.startsWith(prefix))
}

const matches = (pattern: string[], path: string[]): boolean =>
  pattern.length === path.length && pattern.every((one, k) => segment(one).test(path[k]!))

const segment = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
