import { type Alert, alertSchema } from '#core/contracts/alert.ts'
import { leaves, type Privacy, strictestPrivacy } from '#core/contracts/privacy.ts'
import { isOfGuardrail } from '../../alerts/guardrail-alert.ts'
import { isNotice } from '../../alerts/notice.ts'
import type { EventRow } from '../../journal/journal.ts'
import type { Pseudonym } from './pseudonyms.ts'
import { projectAsset, projectNote, projectReadingId, stricter } from './values.ts'

export interface EventParts {
  privacyOf: (model: string, version: string) => Privacy
  /** Which version raised it; undefined: it is not known here. */
  versionOf: (alertId: string) => { id: string; version: string } | undefined
  pseudonym: Pseudonym
}

type Body = Record<string, unknown>

/**
 * Kinds that leave as they are: what the runtime, its people and its updates did. None of them holds a value of a reading.
 * Whoever adds a kind decides here whether it leaves; until then only that it happened does.
 */
const asTheyAre = new Set([
  ...['gap', 'checkpoint', 'journal-restored', 'runtime.started', 'runtime.stopped', 'settings.damaged'],
  ...['device-key.made', 'device-key.refused', 'device-key.replaced', 'access.denied', 'audit.exported'],
  ...['package.damaged', 'package.mended', 'package.refused', 'previous.unloaded', 'provider.changed'],
  ...['trust.anchored', 'trust.placed', 'update.trusted', 'update.unreachable', 'update.refused'],
  ...['import.done', 'import.refused', 'download.refused', 'deployment.failed', 'deployment.boot'],
  ...['activation.refused', 'promotion.refused', 'rollback.refused', 'rollback.measured'],
  ...['deployment.drill', 'session.opened', 'session.person', 'person.added', 'person.removed'],
  ...['person.locked', 'pin.changed', 'pin.wrong', 'guardrail.fired', 'guardrail.cleared'],
  ...['retraining.requested', 'metrics.window', 'comparison.window', 'sync.limits', 'clock.agrees'],
  ...[
    'clock.differs',
    'clock.set',
    'enrolment.made',
    'enrolment.waiting',
    'enrolment.confirmed',
    'enrolment.moved',
  ],
  ...['enrolment.refused', 'enrolment.left', 'countersignature.refused'],
  // It was written as it may leave, by the very functions of values.ts.
  'feedback.example',
])
/** States of a version (edge/deploy/states.ts), with who and why. */
const isDeployment = (kind: string) => /^deployment\.[a-z-]+$/.test(kind)

const alertFields = ['alertId', 'from', 'to', 'why', 'minutes', 'answer', 'version'] as const

/** Whether the body of events of this kind is known to be fit to leave, or to be made so. */
export const isListed = (kind: string): boolean =>
  asTheyAre.has(kind) || isDeployment(kind) || kind.startsWith('alert.') || kind === 'comparison.case'

/** One event as it may leave the site: itself where nothing is kept back. Of a kind that is not listed: that it happened. */
export function projectEvent(row: EventRow, parts: EventParts): EventRow {
  const { kind, timeMs, by } = row
  if (asTheyAre.has(kind) || isDeployment(kind)) return row
  const body = (typeof row.body === 'object' && row.body !== null ? row.body : {}) as Body
  if (kind.startsWith('alert.')) return { kind, timeMs, by, body: alertBody(body, parts) }
  if (kind === 'comparison.case') return { kind, timeMs, by, body: caseBody(body, parts.pseudonym) }
  return { kind, timeMs, by, body: null }
}

function alertBody(body: Body, { privacyOf, versionOf, pseudonym }: EventParts): Body {
  const whole = alertSchema.safeParse(body['alert'])
  const alert = whole.success ? whole.data : undefined
  const model = alert?.model ?? versionOf(text(body['alertId']) ?? '')
  // An alert that came back is that of the version that raised it first; what raised it now, by whichever version.
  const version = text(body['version']) ?? model?.version
  const privacy = model && version !== undefined ? privacyOf(model.id, version) : strictestPrivacy
  const first = alert ? privacyOf(alert.model.id, alert.model.version) : privacy
  const readingId = projectReadingId(text(body['readingId']) ?? '', privacy, pseudonym)
  const words = { note: text(body['note']), reason: text(body['reason']) }
  const projected: Body = {}
  for (const field of Object.keys(body)) {
    if ((alertFields as readonly string[]).includes(field)) projected[field] = body[field]
    if (field === 'readingId') projected[field] = readingId
    if (field === 'note' || field === 'reason') {
      const told = projectNote(words[field], privacy)
      if (told !== undefined) projected[field] = told
    }
    if (field === 'alert' && alert)
      projected[field] = projectAlert(alert, stricter(privacy, first), pseudonym)
  }
  return projected
}

/** Score, interval and verdict stay: they are the model's. What of the reading it tells goes as privacy says. */
export function projectAlert(alert: Alert, privacy: Privacy, pseudonym: Pseudonym): Alert {
  const { images, contributions, feedback, shelved, ...rest } = alert
  const isRaw = ({ feature }: { feature: string }) => leaves(privacy, feature) === 'raw'
  const left = images?.filter(isRaw)
  const note = projectNote(feedback?.note, privacy)
  const isOfModel = isOfGuardrail(alert) || isNotice(alert)
  return {
    ...rest,
    asset: isOfModel ? alert.asset : (projectAsset(alert.asset, privacy, pseudonym) ?? ''),
    readingId: projectReadingId(alert.readingId, privacy, pseudonym),
    contributions: contributions.filter(isRaw),
    ...(left && left.length > 0 && { images: left }),
    ...(feedback && {
      feedback: {
        answer: feedback.answer,
        at: feedback.at,
        by: feedback.by,
        ...(note !== undefined && { note }),
      },
    }),
    ...(shelved && { shelved: { ...shelved, reason: projectNote(shelved.reason, privacy) ?? '' } }),
  }
}

/** A case is of two versions, and names neither: what the strictest privacy lets go. */
function caseBody(body: Body, pseudonym: Pseudonym): Body {
  const { id, readingId, asset, time, champion, challenger } = body
  return {
    ...{ id, time, champion, challenger },
    readingId: projectReadingId(text(readingId) ?? '', strictestPrivacy, pseudonym),
    asset: projectAsset(text(asset) ?? '', strictestPrivacy, pseudonym),
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
