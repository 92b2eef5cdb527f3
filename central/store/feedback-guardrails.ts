import { sql } from 'kysely'
import type { DeviceRef } from '../sync/projector.ts'
import type { Database } from './database.ts'
import { pageAfter, pageOfRows } from './feedback-pages.ts'
import { words, wordsOrNull } from './feedback-values.ts'

export interface Firing {
  model: string
  version: string
  guardrail: string
  metric: string
  feature: string | undefined
  value: number
  limit: number
  n: number
  action: string
  at: Date
  decidedBy: { name: string; contact?: string | undefined } | null
}

/**
 * A guardrail fired. One of the same that still stands is over with it. Where its alert, which comes by another stream, was
 * cleared since, it is over already: its action took the version away.
 */
export async function putFiring(tx: Database, device: DeviceRef, firing: Firing): Promise<void> {
  const { at, feature, decidedBy } = firing
  const names = { model: words(firing.model), guardrail: words(firing.guardrail) }
  const place = { deviceId: device.id, ...names }
  await clearFirings(tx, { ...place, at })
  const cleared = await tx
    .selectFrom('fleet_alerts')
    .select('cleared_at')
    .where('device_id', '=', device.id)
    .where('model', '=', names.model)
    .where('rule', '=', `guardrail:${names.guardrail}`)
    .where('cleared_at', '>=', at)
    .executeTakeFirst()
  await tx
    .insertInto('guardrail_firings')
    .values({
      ...{ device_id: device.id, site: device.site, ...names, version: words(firing.version) },
      ...{ metric: words(firing.metric), feature: wordsOrNull(feature), action: words(firing.action) },
      ...{ value: firing.value, bound: firing.limit, n: firing.n, fired_at: at },
      cleared_at: cleared?.cleared_at ?? null,
      decided_by: decidedBy && JSON.stringify(decidedBy),
    })
    .execute()
}

/** What of it stands, and fired before then, is over. */
export async function clearFirings(
  tx: Database,
  { deviceId, model, guardrail, at }: { deviceId: number; model: string; guardrail: string; at: Date },
): Promise<void> {
  await tx
    .updateTable('guardrail_firings')
    .set({ cleared_at: at })
    .where('device_id', '=', deviceId)
    .where('model', '=', words(model))
    .where('guardrail', '=', words(guardrail))
    .where('cleared_at', 'is', null)
    .where('fired_at', '<=', at)
    .execute()
}

interface Page {
  state: 'firing' | 'all'
  model?: string | undefined
  site?: string | undefined
  device?: string | undefined
  limit: number
  cursor?: string | undefined
}

export async function firingsPage(db: Database, page: Page) {
  let query = db
    .selectFrom('guardrail_firings as f')
    .innerJoin('devices', 'devices.id', 'f.device_id')
    .selectAll('f')
    .select(['devices.device', 'devices.name as machine'])
  if (page.state === 'firing') query = query.where('f.cleared_at', 'is', null)
  if (page.model !== undefined) query = query.where('f.model', '=', page.model)
  if (page.site !== undefined) query = query.where('f.site', '=', page.site)
  if (page.device !== undefined) query = query.where('devices.device', '=', page.device)
  const before = pageAfter(page.cursor)
  if (before !== undefined) query = query.where(sql<boolean>`f.id < ${before}`)
  const rows = await query
    .orderBy('f.id', 'desc')
    .limit(page.limit + 1)
    .execute()
  return pageOfRows(rows, page.limit, ({ id }) => id)
}
