import type { VersionState } from '#core/contracts/registry.ts'
import type { ShownVersion } from '../store/registry.ts'

const dayMs = 86_400_000
/** Days ahead at which a retirement is told of; 0: it has come. */
const noticeDays = [0, 1, 7, 30] as const

type Dates = Pick<ShownVersion, 'retire_at' | 'manifest_retire_at'>

/** The earlier of the date in the signed manifest and the one that was set here: a later one cannot stretch what was signed. */
export function retirementOf({
  retire_at,
  manifest_retire_at,
}: Dates): { at: string; from: 'manifest' | 'central' } | null {
  const here = retire_at?.getTime() ?? Number.POSITIVE_INFINITY
  const signed = manifest_retire_at === null ? Number.POSITIVE_INFINITY : Date.parse(manifest_retire_at)
  const atMs = Math.min(here, signed)
  if (!Number.isFinite(atMs)) return null
  return { at: new Date(atMs).toISOString(), from: signed <= here ? 'manifest' : 'central' }
}

export function standingOf(
  row: Dates & Pick<ShownVersion, 'state' | 'revoked' | 'deprecated_at'>,
  nowMs: number,
): VersionState {
  if (row.state !== 'published') return row.state
  if (row.revoked) return 'revoked'
  const retirement = retirementOf(row)
  if (retirement && Date.parse(retirement.at) <= nowMs) return 'retired'
  return row.deprecated_at ? 'deprecated' : 'published'
}

/** Which notice of a retirement is due: the nearest only, and none after a nearer one; undefined: none. */
export function dueNotice(retireAtMs: number, nowMs: number, given: readonly number[]): number | undefined {
  const due = noticeDays.find((days) => retireAtMs - nowMs <= days * dayMs)
  return due === undefined || given.some((days) => days <= due) ? undefined : due
}
