import { ownGroup } from '#core/contracts/fleet.ts'
import { assignmentCustomSchema } from '#core/contracts/update.ts'
import { assignmentPath } from '#core/update/names.ts'
import type { Entry } from '../registry/desk.ts'
import type { Targets } from '../registry/metadata.ts'

/** What a site's signed file says of one model, and how few lines say it. Pure. */

export type Said = NonNullable<Entry['to']>
/** By group; null: the whole site's. */
export type Lines = ReadonlyMap<string | null, Said>

export interface SiteMachine {
  device: string
  /** Without the one of its own. */
  groups: readonly string[]
  /** What it is to be told; null: nothing. undefined: whatever the site says, as it says to machines that join later. */
  wanted: Said | null | undefined
}

export const isOwnGroup = (group: string): boolean => /^device-[0-9a-f]{16}$/.test(group)

export function linesOf(signed: Targets | undefined, site: string, model: string): Map<string | null, Said> {
  const lines = new Map<string | null, Said>()
  for (const [path, { hashes, custom }] of Object.entries(signed?.targets ?? {})) {
    const parts = path.split('/')
    const group = parts.length === 4 ? parts[2]! : null
    const says = assignmentCustomSchema.safeParse(custom)
    if (!says.success || path !== assignmentPath(site, group, model)) continue
    const { version, activate } = says.data
    lines.set(group, { version, digest: hashes.sha256, activate })
  }
  return lines
}

/** What a machine is told: by the first of these that has a line. Its own comes first, then its groups, then the site. */
export function toldBy(lines: Lines, groups: readonly (string | null)[]): Said | null {
  for (const group of groups) {
    const found = lines.get(group)
    if (found) return found
  }
  return null
}

export const isSame = (a: Said | null, b: Said | null): boolean =>
  a === b ||
  (a !== null && b !== null && a.version === b.version && a.digest === b.digest && a.activate === b.activate)

/** `shared` and the lines of single machines that it takes; undefined: a machine would be told what it is not to be. */
function withOwn(shared: Lines, machines: readonly SiteMachine[]): Lines | undefined {
  const lines = new Map(shared)
  for (const { device, groups, wanted } of machines) {
    if (wanted === undefined || isSame(toldBy(shared, [...groups, null]), wanted)) continue
    if (wanted === null) return undefined
    lines.set(ownGroup(device), wanted)
  }
  return lines
}

/** Lines that are no single machine's, of those that are here. */
function sharedOf(said: Lines, machines: readonly SiteMachine[]): Map<string | null, Said> {
  const shared = new Map(said)
  for (const { device } of machines) shared.delete(ownGroup(device))
  return shared
}

const fewest = (all: readonly (Lines | undefined)[]): Lines | undefined =>
  all.reduce((best, one) => (one && (!best || one.size < best.size) ? one : best), undefined)

/**
 * Once a version stands: it is said of the site where at most one in ten is to be told something else, of a group where all of it is
 * told it, and of single machines where neither can say it.
 */
export function linesWhenDone(said: Lines, machines: readonly SiteMachine[], to: Said): Lines | undefined {
  const shared = sharedOf(said, machines)
  const asked = machines.filter(({ wanted }) => wanted !== undefined)
  const others = asked.filter(({ wanted }) => !isSame(wanted ?? null, to))
  const isSites = others.length * 10 <= asked.length
  const mixed = new Set(others.flatMap(({ groups }) => groups))
  const byGroup = new Map(shared)
  const bySite = new Map<string | null, Said>([...shared, [null, to]])
  for (const group of new Set(asked.flatMap(({ groups }) => groups))) {
    if (mixed.has(group)) continue
    bySite.delete(group)
    const served = asked.filter(
      (one) => one.groups.includes(group) && !isSame(toldBy(byGroup, [...one.groups, null]), to),
    )
    if (served.length > 1) byGroup.set(group, to)
  }
  return fewest([shared, byGroup, ...(isSites ? [bySite] : [])].map((one) => withOwn(one, machines)))
}

/** After an abort: where the version had become the site's line, that may be what was there before. */
export function linesWhenTakenBack(
  said: Lines,
  machines: readonly SiteMachine[],
  to: Said,
): Lines | undefined {
  const shared = sharedOf(said, machines)
  const all = [shared]
  if (isSame(shared.get(null) ?? null, to)) {
    const bare = new Map(shared)
    bare.delete(null)
    all.push(bare)
    for (const { wanted } of machines)
      if (wanted && !all.some((one) => isSame(one.get(null) ?? null, wanted)))
        all.push(new Map([...bare, [null, wanted]]))
  }
  return fewest(all.map((one) => withOwn(one, machines)))
}

/** The changes that make these lines of what is there. */
export const changesTo = (
  site: string,
  model: string,
  there: Iterable<string | null>,
  lines: Lines,
): Entry[] =>
  [...new Set([...there, ...lines.keys()])].map((group) => ({
    ...{ site, group, model },
    to: lines.get(group) ?? null,
  }))
