import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { draft } from '#central/registry/changes.ts'
import { commit } from '#central/registry/files.ts'
import type { PublicKey } from '#central/registry/key.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import { locked } from '#central/registry/lock.ts'
import { liveOf, next, nextAuthority, openRepository, pendingFolder } from '#central/registry/repository.ts'
import { addRole, renewRoot, rotate } from '#central/registry/rotate.ts'
import { lacks, type Settled } from '#central/registry/settle.ts'
import { changesIn } from '#central/registry/summary.ts'
import { type Report, verifyRepository } from '#central/registry/verify.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameSchema } from '#core/contracts/update.ts'
import { type Io, userPath } from './io.ts'
import { change, type DeskOptions } from './repo-desk.ts'
import { readKeyOrId } from './repo-keys.ts'

const dayMs = 86_400_000
/** Snapshots are signed anew once a week by the daily job; each is a file that stays. */
const snapshotEveryMs = 7 * dayMs

export interface RotateOptions extends DeskOptions {
  out?: string
  in?: string
  threshold?: number
  note?: string
}

/** Puts a key in the place of another, adds one, takes one away, or changes how many must sign. */
export async function rotateRole(
  io: Io,
  role: string,
  { out, in: coming, threshold, note, ...options }: RotateOptions,
): Promise<Settled> {
  if (out === undefined && coming === undefined && threshold === undefined)
    throw new EdgewrightError('request-invalid', 'it is not said what is to change', {
      hint: 'Name --out KEY, --in NEW.pub, --threshold N, or several of them.',
    })
  const key = coming === undefined ? undefined : await readPublicKey(userPath(io, coming))
  return change(io, options, async (repository, nowMs) => {
    const goes =
      out === undefined ? undefined : await readKeyOrId(io, nextAuthority(repository, role), out, role)
    rotate(
      repository,
      role,
      {
        ...(goes !== undefined && { out: goes }),
        ...(key && { in: key }),
        ...(threshold !== undefined && { threshold }),
        ...(note !== undefined && { note }),
      },
      nowMs,
    )
    return {}
  })
}

export interface AddOptions extends DeskOptions {
  signer: string[]
  threshold?: number
  note?: string
}

/** A family, a site, or the app, with who signs it. */
export async function addTo(
  io: Io,
  what: { family: string } | { site: string } | 'app',
  { signer, threshold, note, ...options }: AddOptions,
): Promise<Settled & { role: string }> {
  if (what !== 'app') {
    const [name] = Object.values(what)
    if (!nameSchema.safeParse(name).success)
      throw new EdgewrightError('request-invalid', `"${name}" is no name`, {
        hint: 'Use lower-case letters, digits and hyphens, at most 63 characters.',
      })
  }
  const keys: PublicKey[] = await Promise.all(signer.map((file) => readPublicKey(userPath(io, file))))
  const plan = { keys, ...(threshold !== undefined && { threshold }), ...(note !== undefined && { note }) }
  return change(io, options, (repository, nowMs) => ({ role: addRole(repository, what, plan, nowMs) }))
}

/** The same for another year, before it expires. */
export async function renew(io: Io, roles: string[], options: DeskOptions): Promise<Settled> {
  return change(io, options, (repository, nowMs) => {
    for (const role of roles)
      if (role === 'root') renewRoot(repository, nowMs)
      else if (role === 'snapshot' || role === 'timestamp')
        throw new EdgewrightError(
          'request-invalid',
          `${role} is signed anew by \`edgewright repo timestamp\``,
        )
      else draft(repository, role, nowMs, () => undefined)
    return {}
  })
}

/** The daily job: timestamp anew, and once a week snapshot; says what expires soon. */
export async function timestamp(io: Io, options: DeskOptions): Promise<Settled & { warnings: string[] }> {
  const refresh = { snapshot: false, timestamp: true }
  const settled = await change(
    io,
    options,
    ({ live }, nowMs) => {
      if (!live.root || !live.snapshot)
        throw new EdgewrightError('signatures-missing', 'nothing is live yet, so there is nothing to date')
      const days = live.root.signed['x-edgewright-days'].snapshot
      refresh.snapshot = Date.parse(live.snapshot.signed.expires) - days * dayMs <= nowMs - snapshotEveryMs
      return {}
    },
    { refresh, sign: false },
  )
  if (!settled.live.some(({ role }) => role === 'timestamp'))
    throw new EdgewrightError(
      'signatures-missing',
      `the timestamp was not signed: ${settled.waiting[0]?.why ?? 'the keys of timestamp, and once a week of snapshot, are not at hand'}`,
      { hint: 'Name both: --key snapshot.key --key timestamp.key.' },
    )
  const { warnings, problems } = await verifyRepository(userPath(io, options.repo), {
    nowMs: Date.now(),
    targets: false,
  })
  const all = [...problems, ...warnings]
  for (const warning of all) io.note(warning)
  return { ...settled, warnings: all }
}

