import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder } from '#core/update/names.ts'
import { finishCommit, namesIn, readText } from './files.ts'
import type { PublicKey } from './key.ts'
import {
  type Delegation,
  type Envelope,
  isTop,
  parseMetadata,
  type RoleKeys,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from './metadata.ts'

/** Roles that people sign: root, targets and the delegated ones. */
export type OfflineMetadata = Envelope<Root> | Envelope<Targets>

/** A repository as it is signed. `undefined`: never signed yet. */
export interface Live {
  root: Envelope<Root> | undefined
  targets: Envelope<Targets> | undefined
  /** By role. */
  delegated: Map<string, Envelope<Targets>>
  snapshot: Envelope<Snapshot> | undefined
  timestamp: Envelope<Timestamp> | undefined
  /** Metadata as its files hold it, byte for byte, by role. */
  texts: Map<string, string>
}

/** The folder of a repository, read. Changes are made in memory (changes.ts) and written by `settle` (settle.ts). */
export interface Repository {
  dir: string
  live: Live
  /** Next versions that wait for signatures, by role; in `pending/`. */
  pending: Map<string, OfflineMetadata>
  /** Small targets that the pending metadata name and that are not written yet, by path in the folder. */
  newTargets: Map<string, string>
}

export const pendingFolder = 'pending'

export const emptyLive = (): Live => ({
  root: undefined,
  targets: undefined,
  delegated: new Map(),
  snapshot: undefined,
  timestamp: undefined,
  texts: new Map(),
})

/**
 * Reads a repository, and ends a change that was cut off; `finish: false` leaves that to whoever holds the lock (lock.ts).
 * @throws EdgewrightError repository-refused: there is none, or a file of it cannot be read
 */
export async function openRepository(dir: string, { finish = true } = {}): Promise<Repository> {
  if (finish) await finishCommit(dir)
  const repository: Repository = { dir, live: await readLive(dir), pending: new Map(), newTargets: new Map() }
  for (const name of await namesIn(join(dir, pendingFolder))) {
    const role = /^([a-z0-9][a-z0-9-]*)\.json$/.exec(name)?.[1]
    const path = join(dir, pendingFolder, name)
    if (role) repository.pending.set(role, parseMetadata<Root>(role, (await readText(path)) ?? '', path))
  }
  if (!repository.live.root && !repository.pending.has('root'))
    throw new EdgewrightError('repository-refused', `there is no signed repository in ${dir}`, {
      hint: 'Name the folder that holds metadata/ and targets/, or make one: edgewright repo init DIR.',
    })
  return repository
}

/**
 * What changes whenever the repository does: times and sizes of what every change of it writes; undefined: there is none. The timestamp
 * is written last, and pending files come by rename.
 */
export async function stampOf(dir: string): Promise<string | undefined> {
  const found = await Promise.all(
    [join(metadataFolder, 'timestamp.json'), metadataFolder, pendingFolder].map((path) =>
      stat(join(dir, path), { bigint: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
    ),
  )
  if (found.every((one) => one === undefined)) return undefined
  return found.map((one) => (one ? `${one.ino} ${one.mtimeNs} ${one.size}` : '-')).join(' · ')
}

async function readLive(dir: string): Promise<Live> {
  const live = emptyLive()
  const rootVersions = await versionsIn(dir, 'root')
  const newest = rootVersions.at(-1)
  if (newest === undefined) return live
  const file = async <E extends Envelope>(role: string, name: string): Promise<E> => {
    const path = join(dir, metadataFolder, name)
    const text = await readText(path)
    if (text === undefined)
      throw new EdgewrightError('repository-refused', `${path} is missing`, {
        hint: 'Fetch that file from a copy of the repository.',
      })
    live.texts.set(role, text)
    return parseMetadata(role, text, path) as E
  }
  live.root = await file<Envelope<Root>>('root', `${newest}.root.json`)
  live.timestamp = await file<Envelope<Timestamp>>('timestamp', 'timestamp.json')
  const snapshot = live.timestamp.signed.meta['snapshot.json'].version
  live.snapshot = await file<Envelope<Snapshot>>('snapshot', `${snapshot}.snapshot.json`)
  for (const [name, { version }] of Object.entries(live.snapshot.signed.meta)) {
    const role = name.replace(/\.json$/, '')
    const metadata = await file<Envelope<Targets>>(role, `${version}.${role}.json`)
    if (role === 'targets') live.targets = metadata
    else live.delegated.set(role, metadata)
  }
  return live
}

/** Versions of a role's metadata that lie in the folder, rising. */
export async function versionsIn(dir: string, role: string): Promise<number[]> {
  const names = await namesIn(join(dir, metadataFolder))
  return names
    .flatMap((name) => {
      const [version, ...rest] = name.split('.')
      return rest.join('.') === `${role}.json` && /^[1-9]\d*$/.test(version!) ? [Number(version)] : []
    })
    .sort((a, b) => a - b)
}

/** What holds of a role that people sign; undefined: it was never live. */
export const liveOf = ({ live }: Repository, role: string): OfflineMetadata | undefined =>
  role === 'root' ? live.root : role === 'targets' ? live.targets : live.delegated.get(role)

/** Root and targets as they will be once what is pending is signed. */
export const nextRoot = (repository: Repository): Root =>
  ((repository.pending.get('root') ?? repository.live.root) as Envelope<Root>).signed
export const nextTargets = (repository: Repository): Targets =>
  ((repository.pending.get('targets') ?? repository.live.targets) as Envelope<Targets>).signed

export const next = (repository: Repository, role: string): Targets | undefined =>
  (repository.pending.get(role) as Envelope<Targets> | undefined)?.signed ??
  (role === 'targets' ? repository.live.targets : repository.live.delegated.get(role))?.signed

export interface Authority {
  role: RoleKeys
  keys: Record<string, PublicKey>
}

/** Whose signatures a role needs, by a root and a targets. Undefined where neither knows the role. */
export function authorityOf(role: string, root: Root, targets: Targets | undefined): Authority | undefined {
  if (isTop(role)) return { role: root.roles[role], keys: root.keys }
  const delegation = delegationOf(role, targets)
  return delegation && { role: delegation, keys: targets?.delegations?.keys ?? {} }
}

export const delegationOf = (role: string, targets: Targets | undefined): Delegation | undefined =>
  targets?.delegations?.roles.find(({ name }) => name === role)

/** As `authorityOf`, of what is pending. @throws EdgewrightError repository-refused */
export function nextAuthority(repository: Repository, role: string): Authority {
  const targets = next(repository, 'targets')
  const found = authorityOf(role, nextRoot(repository), targets)
  if (found) return found
  const known = ['root', 'targets', ...(targets?.delegations?.roles ?? []).map(({ name }) => name)]
  throw new EdgewrightError('repository-refused', `there is no role ${role} in this repository`, {
    hint: `Its roles are ${known.join(', ')}.`,
  })
}
