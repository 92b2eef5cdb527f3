import type { Trusted } from '../trusted.ts'
import { delegatedAuthority, maySign } from './delegations.ts'
import {
  type Document,
  type Reading,
  readDocument,
  rootAuthority,
  type TopRole,
  topRoles,
} from './document.ts'
import { Marks } from './marks.ts'
import { expired, messageOf, noTrust, refused } from './refusal.ts'
import type { Limits, Rules } from './rules.ts'
import { SecondOpinion } from './second-opinion.ts'
import type { Delegation, FileShape, Kind } from './shapes.ts'
import { materials } from './signers.ts'

export interface Terms {
  /** By which expiry is judged. */
  nowMs: number
  /** The same after a root has taken a key from timestamp (default: as before): what such a key said of the time is void. */
  nowWithoutTimestampsMs?: number
  rules: Rules
  limits: Limits
}

/**
 * From root to what is delegated, each link held against the one before it, against what was believed before and against the
 * clock (TUF 1.0, 5.3 to 5.6). No disk, no network: `known…` looks at what is believed already, `take…` at what has come. What
 * was taken stays, whatever fails after it.
 */
export class Chain {
  root: Document<'root'>
  timestamp: Document<'timestamp'> | undefined
  snapshot: Document<'snapshot'> | undefined
  /** `targets` and the delegated roles that hold. */
  readonly roles = new Map<string, Document<'targets'>>()
  /** A root has taken a key from timestamp: the times that it signed count no more. */
  forgotTime = false
  readonly #terms: Terms
  readonly #files: Map<string, string>
  readonly #marks: Marks
  readonly #second: SecondOpinion

  /** @throws EdgewrightError trust-missing: no root, or one that is torn */
  constructor(before: Trusted, terms: Terms) {
    this.#terms = terms
    this.#files = new Map(Object.entries(before.files))
    this.#marks = new Marks(before.marks)
    this.#second = new SecondOpinion(terms.nowMs)
    const text = this.#files.get('root')
    if (text === undefined) throw noTrust('this machine has no root that it believes')
    try {
      this.root = this.#read(Buffer.from(text), { role: 'root', kind: 'root', authorities: [] })
    } catch (error) {
      throw noTrust(`the root that this machine believed is damaged: ${messageOf(error)}`, error)
    }
    this.#raise(this.root)
    this.#second.known(this.root)
  }

