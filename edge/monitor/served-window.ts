import type { RecordedReading } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ServedWindow } from '#core/contracts/example.ts'
import { leaves, type Privacy } from '#core/contracts/privacy.ts'
import { type KeptWindows, windowsKey } from '../deploy/privacy-of.ts'
import { entered, numberIn } from '../deploy/resume-windows.ts'
import { fits } from '../ingest/steps.ts'
import type { Journal } from '../journal/journal.ts'
import type { Pseudonym } from '../sync/privacy/pseudonyms.ts'
import { privacyOf, projectValues, stricter } from '../sync/privacy/values.ts'

export interface WindowParts {
  journal: Pick<Journal, 'state' | 'readings'>
  pseudonym: Pseudonym
}

/** JSON text of the steps of one example: what a slow line and central's memory bear many of. */
const mostBytes = 128 * 1024
const page = 1000
/** A number of JSON and its comma, for the moment of a step. */
const momentBytes = 14

/**
 * The readings that the model was given together with this one, out of the journal: as many as its longest window holds, oldest
 * first. Undefined where the version looks at single readings, or was not asked because its window was filling.
 */
export async function servedWindow(
  reading: RecordedReading,
  { journal, pseudonym }: WindowParts,
): Promise<ServedWindow | undefined> {
  const { model, quality } = reading.decision
  const kept = journal.state<KeptWindows | null>(windowsKey(model.id, model.version))
  if (!kept || quality.some(({ code }) => code === 'window-filling')) return undefined
  const names = kept.features.map(({ name }) => name)
  const own = privacyOf(journal, model.id, model.version)
  const leaving = names.filter((name) => leaves(own, name) === 'raw' || leaves(own, name) === 'pseudonymised')
  if (leaving.length === 0) return { steps: kept.steps, timesMs: [], features: {}, withheld: names }
  const { readings, missing } = await stepsOf(reading, kept, leaving, journal)
  // Each reading leaves as the version that answered it lets it; what one of them keeps back is no column.
  const versions = new Set(readings.map(({ decision }) => decision.model.version))
  const privacy = [...versions].map((version) => privacyOf(journal, model.id, version)).reduce(stricter, own)
  const columns = columnsOf(readings, names, privacy, pseudonym)
  const timesMs = readings.map(({ time }) => Date.parse(time))
  return { steps: kept.steps, timesMs, ...columns, ...(missing && { missing }) }
}

interface Steps {
  /** Oldest first. */
  readings: RecordedReading[]
  missing?: NonNullable<ServedWindow['missing']>
}

async function stepsOf(
  reading: RecordedReading,
  kept: KeptWindows,
  leaving: readonly string[],
  journal: Pick<Journal, 'readings'>,
): Promise<Steps> {
  const mayEnter = fits(kept.features)
  const enters = (one: RecordedReading) =>
    entered(one) && mayEnter(Float64Array.from(kept.features, (feature) => numberIn(one, feature)))
  const sizeOf = ({ values }: RecordedReading) =>
    leaving.reduce((sum, name) => sum + JSON.stringify(values[name] ?? null).length + 1, momentBytes)
  const steps = [reading]
  const ended = (missing?: Steps['missing']): Steps => ({
    readings: steps.reverse(),
    ...(missing && { missing }),
  })
  let bytes = sizeOf(reading)
  const query = { model: reading.decision.model.id, asset: reading.asset, toMs: Date.parse(reading.time) }
  let cursor: string | null = null
  let isFirst = true
  try {
    do {
      const limit = Math.min(page, kept.steps + 1)
      const found: Awaited<ReturnType<Journal['readings']>> = await journal.readings({
        ...query,
        ...{ limit, ...(cursor !== null && { cursor }) },
      })
      // Of its own moment others may have followed.
      const at = isFirst ? found.readings.findIndex(({ readingId }) => readingId === reading.readingId) : -1
      if (isFirst && at < 0) return ended('retention')
      isFirst = false
      for (const one of found.readings.slice(at + 1)) {
        if (steps.length === kept.steps) break
        if (!enters(one)) continue
        bytes += sizeOf(one)
        if (bytes > mostBytes) return ended('size')
        steps.push(one)
      }
      cursor = found.next
    } while (cursor !== null && steps.length < kept.steps)
  } catch (error) {
    if (error instanceof EdgewrightError && error.code === 'journal-damaged') return ended('damaged')
    throw error
  }
  return ended(steps.length < kept.steps ? 'retention' : undefined)
}

function columnsOf(
  readings: readonly RecordedReading[],
  names: readonly string[],
  privacy: Privacy,
  pseudonym: Pseudonym,
): Pick<ServedWindow, 'features' | 'withheld'> {
  const rows = readings.map(({ values }) =>
    projectValues(Object.fromEntries(names.map((name) => [name, values[name] ?? null])), privacy, pseudonym),
  )
  const stays = new Set(rows.flatMap(({ withheld }) => withheld))
  const left = names.filter((name) => !stays.has(name))
  const column = (name: string) =>
    rows.map(({ features }) => {
      const value = features[name] ?? null
      return Array.isArray(value) ? null : value // windows hold numbers and the words of categories
    })
  return { features: Object.fromEntries(left.map((name) => [name, column(name)])), withheld: [...stays] }
}
