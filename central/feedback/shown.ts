import type { ServedWindow } from '#core/contracts/example.ts'
import type { FleetAlert, GuardrailFiring } from '#core/contracts/fleet-alerts.ts'
import type { Ownership } from '#core/contracts/ownership.ts'
import type { ReviewItem } from '#core/contracts/review.ts'
import { type Text, textSchema } from '#core/contracts/text.ts'
import { ownerOf } from '../ownership/raci.ts'
import type { ShownAlert } from '../store/feedback-alert-list.ts'
import type { firingsPage } from '../store/feedback-guardrails.ts'
import type { ShownReview } from '../store/feedback-reviews.ts'
import { featuresOf, reviewOf } from './export/line.ts'

/** Who answers for which model. */
export type Owners = Map<string, Ownership>

export const titleOf = (title: unknown, rule: string): Text => textSchema.safeParse(title).data ?? rule
const iso = (date: Date | null): string | null => date?.toISOString() ?? null

const whyMissing: Record<string, string> = {
  retention: 'The machine keeps readings for a while; this one was gone when it was answered.',
  damaged: 'The reading could not be read any more on the machine.',
}

export function shownReview(row: ShownReview, owners: Owners): ReviewItem {
  return {
    ...{ id: row.id, device: row.device, machine: row.machine, site: row.site, model: row.model },
    ...{ version: row.version, digest: row.digest, readingId: row.reading_id },
    alert: {
      ...{ id: row.alert_id, rule: row.rule, priority: row.priority, asset: row.asset },
      title: titleOf(row.title, row.rule),
      raisedAt: row.raised_at.toISOString(),
    },
    features: row.features === null ? null : { ...featuresOf(row), window: windowOf(row) },
    why:
      row.features === null
        ? (whyMissing[row.missing ?? ''] ?? 'The machine sent no example with this answer.')
        : null,
    decision: row.decision as ReviewItem['decision'],
    ...{ answer: row.answer, note: row.note, by: row.by },
    at: row.at.toISOString(),
    arrivedAt: row.arrived_at.toISOString(),
    review: reviewOf(row),
    disagreement: row.disagreement,
    owner: ownerOf(owners.get(row.model), row.owner),
  }
}

function windowOf({ window_steps: steps, window_held: held, window_missing: missing }: ShownReview) {
  if (steps === null || held === null) return null
  return { steps, held, ...(missing && { missing: missing as NonNullable<ServedWindow['missing']> }) }
}

export function shownAlert(row: ShownAlert, owners: Owners): FleetAlert {
  return {
    ...{ id: row.alert_id, device: row.device, machine: row.machine, site: row.site, state: row.state },
    ...{ priority: row.priority, model: row.model, version: row.version, rule: row.rule, asset: row.asset },
    title: titleOf(row.title, row.rule),
    readingId: row.reading_id,
    raisedAt: row.raised_at.toISOString(),
    arrivedAt: row.arrived_at.toISOString(),
    respondBy: iso(row.respond_by),
    acknowledgedAt: iso(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_by,
    clearedAt: iso(row.cleared_at),
    shelvedUntil: iso(row.shelved_until),
    escalatedAt: iso(row.escalated_at),
    answer: row.answer,
    overdue: row.overdue,
    escalation:
      row.escalation_at && row.escalation_outcome
        ? {
            at: row.escalation_at.toISOString(),
            outcome: row.escalation_outcome,
            to: row.escalation_to ?? [],
          }
        : null,
    owner: ownerOf(owners.get(row.model), row.owner),
  }
}

type FiringRow = Awaited<ReturnType<typeof firingsPage>>['rows'][number]
export function shownFiring(row: FiringRow, owners: Owners): GuardrailFiring {
  return {
    ...{ id: row.id, device: row.device, machine: row.machine, site: row.site, model: row.model },
    ...{ version: row.version, guardrail: row.guardrail, metric: row.metric, feature: row.feature },
    ...{ value: row.value, limit: row.bound, n: row.n, action: row.action },
    firedAt: row.fired_at.toISOString(),
    clearedAt: iso(row.cleared_at),
    decidedBy: row.decided_by as GuardrailFiring['decidedBy'],
    owner: ownerOf(owners.get(row.model), null),
  }
}
