import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type Assignment,
  addInstaller,
  addPackage,
  assign,
  revoke,
  setPolicy,
  unassign,
} from '#central/registry/changes.ts'
import { initRepository } from '#central/registry/init.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import {
  type Days,
  type Envelope,
  fileMeta,
  fileText,
  type Root,
  type Signed,
  type Snapshot,
  signWith,
  type Targets,
  type Timestamp,
} from '#central/registry/metadata.ts'
import { readPackageHead } from '#central/registry/package-head.ts'
import { openRepository, type Repository } from '#central/registry/repository.ts'
import { rotate } from '#central/registry/rotate.ts'
import { settle } from '#central/registry/settle.ts'
import type { Policy } from '#core/contracts/update.ts'

/**
 * A whole signed repository in a temporary folder, with its keys in memory, for tests.
 *
 *     const site = await signedSite({ packages: ['models/machine-failure/machine-failure-1.1.0.ewp'] })
 *     site.dir                                  // the folder: metadata/, targets/
 *     site.root()                               // text of 1.root.json: the anchor of a machine
 *     await site.publish({ file }), await site.publish({ model: 'm', version: '1.0.0', bytes })
 *     await site.assign({ model: 'm', version: '1.0.0' })          // to every machine at site.site
 *     await site.revoke({ digest, action: 'stop', reason: 'x' })
 *     await site.rotate('timestamp')            // the next root, and all that must be signed anew
 *     await site.refresh(nowMs)                 // the daily timestamp
 *
 * These do what the desk does. To break something on purpose, `put` writes the next version of one role, edited, signed by
 * whom you say and spoilt after signing, and makes snapshot and timestamp follow (so that only that one thing is wrong):
 *
 *     await site.put('targets', { spoil: (e) => { e.signatures.pop() } })              // one signature too few
 *     await site.put('targets', { spoil: (e) => { e.signatures.push(e.signatures[0]!) } })   // twice the same
 *     await site.put('root', { version: 3 })                                           // skips a version
 *     await site.put('snapshot', { edit: (s) => { delete s.meta['targets.json'] } })   // a role removed
 *     await site.put('timestamp', { edit: (s) => { s.expires = 'garbage' } })
 *     await site.put('models-demo', { keys: site.keys['site-plant-1']! })              // signed by the wrong people
 *     await site.put('targets', { version: 1, follow: false })                         // in place, snapshot as it was
 *
 * Roles sign with exactly as many keys as they need: root 2 of 3, targets 2 of 3, models-FAMILY 2 of 3, app 2 of 3,
 * site-SITE 1 of 2, snapshot 1, timestamp 1. Owners of keys are called `ROLE-1`, `ROLE-2`, ….
 */
export async function signedSite(options: SiteOptions = {}): Promise<SignedSite> {
  const { site = 'plant-1', family = 'demo', nowMs = Date.now(), packages = [] } = options
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'edgewright-site-'))
  const keys: Record<string, SigningKey[]> = {}
  const role = (name: string, count: number, threshold: number) => {
    const made = Array.from({ length: count }, (_, k) => createKey(`${name}-${k + 1}`))
    keys[name] = made
    return { keys: made.map((key) => key.public), threshold }
  }
  const repository = await initRepository(
    dir,
    {
      root: role('root', 3, 2),
      targets: role('targets', 3, 2),
      snapshot: role('snapshot', 1, 1),
      timestamp: role('timestamp', 1, 1),
      families: { [family]: role(`models-${family}`, 3, 2) },
      sites: { [site]: role(`site-${site}`, 2, 1) },
      app: role('app', 3, 2),
      ...(options.days && { days: options.days }),
      note: 'a root of tests',
    },
    nowMs,
  )
  const made = build(dir, site, family, nowMs, keys)
  await made.settle(repository, nowMs)
  for (const file of packages) {
    const { model, version } = await made.publish({ file })
    await made.assign({ model, version })
  }
  return made
}

