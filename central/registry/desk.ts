import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { assignmentCustomSchema, issuedField } from '#core/contracts/update.ts'
import { assignmentPath, siteRole } from '#core/update/names.ts'
import { draft, findPackage } from './changes.ts'
import { readText, writeWhole } from './files.ts'
import type { SigningKey } from './key.ts'
import { locked } from './lock.ts'
import { sha256, signedBytes, type Target, type Targets } from './metadata.ts'
import { delegationOf, next, openRepository, type Repository, stampOf } from './repository.ts'
import { lacks, settle } from './settle.ts'

/** What a site, or a group of machines at it, is to run of one model; `to` null: nothing is said of it any more. */
export interface Entry {
  site: string
  group: string | null
  model: string
  to: { version: string; digest: string; activate: 'at-once' | 'by-technician' } | null
}

/** Of one site, after a change: `live` machines can see all of it; else what is missing, in words, and what to do. */
export type SiteSigned =
  | { site: string; live: true }
  | { site: string; live: false; role: string; why: string; hint: string }

/** Entries of one site's file: more of them would make every machine there fetch a long file for one line of it. */
export const mostEntries = 1000
const waitMs = 5_000
/** Which of what is pending this desk drafted: it never signs what others have left there. */
const minePath = 'desk.json'

/**
 * The part of the signing desk that central keeps open: it says WHAT runs where, with keys of sites, snapshot and timestamp, and can
 * bring in no bytes: those that the families' own signers vouch for are all there is to name.
 */
export class Desk {
  readonly dir: string
  readonly #dataDir: string
  readonly #now: () => number
  readonly keys: readonly SigningKey[]
  #tried = ''
  #seen: { stamp: string; repository: Repository } | undefined

  constructor(parts: { dataDir: string; keys: readonly SigningKey[]; now: () => number }) {
    this.dir = join(parts.dataDir, 'repository')
    this.#dataDir = parts.dataDir
    this.keys = parts.keys
    this.#now = parts.now
  }

