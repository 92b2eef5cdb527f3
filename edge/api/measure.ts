import type { Deployments } from '../deploy/deployments.ts'
import type { Journal } from '../journal/journal.ts'
import type { EventHub } from './events.ts'
import type { Metrics } from './metrics.ts'

/** Figures that are read when somebody asks for them. */
export function measure(metrics: Metrics, journal: Journal, deployments: Deployments, hub: EventHub): void {
  metrics.gauge('edgewright_journal_bytes', 'Size of the journal on disk', () => journal.sizes().bytes)
  metrics.gauge('edgewright_readings_waiting', 'Readings that wait for a micro-batch', () =>
    deployments.waiting(),
  )
  metrics.gauge(
    'edgewright_models_ready',
    'Models whose running lane is ready',
    () => deployments.list().filter((m) => m.slots.running?.lane?.state === 'ready').length,
  )
  metrics.gauge('edgewright_event_readers', 'Open event streams', () => hub.readers)
}
