import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Deployed } from '#core/contracts/registry.ts'
import type { Base } from '../central.ts'
import { deployedRows } from '../store/registry-deployed.ts'
import type { Paged } from './views.ts'

/** What ran where, when, by whom: also what a machine did while it was offline, once it has told. */
export async function deployedPage(
  { db }: Pick<Base, 'db'>,
  model: string,
  query: {
    version?: string | undefined
    site?: string | undefined
    limit: number
    cursor?: string | undefined
  },
): Promise<Paged<Deployed>> {
  const { cursor, limit, ...wanted } = query
  const rows = await deployedRows(db, model, { ...wanted, after: placeIn(cursor), limit: limit + 1 })
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map((row) => ({
      device: row.device,
      machine: row.machine,
      site: row.site,
      version: row.version,
      digest: row.digest,
      from: row.began.toISOString(),
      to: row.ended?.toISOString() ?? null,
      by: row.by,
      reason: row.reason,
      ended: row.ended_kind?.replace(/^deployment\./, '') ?? null,
    })),
    next: last ? `${last.began.toISOString()}~${last.id}` : null,
  }
}

function placeIn(cursor: string | undefined): { at: Date; id: number } | undefined {
  if (cursor === undefined) return undefined
  const [time = '', id = ''] = cursor.split('~')
  const at = new Date(time)
  if (/^\d{1,15}$/.test(id) && !Number.isNaN(at.getTime())) return { at, id: Number(id) }
  throw new EdgewrightError('request-invalid', '"cursor": it is none that this list gave')
}