/** Looks at everything; refuses, once it is printed, where machines would. */
export async function verify(io: Io, dir: string): Promise<Report> {
  const path = userPath(io, dir)
  const report = await verifyRepository(path, { nowMs: Date.now() })
  if (!io.json) {
    for (const { role, version, expires, signedBy, threshold } of report.roles)
      io.print(
        `${role} ${version}: signed by ${signedBy.join(', ') || 'nobody'} (${threshold} needed), expires ${expires}`,
      )
    for (const { path: at, bytes, digest } of report.packages)
      io.print(`${at}: ${bytes} bytes, sha256 ${digest}`)
    if (report.fingerprint) io.print(`Fingerprint of the first root: ${report.fingerprint}`)
    for (const role of report.pending) io.print(`Pending: ${role}`)
    for (const warning of report.warnings) io.print(`Warning: ${warning}`)
    for (const problem of report.problems) io.print(`Wrong: ${problem}`)
    if (report.ok) io.print('Everything verifies.')
  } else if (!report.ok) io.print(JSON.stringify(report))
  if (!report.ok)
    throw new EdgewrightError(
      'repository-refused',
      `machines would refuse this repository: ${report.problems[0]}`,
      {
        hint:
          report.roles.length === 0
            ? 'Name the folder that holds metadata/ and targets/; what was never signed cannot be verified yet.'
            : 'Mend what is named, from a copy of the repository or by signing it anew.',
      },
    )
  return report
}

export interface Status {
  live: { role: string; version: number; expires: string }[]
  waiting: { role: string; version: number; changes: string[]; why: string }[]
  rootFingerprint: string | null
}

/** What is live, and what waits for whom. */
export async function status(io: Io, { repo }: { repo: string }): Promise<Status> {
  const repository = await openRepository(userPath(io, repo), { finish: false })
  const { live } = repository
  const roles = [
    ['root', live.root],
    ['targets', live.targets],
    ...live.delegated,
    ['snapshot', live.snapshot],
    ['timestamp', live.timestamp],
  ] as const
  const found: Status = {
    live: roles.flatMap(([role, one]) =>
      one ? [{ role, version: one.signed.version, expires: one.signed.expires }] : [],
    ),
    waiting: [...repository.pending].map(([role, { signed }]) => ({
      role,
      version: signed.version,
      changes: changesIn(signed, liveOf(repository, role)?.signed ?? null),
      why:
        lacks(repository, role) ?? 'signed; it waits for what is pending beside it, or for the online keys',
    })),
    rootFingerprint: live.texts.has('root')
      ? createHash('sha256').update(live.texts.get('root')!).digest('hex')
      : null,
  }
  if (!io.json) {
    for (const { role, version, expires } of found.live) io.print(`${role} ${version}, expires ${expires}`)
    for (const { role, version, changes, why } of found.waiting) {
      io.print(`Waiting: ${role} ${version}: ${why}`)
      for (const line of changes) io.print(`  ${line}`)
    }
  }
  return found
}

/** Throws away what is pending of a role; with targets, the roles that only they know. */
export async function discard(
  io: Io,
  role: string,
  { repo }: { repo: string },
): Promise<{ discarded: string[] }> {
  const dir = userPath(io, repo)
  return locked(dir, async () => {
    const repository = await openRepository(dir)
    const { pending } = repository
    if (!pending.has(role))
      throw new EdgewrightError('repository-refused', `nothing of ${role} waits for signatures`)
    if (!liveOf(repository, role))
      throw new EdgewrightError('repository-refused', `${role} was never live, and the repository needs it`, {
        hint: repository.live.targets
          ? 'Discard the targets that name it: edgewright repo discard targets.'
          : 'Begin anew in another folder.',
      })
    pending.delete(role)
    const after = next(repository, 'targets')?.delegations?.roles.map(({ name }) => name) ?? []
    const orphans = [...pending.keys()].filter(
      (one) => one !== 'root' && one !== 'targets' && !after.includes(one),
    )
    const discarded = [role, ...orphans]
    await commit(dir, { write: [], remove: discarded.map((one) => join(pendingFolder, `${one}.json`)) })
    if (!io.json) io.print(`What was pending of ${discarded.join(', ')} is discarded; what is live stays.`)
    return { discarded }
  })
}
