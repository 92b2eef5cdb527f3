import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { issuedField } from '#core/contracts/update.ts'
import { metadataFolder } from '#core/update/names.ts'
import { commit } from './files.ts'
import type { SigningKey } from './key.ts'
import {
  daysField,
  type Envelope,
  expiresAfter,
  fileMeta,
  fileText,
  missing,
  type Root,
  type Snapshot,
  signWith,
  specVersion,
  type Targets,
  type Timestamp,
  tufTime,
} from './metadata.ts'
import { authorityOf, nextAuthority, pendingFolder, type Repository } from './repository.ts'

/** A role that waits, and for what, in words. */
export interface Waiting {
  role: string
  version: number
  why: string
}
export interface Settled {
  /** What went live, with its version. */
  live: { role: string; version: number }[]
  waiting: Waiting[]
}

/** Adds to each pending role the signatures of those of the keys that may sign it. Returns the roles that got one. */
export function signPending(repository: Repository, keys: SigningKey[], roles?: string[]): string[] {
  const signed: string[] = []
  for (const [role, envelope] of repository.pending) {
    if (roles && !roles.includes(role)) continue
    const may = new Set(signersOf(repository, role))
    const more = signWith<Root | Targets>(
      envelope,
      keys.filter(({ id }) => may.has(id)),
    )
    if (more.signatures.length === envelope.signatures.length) continue
    repository.pending.set(role, more as Envelope<Root>)
    signed.push(role)
  }
  return signed
}

/** IDs of the keys that may sign what is pending of a role: of root, those of the root before it too (section 6.1). */
export const signersOf = (repository: Repository, role: string): string[] => [
  ...nextAuthority(repository, role).role.keyids,
  ...(role === 'root' ? (repository.live.root?.signed.roles.root.keyids ?? []) : []),
]

/** What a role that is pending still lacks, in words; undefined: nothing. */
export function lacks(repository: Repository, role: string): string | undefined {
  const envelope = repository.pending.get(role)!
  const { role: by, keys } = nextAuthority(repository, role)
  const before = role === 'root' ? repository.live.root?.signed : undefined
  const old = before && missing(envelope, before.roles.root, before.keys)
  const now = missing(envelope, by, keys)
  if (old && now && old !== now) return `by the root before it ${old}; by its own ${now}`
  return old ?? now
}

interface Outcome {
  root: Envelope<Root>
  targets: Envelope<Targets>
  delegated: Map<string, Envelope<Targets>>
  changed: string[]
}

/** The newest state in which every role is signed as root and targets ask; undefined where there is none yet. */
function resolve(repository: Repository): Outcome | undefined {
  const { live, pending } = repository
  const complete = (role: string) => pending.has(role) && lacks(repository, role) === undefined
  const roots = [complete('root') ? (pending.get('root') as Envelope<Root>) : undefined, live.root]
  for (const root of roots.filter((one) => one !== undefined))
    for (const targets of [pending.get('targets') as Envelope<Targets> | undefined, live.targets]) {
      const by = authorityOf('targets', root.signed, undefined)!
      if (!targets || missing(targets, by.role, by.keys)) continue
      const delegated = new Map<string, Envelope<Targets>>()
      const { roles = [], keys = {} } = targets.signed.delegations ?? {}
      for (const role of roles) {
        const candidates = [
          pending.get(role.name) as Envelope<Targets> | undefined,
          live.delegated.get(role.name),
        ]
        const found = candidates.find((one) => one && !missing(one, role, keys))
        if (found) delegated.set(role.name, found)
      }
      if (delegated.size < roles.length) continue
      const all = new Map<string, Envelope>([['root', root], ['targets', targets], ...delegated])
      return {
        root,
        targets,
        delegated,
        changed: [...all.keys()].filter((role) => all.get(role) === pending.get(role)),
      }
    }
  return undefined
}

export interface SettleOptions {
  /** Keys at hand: they sign what they may; those of snapshot and timestamp bring it live. */
  keys: SigningKey[]
  nowMs: number
  /** Roles that they sign of what is pending: all where absent. */
  roles?: string[]
  /** Sign snapshot and timestamp anew even where nothing has changed. */
  refresh?: { snapshot: boolean; timestamp: boolean }
}

/**
 * Signs what is pending with the keys at hand, brings live what is complete, and writes it all: whole or not at all.
 * What lacks signatures stays pending; what is complete, and whose snapshot or timestamp key is not at hand, too.
 * @throws EdgewrightError repository-refused: this machine's clock is before the last timestamp
 */
export async function settle(repository: Repository, options: SettleOptions): Promise<Settled> {
  const { live, pending } = repository
  signPending(repository, options.keys, options.roles)
  const outcome = resolve(repository)
  const change = { write: [...repository.newTargets.entries()], remove: [] as string[] }
  const settled: Settled = { live: [], waiting: [] }
  const online =
    outcome && (outcome.changed.length > 0 || options.refresh) && follow(repository, outcome, options)
  if (online && 'files' in online) {
    const { root, targets, delegated, changed } = outcome
    const bodies = new Map<string, Envelope>([['targets', targets], ...delegated])
    for (const role of changed) {
      if (role !== 'root') change.write.push(named(role, bodies.get(role)!))
      settled.live.push({ role, version: pending.get(role)!.signed.version })
      change.remove.push(join(pendingFolder, `${role}.json`))
      pending.delete(role)
    }
    const files = [...online.files]
    if (changed.includes('root'))
      files.splice(holdsUnder(live.root, outcome, online) ? files.length : -1, 0, named('root', root))
    change.write.push(...files)
    settled.live.push(...online.live)
    const { snapshot, timestamp } = online
    Object.assign(live, { root, targets, delegated, snapshot, timestamp })
    const all = new Map<string, Envelope>([
      ['root', root],
      ...bodies,
      ['snapshot', snapshot],
      ['timestamp', timestamp],
    ])
    for (const { role } of settled.live) live.texts.set(role, fileText(all.get(role)!))
  }
  for (const [role, envelope] of pending) {
    change.write.push([join(pendingFolder, `${role}.json`), fileText(envelope)])
    const why =
      lacks(repository, role) ??
      (outcome?.changed.includes(role)
        ? (online as { lacks: string }).lacks
        : 'signed; it waits for what is pending beside it')
    settled.waiting.push({ role, version: envelope.signed.version, why })
  }
  await commit(repository.dir, change)
  repository.newTargets.clear()
  return settled
}

