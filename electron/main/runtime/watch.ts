import { statusSchema } from '#core/contracts/api.ts'
import { type Noticed, noticedSchema } from '../decide/notify.ts'
import type { RuntimeClient } from './client.ts'

export interface WatchParts {
  onAlert: (alert: Noticed) => void
  onBacklog: (alerts: Noticed[]) => void
  /** Unacknowledged alerts of all priorities, about once a second. */
  onCount: (unacknowledged: number) => void
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  log: (line: string) => void
}

/** The runtime says something every second (`health`). */
const silenceMs = 10_000
const againAfterMs = 2_000

const healthSchema = statusSchema.pick({ unacknowledged: true })

/**
 * Follows the runtime's events until the signal aborts. After each (re)connection the standing alerts are asked for, since
 * events of the time between are not sent again.
 */
export async function watchAlerts(
  client: RuntimeClient,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let greeted = false
    try {
      await client.hear(
        ({ event, data }) => {
          // The hello comes once the stream is open: what is raised from here on arrives by it.
          if (!greeted) {
            greeted = true
            client
              .unacknowledged()
              .then(parts.onBacklog, (error: unknown) => parts.log(`Alerts: ${String(error)}`))
          }
          heard(event, data, parts)
        },
        signal,
        silenceMs,
      )
    } catch (error) {
      if (!signal.aborted) parts.log(`Events: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (!signal.aborted) await parts.sleep(againAfterMs, signal)
  }
}

function heard(event: string, data: string, { onAlert, onCount, log }: WatchParts): void {
  if (event !== 'alert' && event !== 'health') return
  try {
    const json: unknown = JSON.parse(data)
    if (event === 'alert') onAlert(noticedSchema.parse(json))
    else {
      const { high, medium, low } = healthSchema.parse(json).unacknowledged
      onCount(high + medium + low)
    }
  } catch (error) {
    log(`An event of kind ${event} was not understood: ${String(error)}`)
  }
}
