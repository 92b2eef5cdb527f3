import { ownGroup } from '#core/contracts/fleet.ts'
import { siteRole } from '#core/update/names.ts'
import type { Entry } from '../registry/desk.ts'
import { next, type Repository } from '../registry/repository.ts'
import type { Database } from '../store/database.ts'
import { goneFrom, machinesAt, type SiteDevice } from '../store/rollout-machines.ts'
import { changesTo, isOwnGroup, type Lines, linesOf, type SiteMachine } from './lines.ts'

/** The signed file of a site, beside the machines that stand there. */

export const sitesOf = (all: readonly { site: string }[]) => [...new Set(all.map(({ site }) => site))]

export const liveLines = ({ live }: Repository, site: string, model: string) =>
  linesOf(live.delegated.get(siteRole(site))?.signed, site, model)

/** Paths that a site's file names, with what waits there to be signed. */
export const pathsOf = (repository: Repository, site: string): string[] => [
  ...new Set([
    ...Object.keys(repository.live.delegated.get(siteRole(site))?.signed.targets ?? {}),
    ...Object.keys(next(repository, siteRole(site))?.targets ?? {}),
  ]),
]

/** How many entries a site's file has with a line for each of these. */
export function entriesWith(
  repository: Repository,
  site: string,
  model: string,
  machines: readonly { device: string }[],
): number {
  const own = new Set(machines.map(({ device }) => `sites/${site}/${ownGroup(device)}/${model}`))
  return pathsOf(repository, site).filter((path) => !own.has(path)).length + own.size
}

/** Groups, and null for the site, of which a site's file says something about the model, now or once it is signed. */
export const groupsSaid = (repository: Repository, site: string, model: string): (string | null)[] => [
  ...liveLines(repository, site, model).keys(),
  ...linesOf(next(repository, siteRole(site)), site, model).keys(),
]

/** Every machine at these sites with what it is to be told, and the lines that say so. */
export async function linesAt(
  db: Database,
  repository: Repository,
  model: string,
  sites: readonly string[],
  wantedOf: (machine: SiteDevice, said: Lines) => SiteMachine['wanted'],
  fold: (said: Lines, machines: readonly SiteMachine[], site: string) => Lines | undefined,
): Promise<Entry[]> {
  const all = Map.groupBy(await machinesAt(db, sites), ({ site }) => site)
  return sites.flatMap((site) => {
    const said = liveLines(repository, site, model)
    const machines = (all.get(site) ?? []).map((one) => ({ ...one, wanted: wantedOf(one, said) }))
    const lines = fold(said, machines, site)
    return lines ? changesTo(site, model, groupsSaid(repository, site, model), lines) : []
  })
}

/** Entries, and an end to the lines of machines that were revoked or stand elsewhere now. */
export async function withoutGone(
  db: Database,
  repository: Repository,
  entries: readonly Entry[],
): Promise<Entry[]> {
  const changed = new Map(entries.map((one) => [`${one.site} ${one.group} ${one.model}`, one]))
  for (const site of sitesOf(entries)) {
    const own = pathsOf(repository, site).flatMap((path) => {
      const [, , group, model] = path.split('/')
      return group !== undefined && model !== undefined && isOwnGroup(group) ? [{ group, model }] : []
    })
    const gone = await goneFrom(db, site, [...new Set(own.map(({ group }) => group))])
    for (const { group, model } of own)
      if (gone.has(group)) changed.set(`${site} ${group} ${model}`, { site, group, model, to: null })
  }
  return [...changed.values()]
}