  takeRoot(bytes: Buffer): void {
    const old = this.root
    const root = this.#read(bytes, {
      role: 'root',
      kind: 'root',
      authorities: [rootAuthority(old.signed, 'root')],
    })
    const next = old.signed.version + 1
    if (root.signed.version !== next) throw refused(`${root.label} was found where version ${next} belongs`)
    this.#second.agree(root)
    const timeGoes = takesKeysAway('timestamp', old, root)
    if (timeGoes || takesKeysAway('snapshot', old, root)) {
      this.#marks.forgetAllButRoot()
      this.#files.delete('timestamp')
      this.#files.delete('snapshot')
    }
    if (timeGoes) {
      this.forgotTime = true
      this.#second.setTime(this.#nowMs)
    }
    this.root = root
    this.#keep(root)
  }

  /** That the newest root may lead to anything new. */
  checkRoot(): void {
    const { label, signed } = this.root
    this.#marks.check('root', signed.version, label)
    if (this.#terms.rules.consistentSnapshot && !signed.consistent_snapshot)
      throw refused(`${label} does not promise consistent snapshots, and this machine asks for them`)
    this.#current(this.root)
  }

  knownTimestamp(): void {
    this.timestamp = this.#known(this.#top('timestamp', 'timestamp'))
    if (!this.timestamp) return
    this.#second.known(this.timestamp)
    this.#raise(this.timestamp)
  }

  takeTimestamp(bytes: Buffer): void {
    const timestamp = this.#read(bytes, this.#top('timestamp', 'timestamp'))
    const { label, signed } = timestamp
    this.#marks.check('timestamp', signed.version, label)
    if (this.timestamp?.signed.version === signed.version) {
      this.#current(this.timestamp)
      return
    }
    this.#marks.check('snapshot', signed.meta['snapshot.json'].version, `${label} names snapshot version`)
    this.#current(timestamp)
    this.#second.agree(timestamp)
    this.timestamp = timestamp
    this.#keep(timestamp)
  }

  /** Whether the snapshot that is here is the one that timestamp names. */
  knownSnapshot(): boolean {
    const known = this.#known(this.#top('snapshot', 'snapshot'))
    if (!known) return false
    this.#second.known(known)
    this.#raise(known)
    this.snapshot = this.#known({ ...this.#top('snapshot', 'snapshot'), listed: this.snapshotListed() })
    if (this.snapshot?.signed.version !== this.snapshotListed().file.version) {
      this.snapshot = undefined
      return false
    }
    this.#current(this.snapshot)
    return true
  }

  takeSnapshot(bytes: Buffer): void {
    const listed = this.snapshotListed()
    const snapshot = this.#read(bytes, { ...this.#top('snapshot', 'snapshot'), listed })
    checkVersion(snapshot, listed)
    this.#marks.checkListed(snapshot)
    this.#current(snapshot)
    this.#second.agree(snapshot)
    this.snapshot = snapshot
    this.#keep(snapshot)
  }

  /** Whether the file of a targets role that is here is the one that snapshot names, and holds for this delegator. */
  knownTargets(role: string, delegator: string): boolean {
    const { reading, delegation } = this.#targets(role, delegator)
    const known = this.#known(reading)
    if (!known || known.signed.version !== reading.listed.file.version) return false
    this.#checkTargets(known, delegation)
    this.#current(known)
    this.#second.known(known, delegator)
    this.#raise(known)
    this.roles.set(role, known)
    return true
  }

  takeTargets(role: string, delegator: string, bytes: Buffer): void {
    const { reading, delegation } = this.#targets(role, delegator)
    const taken = this.#read(bytes, reading)
    checkVersion(taken, reading.listed)
    this.#checkTargets(taken, delegation)
    this.#current(taken)
    this.#second.agree(taken, delegator)
    this.roles.set(role, taken)
    this.#keep(taken)
  }

  /** What timestamp says of the snapshot. */
  snapshotListed(): { file: FileShape; by: string } {
    if (!this.timestamp) throw new TypeError('snapshot comes after timestamp')
    return { file: this.timestamp.signed.meta['snapshot.json'], by: this.timestamp.label }
  }

  /** What snapshot says of a targets role. @throws EdgewrightError update-refused where it does not list it */
  targetsListed(role: string): { file: FileShape; by: string } {
    if (!this.snapshot) throw new TypeError('targets come after snapshot')
    const { meta } = this.snapshot.signed
    const file = Object.hasOwn(meta, `${role}.json`) ? meta[`${role}.json`] : undefined
    if (!file) throw refused(`${this.snapshot.label} does not list ${role}`)
    return { file, by: this.snapshot.label }
  }

  trusted(): Trusted {
    const listed = this.snapshot?.signed.meta
    const isTop = (role: string): boolean => (topRoles as readonly string[]).includes(role)
    const files = [...this.#files].filter(
      ([role]) => !listed || isTop(role) || Object.hasOwn(listed, `${role}.json`),
    )
    return { files: Object.fromEntries(files), marks: this.#marks.all() }
  }

  #targets(role: string, delegator: string) {
    const listed = this.targetsListed(role)
    if (delegator === 'root')
      return { reading: { ...this.#top('targets', 'targets'), listed }, delegation: undefined }
    const from = this.roles.get(delegator)
    const found = from && delegatedAuthority(from.role, from.signed, role)
    if (!found) throw refused(`${from?.label ?? delegator} delegates nothing to ${role}`)
    const reading = { role, kind: 'targets' as const, authorities: [found.authority], listed }
    return { reading, delegation: found.delegation }
  }

  #top<K extends Kind>(role: TopRole, kind: K): Reading<K> {
    return { role, kind, authorities: [rootAuthority(this.root.signed, role)] }
  }

  #read<K extends Kind>(bytes: Buffer, reading: Reading<K>): Document<K> {
    return readDocument(bytes, reading, this.#terms.rules, this.#terms.limits)
  }

  /** What is believed already, if it still holds; a torn file is as good as none, for the marks stay. */
  #known<K extends Kind>(reading: Reading<K>): Document<K> | undefined {
    const text = this.#files.get(reading.role)
    if (text === undefined) return undefined
    try {
      return this.#read(Buffer.from(text), reading)
    } catch {
      return undefined // it is fetched anew
    }
  }

  #checkTargets({ label, role, signed }: Document<'targets'>, delegation: Delegation | undefined): void {
    if (!this.#terms.rules.strictTargets) return
    // Its own name stands in no targets file: where people sign for two roles, what they signed for one could be put forward
    // as the other, and a `targets` without delegations and policy would lift every revocation.
    if (!delegation && !signed.delegations)
      throw refused(`${label} delegates nothing: these people signed it as something else than ${role}`)
    for (const [path, { hashes }] of Object.entries(signed.targets)) {
      if (!/^[0-9a-f]{64}$/.test(hashes['sha256'] ?? '')) throw refused(`${label} gives ${path} no sha256`)
      if (delegation && !maySign(delegation, path))
        throw refused(`${label} lists ${path}, and ${role} may sign ${delegation.paths?.join(', ')} only`)
    }
  }

  #current({ label, signed: { expires } }: Document): void {
    if (Date.parse(expires) <= this.#nowMs) throw expired(label, expires, this.#nowMs)
  }

  get #nowMs(): number {
    const { nowMs, nowWithoutTimestampsMs = nowMs } = this.#terms
    return this.forgotTime ? nowWithoutTimestampsMs : nowMs
  }

  #keep(document: Document): void {
    this.#files.set(document.role, document.bytes.toString('utf8'))
    this.#raise(document)
  }

  #raise(document: Document): void {
    this.#marks.raise(document)
  }
}

function checkVersion({ label, signed }: Document, { file, by }: { file: FileShape; by: string }): void {
  if (signed.version !== file.version)
    throw refused(`${label} was found where ${by} names version ${file.version}`)
}

/**
 * Whether a root takes a key from a role: then what such a key may have driven up counts anew (TUF 1.0, 5.3.11). A key that
 * only comes in addition changes nothing of what the others have said.
 */
function takesKeysAway(role: TopRole, old: Document<'root'>, { signed }: Document<'root'>): boolean {
  const kept = materials(rootAuthority(signed, role))
  return [...materials(rootAuthority(old.signed, role))].some((key) => !kept.has(key))
}
