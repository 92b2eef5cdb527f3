import { z } from 'zod'
import type { Base } from '../central.ts'
import { cleanText } from '../devices/clean.ts'
import { keepDeviceEvents, type NewDeviceEvent } from '../store/device-events.ts'
import { momentOf } from '../store/feedback-values.ts'
import type { ArrivedEvent, Projector } from '../sync/projector.ts'

const streamNumbers = { events: 0, rollout: 1, metrics: 2 } as const

/** What machines' events of deployments and trust have in common. */
const bodySchema = z.looseObject({
  id: z.string().max(200).optional(),
  model: z.string().max(200).optional(),
  version: z.string().max(200).optional(),
  digest: z.string().max(200).optional(),
})

/** "What ran where, when, by whom": events of versions, trust and clock, also of what people did while the machine was offline. */
export const deviceEventsProjector = ({ now }: Pick<Base, 'now'>): Projector => ({
  kinds: [
    'deployment.',
    'guardrail.',
    'trust.',
    'import.',
    'update.',
    'download.',
    'package.',
    'clock.',
    'clock',
  ],
  apply: async (tx, device, events, tell) => {
    const rows = events.flatMap((event) => rowOf(event, tell))
    if (rows.length > 0) await keepDeviceEvents(tx, device.id, new Date(now()), rows)
  },
})

function rowOf(
  { stream, epoch, seq, kind, timeMs, by, body }: ArrivedEvent,
  tell: (problem: object) => void,
): NewDeviceEvent[] {
  const says = bodySchema.safeParse(body)
  if (!says.success) {
    tell({ kind, seq, problem: 'its body is none that this version understands' })
    return []
  }
  const { id, model = id, version, digest } = says.data
  const text = (value: string | undefined) => (value === undefined ? null : cleanText(value))
  return [
    {
      ...{
        stream: streamNumbers[stream],
        epoch,
        seq,
        at: momentOf(timeMs, 0),
        by: cleanText(by),
        kind: cleanText(kind),
      },
      ...{ model: text(model), version: text(version), digest: text(digest), body: JSON.stringify(body) },
    },
  ]
}
