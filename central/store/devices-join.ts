import { sql } from 'kysely'
import type { Database } from './database.ts'
import { record } from './log.ts'
import type { JoinCodeRow } from './tables/devices.ts'

export interface NewCode {
  tokenHash: string
  site: string
  groups: readonly string[]
  labels: readonly string[]
  at: Date
  by: string
  expiresAt: Date
}

export async function addJoinCode(db: Database, code: NewCode): Promise<JoinCodeRow> {
  const { tokenHash, site, groups, labels, at, by, expiresAt } = code
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto('join_codes')
      .values({
        token_hash: tokenHash,
        site,
        groups: [...groups],
        labels: [...labels],
        created_at: at,
        created_by: by,
        expires_at: expiresAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await record(tx, at.getTime(), 'join-code.made', by, {
      joinCode: row.id,
      site,
      groups,
      labels,
      expiresAt,
    })
    return row
  })
}

/** Newest first, those with a smaller id than `before`. With the device that used each. */
export function joinCodes(db: Database, limit: number, before: number | undefined) {
  const rows = db
    .selectFrom('join_codes')
    .leftJoin('devices', 'devices.id', 'join_codes.device_id')
    .selectAll('join_codes')
    .select('devices.device')
    .orderBy('join_codes.id', 'desc')
    .limit(limit)
  return (before === undefined ? rows : rows.where('join_codes.id', '<', before)).execute()
}

/** false: there is none with this id that could still be used. */
export async function withdrawJoinCode(db: Database, id: number, by: string, at: Date): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('join_codes')
      .set({ withdrawn_at: at })
      .where('id', '=', id)
      .where('withdrawn_at', 'is', null)
      .where('used_at', 'is', null)
      .returning(['site'])
      .executeTakeFirst()
    if (row) await record(tx, at.getTime(), 'join-code.withdrawn', by, { joinCode: id, site: row.site })
    return row !== undefined
  })
}

/** The code of a token, held against everybody else until the transaction ends. */
export const lockJoinCode = (tx: Database, tokenHash: string) =>
  tx.selectFrom('join_codes').selectAll().where('token_hash', '=', tokenHash).forUpdate().executeTakeFirst()

export const spendJoinCode = async (tx: Database, id: number, deviceId: number, at: Date): Promise<void> => {
  await tx.updateTable('join_codes').set({ used_at: at, device_id: deviceId }).where('id', '=', id).execute()
}

export interface Joining {
  device: string
  publicKey: string
  name: string
  site: string
  groups: readonly string[]
  labels: readonly string[]
  at: Date
}

const joined = ['id', 'device', 'state', 'why', 'site', 'groups'] as const

/** The machine as it stands, held until the transaction ends; undefined: it is new. */
export const lockDevice = (tx: Database, device: string) =>
  tx.selectFrom('devices').select(joined).where('device', '=', device).forUpdate().executeTakeFirst()

export const addDevice = (tx: Database, { device, publicKey, name, site, groups, labels, at }: Joining) =>
  tx
    .insertInto('devices')
    .values({
      device,
      public_key: publicKey,
      name,
      site,
      groups: [...groups],
      labels: [...labels],
      state: 'waiting',
      enrolled_at: at,
    })
    .returning(joined)
    .executeTakeFirstOrThrow()

/** A machine that is here already joins once more: another place, the same key, and what was confirmed stays confirmed. */
export const joinAgain = (tx: Database, id: number, { name, site, groups, labels, at }: Joining) =>
  tx
    .updateTable('devices')
    .set({
      name,
      site,
      groups: [...groups],
      labels: sql`(SELECT coalesce(array_agg(DISTINCT one), '{}') FROM unnest(labels || ${[...labels]}::text[]) AS one)`,
      enrolled_at: at,
    })
    .where('id', '=', id)
    .returning(joined)
    .executeTakeFirstOrThrow()