/**
 * Whether a reader that still has the root before accepts what follows it; then the root comes last, and no reader ever finds
 * a root whose timestamp is not there yet. Else it comes directly before the timestamp, and a reader between the two tries again.
 */
function holdsUnder(
  before: Envelope<Root> | undefined,
  { targets }: Outcome,
  { snapshot, timestamp }: Online,
): boolean {
  const { roles, keys } = before?.signed ?? {}
  return (
    roles !== undefined &&
    keys !== undefined &&
    Object.entries({ targets, snapshot, timestamp }).every(
      ([role, one]) => !missing(one, roles[role as keyof typeof roles], keys),
    )
  )
}

const named = (role: string, envelope: Envelope): [string, string] => [
  join(metadataFolder, `${envelope.signed.version}.${role}.json`),
  fileText(envelope),
]

interface Online {
  files: [string, string][]
  live: Settled['live']
  snapshot: Envelope<Snapshot>
  timestamp: Envelope<Timestamp>
}

/** Snapshot and timestamp of an outcome, signed; or which of their keys are not at hand. */
function follow(
  repository: Repository,
  outcome: Outcome,
  { keys, nowMs, refresh }: SettleOptions,
): Online | { lacks: string } {
  const { live } = repository
  const root = outcome.root.signed
  const days = root[daysField]
  const issued = live.timestamp && Date.parse(live.timestamp.signed[issuedField])
  // Machines forget what a key said of the time once root takes it from timestamp; so does the desk.
  const stays = live.root?.signed.roles.timestamp.keyids.every((id) =>
    root.roles.timestamp.keyids.includes(id),
  )
  if (issued !== undefined && nowMs < issued && stays)
    throw new EdgewrightError(
      'repository-refused',
      `the clock of this machine says ${tufTime(nowMs)}, and the last timestamp was signed at ${tufTime(issued)}`,
      {
        hint: 'Set the clock of this machine, and run the command again. If it was wrong when that timestamp was signed, give timestamp another key: edgewright repo rotate timestamp.',
      },
    )
  const sign = <S extends Snapshot | Timestamp>(role: 'snapshot' | 'timestamp', signed: S) => {
    // While keys change, those of the root before sign too: it holds by either root, whichever a reader finds.
    const may = [...root.roles[role].keyids, ...(live.root?.signed.roles[role].keyids ?? [])]
    const envelope = signWith<S>(
      { signed, signatures: [] },
      keys.filter(({ id }) => may.includes(id)),
    )
    const why = missing(envelope, root.roles[role], root.keys)
    return { envelope, why: why && `the key of ${role} is not at hand (${why})` }
  }
  const timestampOf = (version: number, text: string): Timestamp => ({
    _type: 'timestamp',
    spec_version: specVersion,
    version: (live.timestamp?.signed.version ?? 0) + 1,
    expires: expiresAfter(nowMs, days.timestamp),
    meta: { 'snapshot.json': fileMeta(version, text) },
    [issuedField]: tufTime(nowMs),
  })
  const keep =
    live.snapshot && outcome.changed.length === 0 && !refresh?.snapshot && live.texts.get('snapshot')
  let snapshot = live.snapshot
  const files: [string, string][] = []
  const went: Settled['live'] = []
  if (!keep || !snapshot) {
    const meta = Object.fromEntries(
      ([['targets', outcome.targets], ...outcome.delegated] as [string, Envelope<Targets>][]).map(
        ([role, body]) => {
          const was = body === repository.pending.get(role) ? undefined : live.texts.get(role)
          return [`${role}.json`, fileMeta(body.signed.version, was ?? fileText(body))]
        },
      ),
    )
    const made = sign('snapshot', {
      _type: 'snapshot',
      spec_version: specVersion,
      version: (live.snapshot?.signed.version ?? 0) + 1,
      expires: expiresAfter(nowMs, days.snapshot),
      meta,
    } satisfies Snapshot)
    if (made.why) return { lacks: made.why }
    snapshot = made.envelope
    files.push(named('snapshot', snapshot))
    went.push({ role: 'snapshot', version: snapshot.signed.version })
  }
  const text = keep || fileText(snapshot)
  const timestamp = sign('timestamp', timestampOf(snapshot.signed.version, text))
  if (timestamp.why) return { lacks: timestamp.why }
  files.push([join(metadataFolder, 'timestamp.json'), fileText(timestamp.envelope)])
  went.push({ role: 'timestamp', version: timestamp.envelope.signed.version })
  return { files, live: went, snapshot, timestamp: timestamp.envelope }
}