export interface SiteOptions {
  /** Where to make it; a new temporary folder where absent. */
  dir?: string
  site?: string
  family?: string
  nowMs?: number
  days?: Partial<Days>
  /** `.ewp` files, published in the family and assigned to the whole site, at once. */
  packages?: string[]
}

interface MetadataOf {
  root: Root
  snapshot: Snapshot
  timestamp: Timestamp
}
type SignedOf<R extends string> = R extends keyof MetadataOf ? MetadataOf[R] : Targets

export interface Put<S extends Signed> {
  /** Before it is signed. */
  edit?: (signed: S) => void
  /** Default: one more than the newest. The file of that version is written, or written over. */
  version?: number
  /** Default: the first keys of the role, as many as it needs. */
  keys?: SigningKey[]
  /** After it was signed. */
  spoil?: (envelope: Envelope<S>) => void
  /** Whether snapshot and timestamp are made to name it (default: yes). */
  follow?: boolean
}

type PublishOptions = { family?: string; platforms?: string[]; nowMs?: number } & (
  | { file: string }
  | { model: string; version: string; release?: number; bytes: Uint8Array }
)

export interface SignedSite {
  dir: string
  site: string
  family: string
  /** When it was made, epoch ms. */
  nowMs: number
  /** By role. `rotate` puts the new key first. */
  keys: Record<string, SigningKey[]>
  /** Text of a version of root; the first where absent. */
  root(version?: number): string
  /** The newest version of a role's metadata. */
  read<R extends string>(role: R): Envelope<SignedOf<R>>
  /** Path of a role's newest metadata file. */
  path(role: string): string
  publish(options: PublishOptions): Promise<{ model: string; version: string; digest: string; path: string }>
  publishApp(options: { name: string; version: string; platform: string; bytes: Uint8Array }): Promise<string>
  assign(
    options: Pick<Assignment, 'model' | 'version'> & Partial<Assignment> & { nowMs?: number },
  ): Promise<void>
  unassign(options: { model: string; group?: string; nowMs?: number }): Promise<void>
  revoke(options: { digest: string; action: 'stop' | 'warn'; reason: string; nowMs?: number }): Promise<void>
  setPolicy(edit: (policy: Policy) => void, nowMs?: number): Promise<void>
  /** A new key in the place of a role's first one. */
  rotate(role: string, nowMs?: number): Promise<{ out: SigningKey; in: SigningKey }>
  /** Snapshot and timestamp signed anew, at a time. */
  refresh(nowMs?: number): Promise<void>
  put<R extends string>(role: R, options?: Put<SignedOf<R>>): Promise<void>
  /** Signs what is pending with all keys and brings it live; for changes of the registry's that have no method here. */
  settle(repository: Repository, nowMs?: number): Promise<void>
  remove(): void
}

