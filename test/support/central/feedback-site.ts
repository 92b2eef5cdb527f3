import { hash } from 'node:crypto'
import { createFeedback } from '#central/feedback/area.ts'
import { allowedAddresses } from '#central/notify/address.ts'
import { createNotify } from '#central/notify/area.ts'
import type { NotifySettings } from '#central/notify/settings.ts'
import type { ArrivedEvent, DeviceRef } from '#central/sync/projector.ts'
import type { Alert } from '#core/contracts/alert.ts'
import { type CentralSite, centralSite } from './central-site.ts'

export interface FeedbackSite extends CentralSite {
  /** Central's clock: it stands still unless the test moves it. */
  clock: { ms: number }
  machine: (name: string, change?: { site?: string; offsetMs?: number }) => Promise<DeviceRef>
  /** Makes of events what central makes of them when they arrive; answers what it did not understand. */
  arrive: (device: DeviceRef, events: readonly FakeEvent[]) => Promise<object[]>
}
export type FakeEvent = Pick<ArrivedEvent, 'kind' | 'body'> & Partial<ArrivedEvent>

/** Webhooks to this machine are allowed; no e-mail. */
export const onLoopback: NotifySettings = {
  from: 'edgewright@plant.example',
  admins: [],
  allowed: allowedAddresses('127.0.0.1'),
}

export async function feedbackSite(settings: NotifySettings = onLoopback): Promise<FeedbackSite> {
  const clock = { ms: Date.parse('2026-11-02T06:00:00Z') }
  const site = (await centralSite({ now: () => clock.ms, notify: settings })) as FeedbackSite
  const { base } = site
  const { projectors = [] } = createFeedback(base, createNotify(base, settings).notifier)
  let seq = 0
  site.clock = clock
  site.machine = async (name, { site: place = 'plant-1', offsetMs = 0 } = {}) => {
    const device = hash('sha256', name)
    const { id } = await base.db
      .insertInto('devices')
      .values({
        ...{ device, public_key: device, name, site: place, groups: [], state: 'enrolled' },
        ...{ enrolled_at: new Date(clock.ms), clock_offset_ms: offsetMs },
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return { id, device, name, site: place }
  }
  site.arrive = async (device, events) => {
    const told: object[] = []
    const arrived = events.map((event): ArrivedEvent => {
      seq += 1
      const body = JSON.parse(JSON.stringify(event.body))
      return { stream: 'events', epoch: 'e', seq, timeMs: clock.ms, by: 'runtime', ...event, body }
    })
    await base.db.transaction().execute(async (tx) => {
      for (const { kinds, apply } of projectors) {
        const wanted = arrived.filter(({ kind }) =>
          kinds.some((one) => (one.endsWith('.') ? kind.startsWith(one) : one === kind)),
        )
        if (wanted.length > 0) await apply(tx, device, wanted, (problem) => told.push(problem))
      }
    })
    return told
  }
  return site
}

/** As edge/alerts/desk.ts writes it. */
export const raisedEvent = (alert: Alert, change: Partial<FakeEvent> = {}): FakeEvent => ({
  kind: 'alert.raised',
  timeMs: Date.parse(alert.raisedAt),
  body: { alertId: alert.id, readingId: alert.readingId, alert },
  ...change,
})
export const movedEvent = (
  alert: Alert,
  kind: string,
  timeMs: number,
  detail: object = {},
  by = 'M. Sato',
): FakeEvent => ({
  ...{ kind: `alert.${kind}`, timeMs, by },
  body: { alertId: alert.id, readingId: alert.readingId, from: alert.state, ...detail },
})
