import type { ServedWindow } from '#core/contracts/example.ts'
import type { ExportLine } from '#core/contracts/review.ts'
import type { ExportedReview } from '../../store/feedback-export.ts'
import type { ShownReview } from '../../store/feedback-reviews.ts'

/** A row as it leaves: features as served, decision, answer, label, and where all of it comes from. */
export function exportLine(row: ExportedReview): ExportLine {
  return {
    format: 'edgewright-feedback-1',
    id: row.id,
    model: { id: row.model, version: row.version, digest: row.digest },
    features:
      row.features === null ? null : { ...featuresOf(row), window: row.served as ServedWindow | null },
    decision: row.decision as ExportLine['decision'],
    operator: { answer: row.answer, note: row.note, by: row.by, at: row.at.toISOString() },
    review: reviewOf(row),
    provenance: {
      ...{ device: row.device, machine: row.machine, site: row.site, asset: row.asset },
      ...{ readingId: row.reading_id, readingTime: row.reading_time, alertId: row.alert_id, rule: row.rule },
      raisedAt: row.raised_at.toISOString(),
      arrivedAt: row.arrived_at.toISOString(),
    },
  }
}

/** As stored from a checked example. */
export const featuresOf = ({ features, withheld, pseudonymised }: ShownReview) => ({
  values: features as NonNullable<ExportLine['features']>['values'],
  withheld,
  pseudonymised,
})

export const reviewOf = ({ state, label, reviewer, comment, reviewed_at }: ShownReview) => ({
  ...{ state, label, reviewer, comment },
  at: reviewed_at?.toISOString() ?? null,
})
