import { z } from 'zod'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { streamNames } from '#core/chain/streams.ts'
import { pageQuerySchema } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type CheckpointsPage,
  checkpointsPageSchema,
  type FindingsPage,
  findingsPageSchema,
  findingsQuerySchema,
  type LogPage,
  logPageSchema,
  logQuerySchema,
  type RecordPage,
  recordPageSchema,
  recordQuerySchema,
} from '#core/contracts/fleet-record.ts'
import { parseBody } from '../api/body.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import { type CheckpointPlace, checkpointRows, findingRows, logRows, recordRows } from '../store/record.ts'

/** [arrival, machine, stream, row] of the last event of a page. */
const placeSchema = z.tuple([z.number(), z.int(), z.int(), z.int()])

/** What machines wrote down, what was done here, and what does not fit together: to be read, page by page. */
export function createRecord({ db }: Pick<Base, 'db'>): Area {
  return {
    routes: (app) => {
      app.get(
        '/api/record',
        {
          config: {
            doc: {
              what: 'What machines wrote down, newest arrival first',
              query: recordQuerySchema,
              answer: recordPageSchema,
            },
          },
        },
        async (request): Promise<RecordPage> => {
          const { limit, cursor, ...query } = parseBody(recordQuerySchema, request.query)
          const place = cursor === undefined ? undefined : fromCursor(cursor)
          const after = place && { receivedMs: place[0], deviceId: place[1], stream: place[2], seq: place[3] }
          const rows = await recordRows(db, { ...query, limit: limit + 1 }, after)
          const items = rows.slice(0, limit)
          const last = items.at(-1)
          return {
            items: items.map(({ deviceId: _, receivedMs: __, received, at, stream, ...row }) => ({
              ...row,
              stream: streamNames[stream]!,
              at: at.toISOString(),
              receivedAt: received.toISOString(),
            })),
            next:
              rows.length > limit && last
                ? Buffer.from(
                    JSON.stringify([Number(last.receivedMs), last.deviceId, last.stream, last.seq]),
                  ).toString('base64url')
                : null,
          }
        },
      )
      app.get(
        '/api/log',
        {
          config: {
            doc: {
              what: 'What was done at central, newest first',
              query: logQuerySchema,
              answer: logPageSchema,
            },
          },
        },
        async (request): Promise<LogPage> => {
          const { limit, cursor, ...query } = parseBody(logQuerySchema, request.query)
          const rows = await logRows(db, { ...query, limit: limit + 1 }, numbered(cursor))
          return paged(
            rows,
            limit,
            ({ id }) => id,
            ({ at, ...row }) => ({ ...row, at: at.toISOString() }),
          )
        },
      )
      app.get(
        '/api/findings',
        {
          config: {
            doc: {
              what: 'What does not fit what a machine said before',
              query: findingsQuerySchema,
              answer: findingsPageSchema,
            },
          },
        },
        async (request): Promise<FindingsPage> => {
          const { limit, cursor, ...query } = parseBody(findingsQuerySchema, request.query)
          const rows = await findingRows(db, { ...query, limit: limit + 1 }, numbered(cursor))
          return paged(
            rows,
            limit,
            ({ id }) => id,
            ({ at, ...row }) => ({ ...row, at: at.toISOString() }),
          )
        },
      )
      app.get<{ Params: { device: string } }>(
        '/api/devices/:device/checkpoints',
        {
          config: {
            doc: {
              what: 'Checkpoints of a machine that were countersigned here',
              query: pageQuerySchema,
              answer: checkpointsPageSchema,
            },
          },
        },
        async (request): Promise<CheckpointsPage> => {
          const { limit, cursor } = parseBody(pageQuerySchema, request.query)
          const rows = await checkpointRows(db, request.params.device, limit + 1, inItsLife(cursor))
          return paged(
            rows,
            limit,
            ({ life, counter }) => `${life}.${counter}`,
            ({ life: _, at, received, kept, countersignature, ...row }) => ({
              ...row,
              at: at.toISOString(),
              receivedAt: received.toISOString(),
              kept: {
                ...(kept as KeptCheckpoint),
                countersignature: countersignature as NonNullable<KeptCheckpoint['countersignature']>,
              },
            }),
          )
        },
      )
    },
  }
}

function paged<R, T>(
  rows: R[],
  limit: number,
  keyOf: (row: R) => number | string,
  shown: (row: R) => T,
): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit)
  return { items: items.map(shown), next: rows.length > limit ? String(keyOf(items.at(-1)!)) : null }
}

function numbered(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new EdgewrightError('request-invalid', 'this is no cursor of this list')
}

function inItsLife(cursor: string | undefined): CheckpointPlace | undefined {
  if (cursor === undefined) return undefined
  const [, life, counter] = /^(-1|\d{1,9})\.(\d{1,15})$/.exec(cursor) ?? []
  if (life !== undefined) return { life: Number(life), counter: Number(counter) }
  throw new EdgewrightError('request-invalid', 'this is no cursor of this list')
}

function fromCursor(cursor: string): z.infer<typeof placeSchema> {
  try {
    return placeSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    throw new EdgewrightError('request-invalid', 'this is no cursor of this list', { cause })
  }
}
