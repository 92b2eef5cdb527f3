import { existsSync } from 'node:fs'
import { keyId, ownerOf } from '#central/registry/key.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import type { Authority } from '#central/registry/repository.ts'
import { short } from '#central/registry/summary.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'

/** ID of a key of a role that somebody named by its file, its owner, or the beginning of its ID. */
export async function readKeyOrId(
  io: Io,
  { role, keys }: Authority,
  named: string,
  roleName: string,
): Promise<string> {
  const path = userPath(io, named)
  if (existsSync(path)) return keyId(await readPublicKey(path))
  const found = role.keyids.filter(
    (id) =>
      (/^[0-9a-f]{8,64}$/.test(named) && id.startsWith(named)) ||
      (keys[id] && ownerOf(keys[id]).toLowerCase() === named.trim().toLowerCase()),
  )
  if (found.length === 1) return found[0]!
  const all = role.keyids.map((id) => `${keys[id] ? ownerOf(keys[id]) : 'unknown'} (${short(id)})`).join(', ')
  throw new EdgewrightError(
    'key-refused',
    found.length === 0
      ? `no key "${named}" signs ${roleName}`
      : `${found.length} keys of ${roleName} are called "${named}"`,
    { hint: `Its keys are ${all}. Name one by its file, its owner, or the beginning of its ID.` },
  )
}
