import { z } from 'zod'
import { issuedField } from '#core/contracts/update.ts'

/** Forms of the files (TUF 1.0, section 4). Fields that are not named here are kept: signatures are over them too. */

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/

/** RFC 3339 in UTC, and a day that there is: JavaScript takes February 31st for March 3rd, and tuf-js no date for "never". */
export function isTime(text: string): boolean {
  if (!timePattern.test(text)) return false
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19)
}

const time = z
  .string()
  .refine(isTime, { error: ({ input }) => `${quoted(input)} is no time (RFC 3339, in UTC)` })
const quoted = (input: unknown) => JSON.stringify(String(input).slice(0, 40))

const version = z.int().positive()
const length = z.int().nonnegative()
const hashes = z.record(z.string(), z.string().regex(/^[0-9a-f]{32,128}$/, 'hex'))

const common = {
  spec_version: z.string().regex(/^1\.\d+(\.\d+)?$/, 'a version 1.x of TUF'),
  version,
  expires: time,
}

/** What a delegator says of a key. Its type and material are looked at where it is used. */
const key = z.looseObject({
  keytype: z.string(),
  scheme: z.string(),
  keyval: z.record(z.string(), z.string()),
})
export type KeyShape = z.infer<typeof key>

const holders = {
  keyids: z
    .array(z.string())
    .refine((ids) => new Set(ids).size === ids.length, 'names the same key ID twice'),
  threshold: z.int().positive(),
}
const role = z.looseObject(holders)
export type Holders = z.infer<typeof role>

const file = z.looseObject({ version, length: length.optional(), hashes: hashes.optional() })
export type FileShape = z.infer<typeof file>

const delegation = z
  .looseObject({
    ...holders,
    name: z.string(),
    terminating: z.boolean(),
    paths: z.array(z.string()).optional(),
    path_hash_prefixes: z.array(z.string()).optional(),
  })
  .refine(
    (one) => (one.paths === undefined) !== (one.path_hash_prefixes === undefined),
    'needs either paths or path_hash_prefixes',
  )
export type Delegation = z.infer<typeof delegation>

const target = z.looseObject({
  length,
  hashes: hashes.refine((all) => Object.keys(all).length > 0, 'has no hash'),
  custom: z.record(z.string(), z.unknown()).optional(),
})
export type TargetShape = z.infer<typeof target>

export const shapes = {
  root: z.looseObject({
    _type: z.literal('root'),
    ...common,
    consistent_snapshot: z.boolean(),
    keys: z.record(z.string(), key),
    roles: z.looseObject({ root: role, timestamp: role, snapshot: role, targets: role }),
  }),
  timestamp: z.looseObject({
    _type: z.literal('timestamp'),
    ...common,
    meta: z.looseObject({ 'snapshot.json': file }),
    [issuedField]: time.optional(),
  }),
  snapshot: z.looseObject({
    _type: z.literal('snapshot'),
    ...common,
    meta: z
      .record(z.string(), file)
      .refine((meta) => Object.hasOwn(meta, 'targets.json'), 'does not list targets.json'),
  }),
  targets: z.looseObject({
    _type: z.literal('targets'),
    ...common,
    targets: z.record(z.string(), target),
    delegations: z
      .looseObject({ keys: z.record(z.string(), key), roles: z.array(delegation).optional() })
      .optional(),
  }),
}
export type Kind = keyof typeof shapes
export type Shape<K extends Kind> = z.infer<(typeof shapes)[K]>

export const envelopeShape = z.looseObject({
  signed: z.looseObject({ _type: z.string() }),
  signatures: z.array(z.looseObject({ keyid: z.string(), sig: z.string() })),
})
export type Envelope = z.infer<typeof envelopeShape>

/** How many entries the longest list or map of a file has, and what they are. */
export function longest(kind: Kind, signed: Record<string, unknown>): { count: number; of: string } {
  const parts = {
    root: [['keys', signed['keys']]],
    timestamp: [],
    snapshot: [['roles', signed['meta']]],
    targets: [
      ['targets', signed['targets']],
      ['keys', inner(signed['delegations'], 'keys')],
      ['delegations', inner(signed['delegations'], 'roles')],
    ],
  } satisfies Record<Kind, [string, unknown][]>
  return parts[kind]
    .map(([of, value]) => ({ of, count: sizeOf(value) }))
    .reduce((most, one) => (one.count > most.count ? one : most), { of: 'entries', count: 0 })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const inner = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
const sizeOf = (value: unknown): number => (isObject(value) ? Object.keys(value).length : 0)
