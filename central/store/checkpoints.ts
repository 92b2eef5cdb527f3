import type { KeptCheckpoint } from '#core/audit/format.ts'
import type { Database } from './database.ts'

type Countersignature = NonNullable<KeptCheckpoint['countersignature']>

export interface Countersigned {
  counter: number
  checkpoint: KeptCheckpoint
  countersignature: Countersignature
}

const columns = ['counter', 'kept', 'countersignature'] as const
const fromRow = (row: { counter: number; kept: unknown; countersignature: unknown }): Countersigned => ({
  counter: row.counter,
  checkpoint: row.kept as KeptCheckpoint,
  countersignature: row.countersignature as Countersignature,
})

/** The last one that was countersigned. */
export async function newest(db: Database, deviceId: number): Promise<Countersigned | undefined> {
  const row = await db
    .selectFrom('checkpoints')
    .select(columns)
    .where('device_id', '=', deviceId)
    .orderBy('received', 'desc')
    .orderBy('counter', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The one of this number in this life of the machine's journal. */
export async function numbered(
  db: Database,
  deviceId: number,
  { epoch, counter }: { epoch: string; counter: number },
): Promise<Countersigned | undefined> {
  const row = await db
    .selectFrom('checkpoints')
    .select(columns)
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .where('counter', '=', counter)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function add(
  db: Database,
  deviceId: number,
  checkpoint: KeptCheckpoint,
  countersignature: Countersignature,
  at: Date,
): Promise<void> {
  const { counter, epoch, at: signedAt } = checkpoint.checkpoint.signed
  await db
    .insertInto('checkpoints')
    .values({
      ...{ device_id: deviceId, counter, epoch, received: at },
      at: new Date(signedAt === '' ? 0 : signedAt),
      kept: JSON.stringify(checkpoint),
      countersignature: JSON.stringify(countersignature),
    })
    .execute()
}
