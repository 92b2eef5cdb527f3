import type { Alert } from '#core/contracts/alert.ts'
import { type RecordedReading, saidSchema } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { FeedbackExample } from '#core/contracts/example.ts'
import { isAboutModel } from '../alerts/guardrail-alert.ts'
import { digestOf } from '../deploy/privacy-of.ts'
import type { Journal } from '../journal/journal.ts'
import {
  privacyOf,
  projectAsset,
  projectNote,
  projectReadingId,
  projectValues,
} from '../sync/privacy/values.ts'
import { servedWindow, type WindowParts } from './served-window.ts'

export interface ExampleParts extends WindowParts {
  journal: Pick<Journal, 'state' | 'reading' | 'readings'>
}

/**
 * What a person's answer teaches, as it may leave the site: the values exactly as the journal kept them when they were served,
 * the whole window where the version looks at one.
 * Undefined for an alert that no reading raised, or that nobody answered.
 */
export async function exampleOf(
  alert: Alert,
  { journal, pseudonym }: ExampleParts,
): Promise<FeedbackExample | undefined> {
  const { feedback, model, readingId } = alert
  if (!feedback || isAboutModel(alert)) return undefined
  const found = readingOf(journal, readingId, model.id)
  const reading = typeof found === 'object' ? found : undefined
  const version = reading?.decision.model.version ?? model.version
  const privacy = privacyOf(journal, model.id, version)
  const values = reading && projectValues(reading.values, privacy, pseudonym)
  const window = reading && (await servedWindow(reading, { journal, pseudonym }))
  const note = projectNote(feedback.note, privacy)
  return {
    alertId: alert.id,
    readingId: projectReadingId(readingId, privacy, pseudonym),
    model: model.id,
    version,
    digest: digestOf(journal, model.id, version) ?? null,
    rule: alert.rule,
    asset: projectAsset(alert.asset, privacy, pseudonym),
    time: reading?.time ?? alert.raisedAt,
    features: values?.features ?? null,
    ...(typeof found === 'string' && { missing: found }),
    ...(window && { window }),
    withheld: values?.withheld ?? [],
    pseudonymised: values?.pseudonymised ?? [],
    decision: reading ? decisionOf(reading) : null,
    answer: feedback.answer,
    ...(note !== undefined && { note }),
    ...{ by: feedback.by, at: feedback.at },
  }
}

function readingOf(
  journal: Pick<Journal, 'reading'>,
  id: string,
  model: string,
): RecordedReading | 'retention' | 'damaged' {
  try {
    return journal.reading(id, model) ?? 'retention'
  } catch (error) {
    if (error instanceof EdgewrightError && error.code === 'journal-damaged') return 'damaged'
    throw error
  }
}

function decisionOf({ decision }: RecordedReading): NonNullable<FeedbackExample['decision']> {
  const { verdict, by, outputs, quality } = decision
  const marks = [...new Set(quality.map(({ code }) => code))]
  return {
    ...{ verdict, by },
    ...saidSchema.parse(decision),
    ...(outputs && { outputs }),
    ...(marks.length > 0 && { marks }),
  }
}
