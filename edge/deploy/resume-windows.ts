import type { RecordedReading } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Validator } from '../ingest/validate.ts'
import type { Journal } from '../journal/journal.ts'

/** The newest readings that are looked at; an asset that is silent for longer fills its window anew. */
const most = 20_000
const page = 1000

/** Fills the windows of a model with what the journal kept, so that a restart does not begin them anew. */
export async function resumeWindows(
  { id, inputs }: Manifest,
  validator: Pick<Validator, 'windows' | 'resume'>,
  journal: Journal,
): Promise<void> {
  const { windows } = validator
  if (!windows.any) return
  const newest: RecordedReading[] = []
  const kept = new Map<string, number>()
  let cursor: string | null = null
  do {
    const { readings, next }: Awaited<ReturnType<Journal['readings']>> = await journal
      .readings({ model: id, limit: page, ...(cursor !== null && { cursor }) })
      .catch(upToDamage)
    for (const reading of readings) {
      if (!entered(reading)) continue
      newest.push(reading)
      kept.set(reading.asset, (kept.get(reading.asset) ?? 0) + 1)
    }
    cursor = next
    // Once every asset has a whole window, more pages would only tell of older ones.
  } while (
    cursor !== null &&
    newest.length < most &&
    [...kept.values()].some((count) => count < windows.longest)
  )
  for (const { asset, time, values } of newest.reverse())
    validator.resume(asset, Date.parse(time), (index) => numberIn({ values }, inputs.features[index]!))
}

/** What enters a window for a value that was kept; NaN: missing. */
export function numberIn({ values }: Pick<RecordedReading, 'values'>, { name, codes }: Feature): number {
  const value = values[name]
  if (typeof value === 'number') return value
  return typeof value === 'string' ? (codes?.[value] ?? Number.NaN) : Number.NaN
}

/** Windows that begin anew are better than a model that does not start. */
function upToDamage(error: unknown): { readings: RecordedReading[]; next: null } {
  if (error instanceof EdgewrightError && error.code === 'journal-damaged')
    return { readings: [], next: null }
  throw error
}

/** Rejected readings, and those in which everything is missing, are in no window. */
export const entered = ({ decision }: RecordedReading) =>
  decision.verdict !== 'rejected' && !decision.quality.some(({ code }) => code === 'all-missing')
