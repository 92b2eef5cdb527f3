import { createInterface } from 'node:readline/promises'
import { ownerOf } from '#central/registry/key.ts'
import { locked } from '#central/registry/lock.ts'
import { holdingKeys } from '#central/registry/metadata.ts'
import { openRepository, type Repository } from '#central/registry/repository.ts'
import { type Settled, type SettleOptions, settle, signersOf } from '#central/registry/settle.ts'
import { exportForSigning, type ToSign, toSign } from '#central/registry/signing-file.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Io, userPath } from './io.ts'
import { openKeys, type WithPassphrase } from './keys.ts'

/** What every command has that changes a repository. */
export interface DeskOptions extends WithPassphrase {
  /** Folder of the repository. */
  repo: string
  /** Files of keys at hand. */
  key?: string[]
  /** Do not ask before a key signs what others have changed too. */
  yes?: boolean
}

interface HowToSettle {
  refresh?: SettleOptions['refresh']
  /** Whether the keys sign what the change has made (default: yes); those of snapshot and timestamp always do theirs. */
  sign?: boolean
}

/**
 * Changes a repository while nobody else does, signs what this change has made with the keys at hand, brings live what is
 * complete, and says what went live and what waits for whom. What others have left pending is never signed unseen.
 */
export async function change<T extends object>(
  io: Io,
  options: DeskOptions,
  edit: (repository: Repository, nowMs: number) => Promise<T> | T,
  { refresh, sign = true }: HowToSettle = {},
): Promise<T & Settled> {
  const dir = userPath(io, options.repo)
  // Before the lock: somebody may take their time to type.
  const keys = await openKeys(io, options.key ?? [], options)
  return locked(dir, async () => {
    const repository = await openRepository(dir)
    const signedBefore = signatures(repository)
    const before = new Map(repository.pending)
    const nowMs = Date.now()
    const result = await edit(repository, nowMs)
    for (const [role, owners] of signedBefore)
      if (repository.pending.get(role)?.signatures.length === 0)
        io.note(`${role} has changed again: ${owners.join(', ')} signed what it was, and must sign anew.`)
    const roles = sign
      ? [...repository.pending].flatMap(([role, one]) => (before.get(role) === one ? [] : [role]))
      : []
    const mixed = roles.filter(
      (role) => before.has(role) && keys.some(({ id }) => signersOf(repository, role).includes(id)),
    )
    if (mixed.length > 0) {
      const asked = toSign(await exportForSigning(repository, mixed))
      show(asked, options.yes && !io.json ? io.print : io.note)
      if (!options.yes) await confirmed(mixed, 'Others have changed it too.')
    }
    const settled = await settle(repository, { keys, nowMs, roles, ...(refresh && { refresh }) })
    if (!io.json) printSettled(io, settled, options.repo)
    return { ...result, ...settled }
  })
}

/** What is to be signed, as a person reads it. */
export function show(asked: ToSign[], print: (text: string) => void): void {
  for (const { role, version, changes, digest, have, threshold } of asked) {
    const done = have.length > 0 ? `${have.join(', ')} did` : 'nobody did yet'
    print(`${role} ${version} (${threshold} must sign; ${done}):`)
    for (const line of changes) print(`  ${line}`)
    print(`  sha256 of what is signed: ${digest}`)
  }
}

/** @throws EdgewrightError cancelled, request-invalid: there is nobody to ask */
export async function confirmed(roles: string[], why = ''): Promise<void> {
  if (!process.stdin.isTTY)
    throw new EdgewrightError(
      'request-invalid',
      `nobody can be asked whether ${roles.join(', ')} is to be signed`,
      {
        hint: 'Nothing was signed or changed. Read what is shown, then add --yes.',
      },
    )
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${why} Sign ${roles.join(', ')}? Type yes: `.trimStart())
    if (answer.trim().toLowerCase() === 'yes') return
  } finally {
    terminal.close()
  }
  throw new EdgewrightError('cancelled', 'nothing was signed', { hint: 'Nothing was changed.' })
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
  if (waiting.some(({ why }) => /not at hand/.test(why)))
    io.print(`Bring it live: edgewright repo timestamp --repo ${repo} --key SNAPSHOT.key TIMESTAMP.key`)
}
