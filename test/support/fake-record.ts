import { ownGroup } from '#core/contracts/fleet.ts'
import {
  checkpointsPageSchema,
  type FleetFinding,
  findingsPageSchema,
  findingsQuerySchema,
  type LogItem,
  logPageSchema,
  logQuerySchema,
  type RecordItem,
  recordPageSchema,
  recordQuerySchema,
} from '#core/contracts/fleet-record.ts'
import { type Answer, pageFrom } from './fake-answer.ts'
import type { FakeCentral } from './fake-central.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const startMs = Date.parse('2026-11-24T14:30:00Z')
const minuteMs = 60_000

/** A whole kind, or a beginning that ends with a dot. */
const isOf = (kind: string, wanted: string | undefined) =>
  wanted === undefined || (wanted.endsWith('.') ? kind.startsWith(wanted) : kind === wanted)
const said = (by: string, wanted: string | undefined) => by.includes(wanted ?? '')

const kinds: [kind: string, by: string, body: object][] = [
  ['alert.acknowledged', 'J. Novak', { alertId: 'a-1', from: 'raised', to: 'acknowledged' }],
  ['deployment.running', 'rollout 7', { model: 'milling', version: '1.1.0', reason: 'group Early' }],
  ['alert.feedback', 'J. Novak', { alertId: 'a-1', answer: 'real-acted', note: 'Tool was worn, changed it' }],
  ['checkpoint', 'runtime', { counter: 721 }],
  [
    'deployment.rolled-back',
    'M. Keller (technician)',
    { model: 'milling', version: '1.1.0', reason: 'Alerts doubled' },
  ],
]

/** What was written down, with one contradiction. */
export function recordAnswers(fake: FakeCentral): [string, Answer][] {
  const record = Array.from({ length: 130 }, (_, i): RecordItem => {
    const { device, name, site } = fake.machines[(i * 5) % fake.machines.length]!
    const [kind, by, body] = kinds[i % kinds.length]!
    const at = startMs - i * 7 * minuteMs
    return {
      ...{ device, machine: name, site, stream: kind.startsWith('deployment') ? 'rollout' : 'events' },
      ...{
        epoch: '0a91fb20c3d4e5f6',
        seq: 4218 - i,
        at: iso(at - 2_000),
        receivedAt: iso(at),
        kind,
        by,
        body,
      },
    }
  })
  const joined = fake.machines[3]!
  const log: LogItem[] = [
    ['rollout.paused', 'M. Sato', { id: 7, reason: 'To look at something first' }],
    [
      'alias.moved',
      'A. Berg',
      { model: 'milling', alias: 'staging', to: '1.1.0', reason: 'Canary did well' },
    ],
    ['feedback.exported', 'M. Sato', { format: 'jsonl' }],
    [
      'device.enrolled',
      ownGroup(joined.device),
      { device: joined.device, name: joined.name, site: joined.site },
    ],
  ].map(([kind, by, body], i) => ({
    ...{ id: 30 - i, at: iso(startMs - i * 31 * minuteMs), by: by as string, kind: kind as string, body },
  }))
  const [forked, restored] = [fake.machines[90 % fake.machines.length]!, fake.machines[12]!]
  const findings: FleetFinding[] = [
    {
      ...{ id: 2, device: forked.device, machine: forked.name, site: forked.site, at: iso(startMs) },
      ...{
        kind: 'fork',
        words: 'Stream events, row 4018: it was 3fa9… when it was sent before, and is 77b1… now.',
      },
      detail: { stream: 'events', first: 4018 },
    },
    {
      ...{ id: 1, device: restored.device, machine: restored.name, site: restored.site },
      ...{ at: iso(startMs - 86_400_000), kind: 'restored', words: 'A life that it told of is missing.' },
      detail: { gone: ['0a91fb20'] },
    },
  ]
  return [
    [
      'GET /api/record',
      ({ query }) => {
        const { device, site, kind, by, from, to, ...page } = recordQuerySchema.parse(query)
        const fits = record.filter(
          (it) =>
            (device === undefined || it.device === device) &&
            (site === undefined || it.site === site) &&
            isOf(it.kind, kind) &&
            said(it.by, by) &&
            (from === undefined || Date.parse(it.receivedAt) >= Date.parse(from)) &&
            (to === undefined || Date.parse(it.receivedAt) < Date.parse(to)),
        )
        return recordPageSchema.parse({ ...pageFrom(fits, page), total: undefined })
      },
    ],
    [
      'GET /api/log',
      ({ query }) => {
        const { kind, by, ...page } = logQuerySchema.parse(query)
        const fits = log.filter((it) => isOf(it.kind, kind) && said(it.by, by))
        return logPageSchema.parse({ ...pageFrom(fits, page), total: undefined })
      },
    ],
    [
      'GET /api/findings',
      ({ query }) => {
        const { device, ...page } = findingsQuerySchema.parse(query)
        const fits = findings.filter((it) => device === undefined || it.device === device)
        return findingsPageSchema.parse({ ...pageFrom(fits, page), total: undefined })
      },
    ],
    [
      'GET /api/devices/:device/checkpoints',
      ({ params }) => checkpointsPageSchema.parse(checkpoints(params['device']!)),
    ],
  ]
}

function checkpoints(device: string) {
  const items = [720, 719, 718].map((counter, i) => {
    const at = iso(startMs - i * 60 * minuteMs)
    return {
      ...{ counter, at, receivedAt: at, epoch: '0a91fb20c3d4e5f6' },
      kept: {
        checkpoint: {
          signed: { device, epoch: '0a91fb20c3d4e5f6', counter, at, streams: {} },
          signature: 'c2lnbmVk',
        },
        publicKey: 'c'.repeat(64),
        countersignature: { by: 'central', at, signature: 'c2lnbmVk' },
      },
    }
  })
  return { items, next: null }
}
