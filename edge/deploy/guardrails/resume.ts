import type { Manifest } from '#core/contracts/manifest.ts'
import type { Journal } from '../../journal/journal.ts'
import { answersOf, asksPeople } from './answers.ts'
import { createGuardrails, type GuardrailMonitor } from './monitor.ts'

/**
 * What the windows of a version held when the runtime ended, out of the journal: its own readings since it began to serve,
 * and people's answers to its alerts. `monitor` goes on meanwhile and takes it in at the end; what was pending begins anew.
 * Blocks that cannot be read count as silence. Resolves with the number of readings; yields to the event loop.
 */
export async function resumeGuardrails(
  monitor: GuardrailMonitor,
  { id: model, version, guardrails = [] }: Manifest,
  {
    journal,
    sinceMs,
    startedMs,
    now,
  }: { journal: Journal; sinceMs: number; startedMs: number; now: () => number },
): Promise<number> {
  const longestMs = 1000 * Math.max(0, ...guardrails.map(({ when }) => when.overS))
  // What came after `startedMs` the monitor has seen itself.
  const stretch = {
    journal,
    model,
    version,
    fromMs: Math.max(sinceMs, startedMs - longestMs),
    toMs: startedMs - 1,
  }
  const earlier = createGuardrails(guardrails)
  let readings = 0
  if (guardrails.length === 0 || stretch.fromMs > stretch.toMs) return readings
  for await (const { atMs, record } of journal.arrivals(stretch)) {
    if (record?.version !== version) continue
    earlier.observe(record, atMs)
    readings += record.rows
  }
  const { all } = asksPeople(guardrails) ? await answersOf(stretch) : { all: [] }
  for (const { atMs, answer, alertId } of all) earlier.feedback(answer, atMs, alertId)
  monitor.absorb(earlier, now())
  return readings
}
