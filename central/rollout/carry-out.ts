import { ownGroup } from '#core/contracts/fleet.ts'
import type { Choose, RolloutPlan } from '#core/contracts/rollout.ts'
import type { Base } from '../central.ts'
import type { ChosenDevice } from '../devices/fleet-views.ts'
import { findPackage } from '../registry/changes.ts'
import { type Desk, type Entry, mostEntries, type SiteSigned, tooMany } from '../registry/desk.ts'
import type { Repository } from '../registry/repository.ts'
import {
  type Chosen,
  keepChosen,
  machinesAt,
  machinesToSign,
  markAssigned,
  markTakenBack,
  type SiteDevice,
  type ToSignFor,
  takenBy,
} from '../store/rollout-machines.ts'
import type { KeptRollout, Signing } from '../store/rollouts.ts'
import { changesTo, isSame, linesWhenDone, linesWhenTakenBack, type Said, toldBy } from './lines.ts'
import { entriesWith, groupsSaid, linesAt, liveLines, pathsOf, sitesOf, withoutGone } from './site-file.ts'

export interface HandParts {
  base: Pick<Base, 'db' | 'now'>
  desk: Desk
  /** Enrolled machines that are meant, always the same ones for one salt (central/devices). */
  choose: (choose: Choose, salt: string) => Promise<ChosenDevice[]>
}

/** What advance() asks for, done to the database and the signed repository. Each may be done again without harm. */

/** Who is in the group, from now on: kept before anything is signed, with what each is told to run today. */
export async function choose(parts: HandParts, rollout: KeptRollout, group: number): Promise<number> {
  const { base, desk } = parts
  const repository = await desk.mustLook()
  const { model } = rollout.plan
  const taken = await takenBy(base.db, rollout.id)
  const meant = await parts.choose(rollout.plan.groups[group]!.choose, model)
  const chosen = meant.filter(({ id }) => !taken.has(id))
  await checkRoom(parts, repository, model, [chosen], taken)
  const groups = new Map((await machinesAt(base.db, sitesOf(chosen))).map((one) => [one.id, one.groups]))
  const lines = new Map(sitesOf(chosen).map((site) => [site, liveLines(repository, site, model)]))
  await keepChosen(
    base.db,
    { rollout: rollout.id, group, model, at: new Date(base.now()) },
    chosen.map(({ id, device, site }): Chosen => {
      const told = toldBy(lines.get(site)!, [ownGroup(device), ...(groups.get(id) ?? []), null])
      return { id, site, entryBefore: told && { version: told.version, activate: told.activate } }
    }),
  )
  return chosen.length
}

/** Machines of each group of a plan that has not begun, as they would be chosen now. */
export async function wouldChoose(
  parts: Pick<HandParts, 'choose'>,
  plan: RolloutPlan,
  taken: ReadonlySet<number>,
  from = 0,
): Promise<ChosenDevice[][]> {
  const all = new Set(taken)
  const groups: ChosenDevice[][] = []
  for (const [k, { choose: of }] of plan.groups.entries()) {
    const found = k < from ? [] : (await parts.choose(of, plan.model)).filter(({ id }) => !all.has(id))
    for (const { id } of found) all.add(id)
    groups.push(found)
  }
  return groups
}

type Machine = Pick<ChosenDevice, 'id' | 'site' | 'device'>
/** Machines that a site's line would change something for, and that are in nothing of this. */
const missingFrom = (here: readonly SiteDevice[], inIt: ReadonlySet<number>) =>
  here.filter(({ id, state }) => state !== 'waiting' && !inIt.has(id))

/**
 * That what the groups are told fits into the files of their sites: a line for each machine, or one line for a site all of which is in
 * it by then.
 * @throws EdgewrightError registry-refused: it would not, and nothing is signed
 */
export async function checkRoom(
  { base }: Pick<HandParts, 'base'>,
  repository: Repository,
  model: string,
  groups: readonly (readonly Machine[])[],
  taken: ReadonlySet<number>,
): Promise<void> {
  const [soFar, inIt] = [[] as Machine[], new Set(taken)]
  for (const group of groups) {
    soFar.push(...group)
    for (const { id } of group) inIt.add(id)
    for (const [site, here] of Map.groupBy(soFar, (one) => one.site)) {
      const count = entriesWith(repository, site, model, here)
      if (count > mostEntries && missingFrom(await machinesAt(base.db, [site]), inIt).length > 0)
        throw tooMany(site, count)
    }
  }
}

const missingOf = (signed: readonly SiteSigned[]): Signing =>
  signed.flatMap((one) => (one.live ? [] : [{ role: one.role, why: one.why, hint: one.hint }]))

/** Those at a site of which all that was asked for is live. */
const liveAt = (signed: readonly SiteSigned[], machines: readonly ToSignFor[]): number[] => {
  const waits = new Set(signed.flatMap((one) => (one.live ? [] : [one.site])))
  return machines.flatMap(({ id, site }) => (waits.has(site) ? [] : [id]))
}

