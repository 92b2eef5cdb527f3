import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { ownerOf } from '../ownership/raci.ts'
import type { Database } from '../store/database.ts'
import { clearFirings, putFiring } from '../store/feedback-guardrails.ts'
import { momentOf, words } from '../store/feedback-values.ts'
import { ownersOf } from '../store/ownership.ts'
import type { ArrivedEvent, DeviceRef, Projector } from '../sync/projector.ts'
import { type ArrivedFiring, firingSchema } from './arrived.ts'
import { requestByGuardrail } from './request-retraining.ts'

interface Step {
  tx: Database
  device: DeviceRef
  firing: ArrivedFiring
  at: Date
  parts: Pick<Base, 'now'> & { notifier: Notifier }
}

/** Guardrails that fired on machines, and the retraining that they ask for. */
export function guardrailsProjector(parts: Step['parts']): Projector {
  return {
    kinds: ['guardrail.', 'retraining.requested'],
    async apply(tx, device, events, tell) {
      for (const event of events) {
        const parsed = firingSchema.safeParse(event.body)
        if (parsed.success)
          await step(event, { tx, device, firing: parsed.data, at: momentOf(event.timeMs, 0), parts })
        else tell({ kind: event.kind, seq: event.seq, why: parsed.error.issues[0]?.message })
      }
    },
  }
}

async function step({ kind }: ArrivedEvent, { tx, device, firing, at, parts }: Step): Promise<void> {
  const { id: model, version, guardrail, metric, feature, value, limit, n, action, decidedBy = null } = firing
  if (kind === 'guardrail.cleared') return clearFirings(tx, { deviceId: device.id, model, guardrail, at })
  if (kind === 'guardrail.fired') {
    await putFiring(tx, device, {
      ...{ model, version, guardrail, metric, feature, value, limit, n, action, at, decidedBy },
    })
    const owner = ownerOf((await ownersOf(tx, [words(model)])).get(model), null)
    return parts.notifier.publish(tx, 'guardrail.fired', {
      ...{ device: device.device, machine: device.name, site: device.site, model, version, guardrail },
      ...{ metric, value, limit, n, action, at: at.toISOString(), owner, decidedBy },
    })
  }
  if (kind !== 'retraining.requested') return
  const { window } = firing
  const one = {
    ...{ at: at.toISOString(), device: device.device, machine: device.name, site: device.site },
    ...{ metric, ...(feature !== undefined && { feature }), value, limit, n, window },
  }
  await requestByGuardrail(tx, parts.notifier, {
    ...{ model: words(model), version: words(version), by: `${device.name} (${device.site})`, decidedBy },
    at: new Date(parts.now()),
    cause: { kind: 'guardrail', guardrail: words(guardrail), decidedBy, times: 1, firings: [one] },
  })
}
