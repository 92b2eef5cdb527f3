import { ownGroup } from '#core/contracts/fleet.ts'
import type { Choose, RolloutPlan } from '#core/contracts/rollout.ts'
import { assignmentCustomSchema } from '#core/contracts/update.ts'
import { siteRole } from '#core/update/names.ts'
import type { Base } from '../central.ts'
import type { ChosenDevice } from '../devices/fleet-views.ts'
import { findPackage } from '../registry/changes.ts'
import { type Desk, type Entry, entryAt, mostEntries, type SiteSigned, tooMany } from '../registry/desk.ts'
import type { Repository } from '../registry/repository.ts'
import {
  type Chosen,
  keepChosen,
  machinesToSign,
  markAssigned,
  markTakenBack,
  sitesInPart,
  type ToSignFor,
  takenBy,
} from '../store/rollout-machines.ts'
import type { KeptRollout, Signing } from '../store/rollouts.ts'

export interface HandParts {
  base: Pick<Base, 'db' | 'now'>
  desk: Desk
  /** Enrolled machines that are meant, always the same ones for one salt (central/devices). */
  choose: (choose: Choose, salt: string) => Promise<ChosenDevice[]>
}

/** What advance() asks for, done to the database and the signed repository. Each may be done again without harm. */

/** Who is in the group, from now on: kept before anything is signed, with what each machine's own entry says today. */
export async function choose(parts: HandParts, rollout: KeptRollout, group: number): Promise<number> {
  const { base, desk } = parts
  const repository = await desk.mustLook()
  const { model } = rollout.plan
  const taken = await takenBy(base.db, rollout.id)
  const meant = await parts.choose(rollout.plan.groups[group]!.choose, model)
  const chosen = meant.filter(({ id }) => !taken.has(id))
  checkRoom(repository, model, chosen)
  const at = new Date(base.now())
  await keepChosen(
    base.db,
    { rollout: rollout.id, group, model, at },
    chosen.map((one): Chosen => ({ ...one, entryBefore: ownEntry(repository, one, model) })),
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

type Machine = Pick<ChosenDevice, 'site' | 'device'>

function ownEntry(repository: Repository, { site, device }: Machine, model: string): Chosen['entryBefore'] {
  const found = entryAt(repository, { site, group: ownGroup(device), model })
  const custom = assignmentCustomSchema.safeParse(found?.custom)
  return custom.success ? { version: custom.data.version, activate: custom.data.activate } : null
}

/** @throws EdgewrightError registry-refused: a site's file would grow too long */
export function checkRoom({ live }: Repository, model: string, machines: readonly Machine[]): void {
  for (const [site, here] of Map.groupBy(machines, (one) => one.site)) {
    const there = Object.keys(live.delegated.get(siteRole(site))?.signed.targets ?? {})
    const own = new Set(here.map(({ device }) => `sites/${site}/${ownGroup(device)}/${model}`))
    const count = there.filter((path) => !own.has(path)).length + own.size
    if (count > mostEntries) throw tooMany(site, count)
  }
}

const missingOf = (signed: readonly SiteSigned[]): Signing =>
  signed.flatMap((one) => (one.live ? [] : [{ role: one.role, why: one.why, hint: one.hint }]))

const liveSites = (signed: readonly SiteSigned[]): Set<string> =>
  new Set(signed.flatMap((one) => (one.live ? [one.site] : [])))

/** Signs what the machines of a group are to run: all of a site in one version of its metadata. Answers what is signed elsewhere. */
export async function assignGroup(
  { base, desk }: HandParts,
  { id, digest, plan }: KeptRollout,
  group: number,
): Promise<Signing> {
  const machines = await machinesToSign(base.db, id, group)
  const { model, version, activate } = plan
  const signed = await desk.apply(
    machines.map(({ site, device }) => ({
      ...{ site, group: ownGroup(device), model },
      to: { version, digest, activate },
    })),
  )
  const live = liveSites(signed)
  const ids = machines.flatMap((one) => (live.has(one.site) ? [one.id] : []))
  if (ids.length > 0) await markAssigned(base.db, id, ids, new Date(base.now()))
  return missingOf(signed)
}

/**
 * After an abort: what is said of machines that are not known to run the version goes back to what was said before. Those that
 * run it stay with it, or go back as well.
 */
export async function takeBack(
  { base, desk }: HandParts,
  { id, plan, state, digest }: KeptRollout,
): Promise<Signing> {
  if (state.state !== 'aborted') return []
  const repository = await desk.mustLook()
  const all = await machinesToSign(base.db, id, null)
  const machines = all.filter((one) => state.takeBack || !runsIt(one))
  const signed = await desk.apply(
    machines.map((one) => backEntry(repository, one, plan.model, digest, plan.activate)),
  )
  const live = liveSites(signed)
  const ids = machines.flatMap((one) => (live.has(one.site) ? [one.id] : []))
  if (ids.length > 0)
    await markTakenBack(base.db, id, ids, new Date(base.now()), `aborted by ${state.by}: ${state.reason}`)
  return missingOf(signed)
}

const runsIt = ({ state }: ToSignFor) => state === 'succeeded' || state === 'on-trial'

/** The entry that it had; else, of a machine that runs the new version, the version that it ran, by name. */
function backEntry(
  repository: Repository,
  machine: ToSignFor,
  model: string,
  digest: string,
  activate: 'at-once' | 'by-technician',
): Entry {
  const { site, device, before, entry_before } = machine
  const entry = { site, group: ownGroup(device), model }
  const former =
    entry_before ??
    (runsIt(machine) && before && before.digest !== digest ? { version: before.version, activate } : null)
  const found = former && published(repository, model, former.version)
  return {
    ...entry,
    to: found ? { version: former.version, digest: found, activate: former.activate } : null,
  }
}

function published(repository: Repository, model: string, version: string): string | undefined {
  try {
    return findPackage(repository, model, version).target.hashes.sha256
  } catch {
    return undefined // It was withdrawn meanwhile: nothing is said of that machine any more, and it keeps what it runs.
  }
}

/** Once it is done: a site all of whose machines were in it gets one entry in the place of one for each. */
export async function tidy({ base, desk }: HandParts, { id, digest, plan }: KeptRollout): Promise<Signing> {
  const repository = await desk.mustLook()
  const { model, version, activate } = plan
  const [machines, inPart] = [await machinesToSign(base.db, id, null), await sitesInPart(base.db, id)]
  const entries = [...Map.groupBy(machines, ({ site }) => site)].flatMap(([site, here]): Entry[] => {
    if (inPart.has(site) || here.length < 2) return []
    const said = Object.keys(repository.live.delegated.get(siteRole(site))?.signed.targets ?? {})
    // A group's entry would come before the site's: everybody there runs the new version, whatever group they are in.
    const groups = said.flatMap((path) => {
      const [, , group, of] = path.split('/')
      return of === model && group !== undefined ? [group] : []
    })
    return [
      { site, group: null, model, to: { version, digest, activate } },
      ...groups.map((group) => ({ site, group, model, to: null })),
    ]
  })
  return entries.length === 0 ? [] : missingOf(await desk.apply(entries))
}
