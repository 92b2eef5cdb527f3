import type { Alert, TrackRecord } from '#core/contracts/alert.ts'
import type { Explanation } from '#core/contracts/decision.ts'
import type { AlertRule, Manifest } from '#core/contracts/manifest.ts'
import { intervalAround } from '#core/contracts/output-tensor.ts'
import { type AlertChange, anew, moved } from './change.ts'

export interface RaiseParts {
  manifest: Manifest
  rule: AlertRule
  asset: string
  /** Probability (0..1) or value that raised it; null: fallback rules did. */
  score: number | null
  explanation: Explanation
  /** Of the reading that raised it. */
  images: NonNullable<Alert['images']>
  trackRecord: TrackRecord
  id: string
  nowMs: number
}

/** A new alert: all that its card says, as it stood when it was raised. The reading's id follows with its address. */
export function raise({
  manifest,
  rule,
  asset,
  score,
  explanation,
  images,
  trackRecord,
  id,
  nowMs,
}: RaiseParts): Alert {
  const output = manifest.outputs.find(({ name }) => name === rule.output) ?? manifest.outputs[0]!
  const interval = score === null ? undefined : intervalAround(score, output)
  const escalateTo = rule.escalateTo ?? manifest.people.escalation
  return {
    id,
    state: 'unacknowledged',
    priority: rule.priority,
    model: { id: manifest.id, version: manifest.version, title: manifest.title },
    rule: rule.id,
    asset,
    title: rule.title,
    cause: rule.cause,
    consequence: rule.consequence,
    actions: rule.actions,
    owner: manifest.people.owner.name,
    ...(rule.class !== undefined && { class: rule.class }),
    direction: rule.direction,
    raiseLevel: rule.raise,
    clearLevel: rule.clear,
    by: score === null ? 'rules' : 'model',
    score,
    ...(rule.output !== undefined && { output: rule.output }),
    ...(interval && { interval }),
    ...(images.length > 0 && { images }),
    readingId: '',
    contributions: explanation.features,
    trackRecord,
    raisedAt: new Date(nowMs).toISOString(),
    respondWithinMin: rule.respondWithinMin,
    respondBy: new Date(nowMs + rule.respondWithinMin * 60_000).toISOString(),
    ...(escalateTo && { escalateTo }),
  }
}

/**
 * An open alert whose condition has come back. It comes back as itself, and stays that of the version that raised it first:
 * with a new deadline, and with what raised it now, by whichever version.
 */
export function raisedAgain(open: Alert, now: Alert, timeMs: number): AlertChange {
  const { by, score, contributions, interval, images, raisedAt, respondBy, model } = now
  const { interval: _, ...before } = anew(open)
  const fields = {
    ...(by && { by }),
    score,
    contributions,
    ...(images && { images }),
    ...(interval && { interval }),
    ...(open.state !== 'shelved' && { raisedAt, respondBy }),
  }
  return moved(before, 'raised', { by: 'runtime', timeMs, fields, detail: { version: model.version } })
}