/** Signs what the machines of a group are to run: all of a site in one version of its metadata. Answers what is signed elsewhere. */
export async function assignGroup(
  parts: HandParts,
  { id, digest, plan }: KeptRollout,
  group: number,
): Promise<Signing> {
  const { base, desk } = parts
  const repository = await desk.mustLook()
  const machines = await machinesToSign(base.db, id, group)
  const { model, version, activate } = plan
  const to: Said = { version, digest, activate }
  const entries = [...Map.groupBy(machines, ({ site }) => site)].map(async ([site, here]) => {
    const own = here.map(({ device }): Entry => ({ site, group: ownGroup(device), model, to }))
    if (entriesWith(repository, site, model, here) <= mostEntries) return own
    const [taken, there] = [await takenBy(base.db, id), await machinesAt(base.db, [site])]
    // Left as it is, the desk says that these are too many.
    return missingFrom(there, taken).length > 0
      ? own
      : changesTo(site, model, groupsSaid(repository, site, model), new Map([[null, to]]))
  })
  const signed = await desk.apply(await withoutGone(base.db, repository, (await Promise.all(entries)).flat()))
  const ids = liveAt(signed, machines)
  if (ids.length > 0) await markAssigned(base.db, id, ids, new Date(base.now()))
  return missingOf(signed)
}

/**
 * After an abort: what is said of machines that are not known to run the version goes back to what was said before. Those that
 * run it stay with it, or go back as well. Where the two would be more lines than fit, nothing is said of that site any more, and each
 * keeps what it runs.
 */
export async function takeBack(parts: HandParts, rollout: KeptRollout): Promise<Signing> {
  const { base, desk } = parts
  const { id, plan, state, digest } = rollout
  if (state.state !== 'aborted') return []
  const { model, version, activate } = plan
  const to: Said = { version, digest, activate }
  const repository = await desk.mustLook()
  const all = await machinesToSign(base.db, id, null)
  const machines = all.filter((one) => state.takeBack || !runsIt(one))
  const [members, back] = [new Map(all.map((one) => [one.id, one])), new Set(machines)]
  const entries = await linesAt(
    base.db,
    repository,
    model,
    sitesOf(all),
    (one, said) => {
      const isSites = isSame(said.get(null) ?? null, to)
      const member = memberAt(members, one)
      if (member && !back.has(member)) return to
      if (member) return formerOf(repository, member, plan, digest) ?? (isSites ? null : undefined)
      const told = toldBy(said, [ownGroup(one.device), ...one.groups, null])
      return isSites && told === said.get(null) ? undefined : told
    },
    (said, here, site) => {
      const lines = linesWhenTakenBack(said, here, to)
      const others = pathsOf(repository, site).filter((path) => !path.endsWith(`/${model}`))
      return lines && others.length + lines.size <= mostEntries ? lines : new Map()
    },
  )
  const signed = await desk.apply(await withoutGone(base.db, repository, entries))
  const ids = liveAt(signed, machines)
  if (ids.length > 0)
    await markTakenBack(base.db, id, ids, new Date(base.now()), `aborted by ${state.by}: ${state.reason}`)
  return missingOf(signed)
}

/** Who failed elsewhere and was moved since is in it there, and not here. */
function memberAt(members: ReadonlyMap<number, ToSignFor>, { id, site }: SiteDevice): ToSignFor | undefined {
  const found = members.get(id)
  return found?.site === site ? found : undefined
}

const runsIt = ({ state }: ToSignFor) => state === 'succeeded' || state === 'on-trial'

/** What it was told before; else, of a machine that runs the new version, the version that it ran, by name. */
function formerOf(
  repository: Repository,
  machine: ToSignFor,
  { model, activate }: RolloutPlan,
  digest: string,
): Said | null {
  const { before, entry_before } = machine
  const former =
    entry_before ??
    (runsIt(machine) && before && before.digest !== digest ? { version: before.version, activate } : null)
  const found = former && published(repository, model, former.version)
  return found ? { version: former.version, digest: found, activate: former.activate } : null
}

function published(repository: Repository, model: string, version: string): string | undefined {
  try {
    return findPackage(repository, model, version).target.hashes.sha256
  } catch {
    return undefined // It was withdrawn meanwhile: nothing is said of that machine any more, and it keeps what it runs.
  }
}

/**
 * Once it is done: a site, or a group, that is told the same gets one line in the place of one for each. Machines that the plan means,
 * and that came too late to be chosen, are told it too, unless they have a line of their own.
 */
export async function tidy(parts: HandParts, { id, digest, plan }: KeptRollout): Promise<Signing> {
  const { base, desk } = parts
  const { model, version, activate } = plan
  const to: Said = { version, digest, activate }
  const repository = await desk.mustLook()
  const all = await machinesToSign(base.db, id, null)
  const late = (await wouldChoose(parts, plan, await takenBy(base.db, id))).flat()
  const meant = new Set(late.map((one) => one.id))
  const members = new Map(all.map((one) => [one.id, one]))
  const entries = await linesAt(
    base.db,
    repository,
    model,
    sitesOf(all),
    (one, said) => {
      if (memberAt(members, one)) return to
      const own = said.get(ownGroup(one.device))
      if (own || one.state === 'waiting') return own
      return meant.has(one.id) ? to : toldBy(said, [...one.groups, null])
    },
    (said, machines) => linesWhenDone(said, machines, to),
  )
  return entries.length === 0
    ? []
    : missingOf(await desk.apply(await withoutGone(base.db, repository, entries)))
}