function build(
  dir: string,
  site: string,
  family: string,
  nowMs: number,
  keys: Record<string, SigningKey[]>,
): SignedSite {
  const metadata = (name: string) => join(dir, 'metadata', name)
  const newest = (role: string) => {
    const versions = readdirSync(join(dir, 'metadata')).flatMap((name) => {
      const [version, ...rest] = name.split('.')
      return rest.join('.') === `${role}.json` ? [Number(version)] : []
    })
    return Math.max(...versions)
  }
  const path = (role: string) =>
    metadata(role === 'timestamp' ? 'timestamp.json' : `${newest(role)}.${role}.json`)
  const read = <R extends string>(role: R) =>
    JSON.parse(readFileSync(path(role), 'utf8')) as Envelope<SignedOf<R>>
  const thresholds: Record<string, number> = { root: 2, targets: 2, app: 2, [`models-${family}`]: 2 }
  const first = (role: string) => keys[role]!.slice(0, thresholds[role] ?? 1)
  const settleAll = async (repository: Repository, now: number, also: SigningKey[] = [], refresh = false) => {
    const settled = await settle(repository, {
      keys: [...Object.keys(keys).flatMap(first), ...also],
      nowMs: now,
      ...(refresh && { refresh: { snapshot: true, timestamp: true } }),
    })
    if (settled.waiting.length > 0) throw new Error(`still waiting: ${JSON.stringify(settled.waiting)}`)
  }
  const change = async (now: number, edit: (repository: Repository) => unknown) => {
    const repository = await openRepository(dir)
    await edit(repository)
    await settleAll(repository, now)
  }
  const put = async <R extends string>(role: R, options: Put<SignedOf<R>> = {}): Promise<void> => {
    const before = read(role)
    const signed = structuredClone(before.signed) as SignedOf<R>
    signed.version = options.version ?? before.signed.version + 1
    options.edit?.(signed)
    const by = options.keys ?? first(role)
    const envelope = signWith<Signed>({ signed, signatures: [] }, by) as Envelope<SignedOf<R>>
    options.spoil?.(envelope)
    const text = fileText(envelope as Envelope)
    writeFileSync(metadata(role === 'timestamp' ? 'timestamp.json' : `${signed.version}.${role}.json`), text)
    if (options.follow === false || role === 'root' || role === 'timestamp') return
    const meta = fileMeta(signed.version, text)
    if (role === 'snapshot')
      await put('timestamp', {
        edit: (timestamp) => {
          timestamp.meta['snapshot.json'] = meta
        },
      })
    else
      await put('snapshot', {
        edit: (snapshot) => {
          snapshot.meta[`${role}.json`] = meta
        },
      })
  }
  const made: SignedSite = {
    dir,
    site,
    family,
    nowMs,
    keys,
    root: (version = 1) => readFileSync(metadata(`${version}.root.json`), 'utf8'),
    read,
    path,
    put,
    async publish({ family: into = family, platforms, nowMs: now = nowMs, ...what }) {
      const head =
        'file' in what
          ? { ...(await readPackageHead(what.file)), file: what.file }
          : { release: 1, ...what, file: temporary(what.bytes) }
      let digest = ''
      let at = ''
      await change(now, async (repository) => {
        const { model, version, release, file } = head
        const parts = { file, family: into, model, version, release, ...(platforms && { platforms }) }
        const { path: listed, target } = await addPackage(repository, parts, now)
        digest = target.hashes.sha256
        at = listed
      })
      if (!('file' in what)) rmSync(dirname(head.file), { recursive: true })
      return { model: head.model, version: head.version, digest, path: at }
    },
    async publishApp({ bytes, ...what }) {
      const file = temporary(bytes)
      await change(nowMs, (repository) => addInstaller(repository, { ...what, file }, nowMs))
      rmSync(dirname(file), { recursive: true })
      return createHash('sha256').update(bytes).digest('hex')
    },
    assign: ({ nowMs: now = nowMs, ...to }) =>
      change(now, (repository) => assign(repository, { site, group: null, activate: 'at-once', ...to }, now)),
    unassign: ({ model, group, nowMs: now = nowMs }) =>
      change(now, (repository) => unassign(repository, { site, group: group ?? null, model }, now)),
    revoke: ({ nowMs: now = nowMs, ...what }) => change(now, (repository) => revoke(repository, what, now)),
    setPolicy: (edit, now = nowMs) => change(now, (repository) => setPolicy(repository, now, edit)),
    async rotate(role, now = nowMs) {
      const [out, ...rest] = keys[role]!
      const coming = createKey(`${role}-new-${newest('root')}`)
      const repository = await openRepository(dir)
      const old = first(role)
      rotate(repository, role, { out: out!.id, in: coming.public }, now)
      keys[role] = [coming, ...rest]
      await settleAll(repository, now, old)
      return { out: out!, in: coming }
    },
    refresh: async (now = nowMs) => settleAll(await openRepository(dir), now, [], true),
    settle: (repository, now = nowMs) => settleAll(repository, now),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
  return made
}

/** A file with these bytes, in a folder of its own. */
function temporary(bytes: Uint8Array): string {
  const file = join(mkdtempSync(join(tmpdir(), 'edgewright-bytes-')), 'bytes')
  writeFileSync(file, bytes)
  return file
}