  /** The repository as it is, read anew where it has changed; undefined: there is none. Not to be edited. */
  async look(): Promise<Repository | undefined> {
    const stamp = await stampOf(this.dir)
    if (stamp === undefined) return undefined
    if (this.#seen?.stamp !== stamp)
      this.#seen = { stamp, repository: await openRepository(this.dir, { finish: false }) }
    return this.#seen.repository
  }

  /** @throws EdgewrightError registry-refused */
  async mustLook(): Promise<Repository> {
    const repository = await this.look()
    if (repository?.live.targets) return repository
    throw new EdgewrightError('registry-refused', 'central has no signed repository yet', {
      hint: `Make one in ${this.dir}: edgewright repo init (docs/signing.md).`,
    })
  }

  /**
   * Brings entries about, each site's in one version of its metadata, signed with the keys at hand. What is so already is left alone,
   * so the same entries may be asked for again until all of them are live.
   * @throws EdgewrightError registry-refused: no repository, a version that is not published with these bytes, too many entries
   */
  async apply(entries: readonly Entry[]): Promise<SiteSigned[]> {
    const sites = [...Map.groupBy(entries, ({ site }) => site)]
    const before = await this.mustLook()
    if (sites.every(([, of]) => of.every((entry) => isSaid(nextSite(before, entry.site), entry))))
      return this.#standing(sites)
    await locked(
      this.dir,
      async () => {
        const repository = await openRepository(this.dir)
        const mine = await this.#mine()
        const edited: string[] = []
        for (const [site, wanted] of sites) {
          const role = siteRole(site)
          const others = repository.pending.get(role)
          if (!isDelegated(repository, site) || (others && mine[role] !== sha256(signedBytes(others.signed))))
            continue
          const due = wanted.filter((entry) => !isSaid(next(repository, role), entry))
          if (due.length > 0) edit(repository, role, due, this.#now())
          const count = Object.keys(next(repository, role)?.targets ?? {}).length
          if (count > mostEntries) throw tooMany(site, count)
          if (due.length > 0) edited.push(role)
        }
        if (edited.length === 0) return
        for (const role of edited) mine[role] = sha256(signedBytes(repository.pending.get(role)!.signed))
        // Before it is written: after a kill between the two, what this desk drafted is still known as its own.
        await writeWhole(join(this.#dataDir, minePath), JSON.stringify(mine))
        await settle(repository, { keys: [...this.keys], nowMs: this.#now(), roles: edited })
      },
      { waitMs },
    )
    return this.#standing(sites)
  }

  async #standing(sites: [string, Entry[]][]): Promise<SiteSigned[]> {
    const repository = await this.mustLook()
    const mine = await this.#mine()
    return sites.map(([site, wanted]) => {
      const role = siteRole(site)
      const live = repository.live.delegated.get(role)?.signed
      if (wanted.every((entry) => isSaid(live, entry))) return { site, live: true }
      const pending = repository.pending.get(role)
      if (!isDelegated(repository, site))
        return {
          ...{ site, live: false, role, why: `the signed repository knows no site ${site}` },
          hint: `Add it: edgewright repo add-site ${site} --repo ${this.dir} (docs/signing.md).`,
        }
      if (pending && mine[role] !== sha256(signedBytes(pending.signed)))
        return {
          ...{ site, live: false, role, why: `a change of ${role} by others waits for signatures` },
          hint: `Let it be signed, or discard it: edgewright repo status ${this.dir}.`,
        }
      const why = (pending && lacks(repository, role)) ?? 'the keys of snapshot and timestamp are not at hand'
      return {
        ...{ site, live: false, role, why: `${role}: ${why}` },
        hint: `edgewright repo export FILE --role ${role} --repo ${this.dir}, let it be signed, and import it (docs/signing.md).`,
      }
    })
  }

  async #mine(): Promise<Record<string, string>> {
    const text = await readText(join(this.#dataDir, minePath))
    return text === undefined ? {} : JSON.parse(text)
  }

  /**
   * Day to day: a new timestamp each day, what ends soon signed anew where its keys are at hand, and what others have signed
   * completely brought live. Answers what went live.
   */
  async upkeep(): Promise<{ role: string; version: number }[]> {
    const seen = await this.look()
    if (!seen?.live.timestamp || !this.#upkeepDue(seen)) return []
    return locked(
      this.dir,
      async () => {
        const repository = await openRepository(this.dir)
        const due = this.#upkeepDue(repository)
        if (!due) return []
        this.#tried = due.tried
        for (const role of due.renew) draft(repository, role, this.#now(), () => undefined)
        const { live } = await settle(repository, {
          ...{ keys: [...this.keys], nowMs: this.#now(), roles: due.renew },
          ...(due.refresh && { refresh: due.refresh }),
        })
        return live
      },
      { waitMs },
    )
  }

  #upkeepDue(repository: Repository) {
    const { live, pending } = repository
    const nowMs = this.#now()
    const { timestamp, snapshot } = live.root!.signed.roles
    const has = (ids: readonly string[]) => this.keys.some(({ id }) => ids.includes(id))
    if (!live.timestamp || !live.snapshot || !has(timestamp.keyids)) return undefined
    const issuedMs = Date.parse(live.timestamp.signed[issuedField])
    const isOld = nowMs - issuedMs >= dayMs
    const renewsSnapshot = has(snapshot.keyids) && endsWithin(live.snapshot.signed.expires, 20, nowMs)
    const renew = [...live.delegated].flatMap(([role, { signed }]) => {
      const by = delegationOf(role, live.targets?.signed)
      const isOurs = role.startsWith(siteRole('')) && by !== undefined && by.threshold === 1 && has(by.keyids)
      return isOurs && !pending.has(role) && endsWithin(signed.expires, 30, nowMs) ? [role] : []
    })
    const complete = has(snapshot.keyids) ? [...pending].filter(([role]) => !lacks(repository, role)) : []
    // What is signed and waits for something beside it is tried once, until something is different.
    const tried = complete.map(([role, { signed }]) => `${role} ${sha256(signedBytes(signed))}`).join()
    const isNew = complete.length > 0 && tried !== this.#tried
    if (!isOld && !renewsSnapshot && renew.length === 0 && !isNew) return undefined
    const refresh = isOld || renewsSnapshot ? { snapshot: renewsSnapshot, timestamp: true } : undefined
    return { renew, refresh, tried }
  }
}

const dayMs = 86_400_000
const endsWithin = (expires: string, days: number, nowMs: number) =>
  Date.parse(expires) - nowMs < days * dayMs

const nextSite = (repository: Repository, site: string): Targets | undefined =>
  next(repository, siteRole(site))

/** In what holds: a site that waits for signatures itself cannot be assigned anything yet. */
const isDelegated = ({ live }: Repository, site: string): boolean =>
  delegationOf(siteRole(site), live.targets?.signed) !== undefined

export const entryAt = (
  repository: Repository,
  { site, group, model }: Pick<Entry, 'site' | 'group' | 'model'>,
): Target | undefined =>
  repository.live.delegated.get(siteRole(site))?.signed.targets[assignmentPath(site, group, model)]

function isSaid(signed: Targets | undefined, { site, group, model, to }: Entry): boolean {
  const found = signed?.targets[assignmentPath(site, group, model)]
  if (!to) return found === undefined
  return (
    found?.hashes.sha256 === to.digest &&
    found.custom?.['version'] === to.version &&
    found.custom['activate'] === to.activate
  )
}

/** All of them in one draft: each draft copies the whole file. */
function edit(repository: Repository, role: string, due: readonly Entry[], nowMs: number): void {
  // What waits for the family's own signatures is nothing that a machine would take.
  const live = { ...repository, pending: new Map() }
  draft(repository, role, nowMs, (signed) => {
    const known = new Map<string, Target>()
    for (const { site, group, model, to } of due) {
      const path = assignmentPath(site, group, model)
      if (!to) {
        delete signed.targets[path]
        continue
      }
      const of = `${model} ${to.version} ${to.digest} ${to.activate}`
      const target = known.get(of) ?? targetOf(live, model, to)
      known.set(of, target)
      signed.targets[path] = target
    }
  })
}

function targetOf(
  live: Repository,
  model: string,
  { digest, version, activate }: NonNullable<Entry['to']>,
): Target {
  const { path, target } = findPackage(live, model, version)
  if (target.hashes.sha256 !== digest)
    throw new EdgewrightError('registry-refused', `${model} ${version} is published with other bytes`, {
      hint: 'Nothing was assigned. GET /api/registry says what is published.',
    })
  const custom = assignmentCustomSchema.parse({ model, version, package: path, activate })
  return { length: target.length, hashes: target.hashes, custom }
}

export const tooMany = (site: string, count: number) =>
  new EdgewrightError(
    'registry-refused',
    `${site} would have ${count} assignments in its signed file, and ${mostEntries} is the most`,
    {
      hint: 'Let a group take all of the site that is left (that is one line), choose fewer machines before it, or divide the site in two.',
    },
  )
