import {
  type EnrolmentStanding,
  enrolmentStandingSchema,
  type SyncStatus,
  syncStatusSchema,
} from '#core/contracts/sync.ts'

const device = '7f3a19c2d4e8b065'.padEnd(64, '0')
const central = 'https://central.example'
const streams = ['events', 'rollout', 'metrics', 'inference', 'raw']

/** A machine's place in its fleet, as a test wants it; a join code with "good" in it works. */
export class FakeLink {
  sync: SyncStatus = syncStatusSchema.parse({
    ...{ state: 'not-enrolled', central: null, device, problem: null, lastContactAt: null, nextTryAt: null },
    ...{ waiting: 0, clockOffsetMs: null, limits: { bytesPerS: null, window: null } },
    streams: streams.map((stream) => ({ stream, waiting: 0, oldestAt: null, blocked: null })),
  })
  enrolment: EnrolmentStanding = enrolmentStandingSchema.parse({
    ...{ state: 'not-enrolled', central: null, device, site: null, groups: [], problem: null },
    ...{ lastContactAt: null, connected: false, clockOffsetMs: null },
  })
  key: object = { checkpoint: { counter: 14, at: '2026-11-20T12:00:00.000Z' }, countersigned: null }

  /** As after a day without a network, with `waiting` items of what people wait for. */
  offline(waiting: number, lastContactAt: string): void {
    this.join('enrolled')
    this.sync = {
      ...this.sync,
      ...{ state: 'not-connected', waiting, lastContactAt, clockOffsetMs: 12_400 },
      problem: 'nothing listens at this address',
      streams: this.sync.streams.map((stream) => ({
        ...stream,
        waiting: { events: waiting - 2, metrics: 2, inference: 12_480 }[stream.stream] ?? 0,
      })),
    }
    this.key = {
      checkpoint: { counter: 15, at: '2026-11-20T13:00:00.000Z' },
      countersigned: { counter: 14, at: '2026-11-20T12:00:00.000Z', signedAt: '2026-11-20T12:00:01.000Z' },
    }
  }

  join(state: 'waiting' | 'enrolled'): void {
    const groups = [`device-${device.slice(0, 16)}`, 'presses']
    this.enrolment = { ...this.enrolment, state, central, site: 'north', groups }
    this.sync = { ...this.sync, state: state === 'waiting' ? 'waiting' : 'connected', central }
  }

  /** undefined: not an address of this; `refused`: why not. */
  answer(method: string, path: string, body: unknown): object | { refused: string } | undefined {
    if (path === '/api/sync') return this.sync
    if (path === '/api/audit/key') return this.key
    if (path !== '/api/enrol') return undefined
    if (method === 'POST') {
      if (!(body as { code: string }).code.includes('good'))
        return { refused: 'the join code was used before' }
      this.join('waiting')
    }
    return this.enrolment
  }
}
