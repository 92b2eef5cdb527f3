import { ownerOf } from '#central/registry/key.ts'
import { locked } from '#central/registry/lock.ts'
import { holdingKeys } from '#central/registry/metadata.ts'
import { openRepository, type Repository } from '#central/registry/repository.ts'
import { type Settled, type SettleOptions, settle } from '#central/registry/settle.ts'
import { type Io, userPath } from './io.ts'
import { openKeys, type WithPassphrase } from './keys.ts'

/** What every command has that changes a repository. */
export interface DeskOptions extends WithPassphrase {
  /** Folder of the repository. */
  repo: string
  /** Files of keys at hand. */
  key?: string[]
}

/**
 * Changes a repository while nobody else does, signs with the keys at hand, brings live what is complete, and says what
 * went live and what waits for whom.
 */
export async function change<T extends object>(
  io: Io,
  options: DeskOptions,
  edit: (repository: Repository, nowMs: number) => Promise<T> | T,
  refresh?: SettleOptions['refresh'],
): Promise<T & Settled> {
  const dir = userPath(io, options.repo)
  // Before the lock: somebody may take their time to type.
  const keys = await openKeys(io, options.key ?? [], options)
  return locked(dir, async () => {
    const repository = await openRepository(dir)
    const signedBefore = signatures(repository)
    const nowMs = Date.now()
    const result = await edit(repository, nowMs)
    for (const [role, owners] of signedBefore)
      if (repository.pending.get(role)?.signatures.length === 0)
        io.note(`${role} has changed again: ${owners.join(', ')} signed what it was, and must sign anew.`)
    const settled = await settle(repository, { keys, nowMs, ...(refresh && { refresh }) })
    if (!io.json) printSettled(io, settled, options.repo)
    return { ...result, ...settled }
  })
}

function signatures({ pending, live }: Repository): Map<string, string[]> {
  const keys = { ...live.root?.signed.keys, ...live.targets?.signed.delegations?.keys }
  const found = new Map<string, string[]>()
  for (const [role, envelope] of pending)
    if (envelope.signatures.length > 0) {
      const keyids = envelope.signatures.map(({ keyid }) => keyid)
      const owners = holdingKeys(envelope, { keyids, threshold: 1 }, keys).map(ownerOf)
      found.set(role, owners.length > 0 ? owners : ['somebody'])
    }
  return found
}

export function printSettled(io: Io, { live, waiting }: Settled, repo: string): void {
  if (live.length > 0) io.print(`Live: ${live.map(({ role, version }) => `${role} ${version}`).join(', ')}.`)
  for (const { role, version, why } of waiting) io.print(`Waiting: ${role} ${version}: ${why}.`)
  if (waiting.some(({ why }) => /may sign$/.test(why)))
    io.print(`Let them sign: edgewright repo export FILE --repo ${repo}`)
}
