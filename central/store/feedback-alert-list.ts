import { sql } from 'kysely'
import type { AlertState } from '#core/contracts/alert.ts'
import type { Priority } from '#core/contracts/manifest.ts'
import type { Database } from './database.ts'
import { pageAfter, pageOfRows } from './feedback-pages.ts'
import type { FleetAlertRow } from './tables/feedback.ts'

interface Page {
  state?: 'open' | AlertState | undefined
  priority?: Priority | undefined
  model?: string | undefined
  site?: string | undefined
  device?: string | undefined
  about?: 'model' | 'reading' | undefined
  overdue?: boolean | undefined
  limit: number
  cursor?: string | undefined
}
export type ShownAlert = FleetAlertRow & { device: string; machine: string; overdue: boolean }

/** Newest arrival first. */
export async function alertsPage(
  db: Database,
  page: Page,
  now: Date,
): Promise<{ rows: ShownAlert[]; next: string | null }> {
  const overdue = sql<boolean>`(a.state = 'unacknowledged' AND a.due_at IS NOT NULL AND a.due_at <= ${now})`
  let query = db
    .selectFrom('fleet_alerts as a')
    .innerJoin('devices', 'devices.id', 'a.device_id')
    .selectAll('a')
    .select(['devices.device', 'devices.name as machine', overdue.as('overdue')])
  if (page.state === 'open') query = query.where('a.state', '<>', 'normal')
  else if (page.state !== undefined) query = query.where('a.state', '=', page.state)
  if (page.priority !== undefined) query = query.where('a.priority', '=', page.priority)
  if (page.model !== undefined) query = query.where('a.model', '=', page.model)
  if (page.site !== undefined) query = query.where('a.site', '=', page.site)
  if (page.device !== undefined) query = query.where('devices.device', '=', page.device)
  if (page.about !== undefined)
    query = query.where('a.rule', page.about === 'model' ? 'like' : 'not like', '%:%')
  if (page.overdue !== undefined) query = query.where(overdue, '=', page.overdue)
  const before = pageAfter(page.cursor)
  if (before !== undefined) query = query.where(sql<boolean>`a.id < ${before}`)
  const rows = await query
    .orderBy('a.id', 'desc')
    .limit(page.limit + 1)
    .execute()
  return pageOfRows(rows, page.limit, ({ id }) => id)
}
