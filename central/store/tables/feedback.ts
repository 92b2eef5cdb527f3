import type { ColumnType, Generated, Selectable } from 'kysely'
import type { AlertState, FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Priority } from '#core/contracts/manifest.ts'
import type { RetrainingState } from '#core/contracts/retraining.ts'
import type { ReviewState } from '#core/contracts/review.ts'

/** Goes in as text, comes out parsed. */
type Json = ColumnType<unknown, string, string>
type NullableJson = ColumnType<unknown, string | null, string | null>

export interface FeedbackTables {
  fleet_alerts: {
    id: Generated<number>
    device_id: number
    alert_id: string
    site: string
    state: AlertState
    priority: Priority
    model: string
    version: string
    rule: string
    title: Json
    asset: string | null
    reading_id: string
    raised_at: Date
    arrived_at: Date
    respond_within_min: number | null
    respond_by: Date | null
    due_at: Date | null
    acknowledged_at: Date | null
    acknowledged_by: string | null
    cleared_at: Date | null
    shelved_until: Date | null
    escalated_at: Date | null
    action_done_at: Date | null
    answer: FeedbackAnswer | null
    owner: string | null
    escalate_to: NullableJson
    escalation_at: Date | null
    escalation_outcome: 'sent' | 'late' | 'nobody-to-tell' | null
    escalation_to: string[] | null
  }
  alert_raisings: {
    device_id: number
    at: Date
    alert_id: string
    site: string
    priority: Priority
    model: string
    rule: string
    asset: string | null
    respond_by: Date | null
    due_at: Date | null
    acknowledged_at: Date | null
  }
  guardrail_firings: {
    id: Generated<number>
    device_id: number
    site: string
    model: string
    version: string
    guardrail: string
    metric: string
    feature: string | null
    value: number
    bound: number
    n: number
    action: string
    fired_at: Date
    cleared_at: Date | null
    decided_by: NullableJson
  }
  reviews: {
    id: Generated<number>
    device_id: number
    alert_id: string
    occurrence: string
    reading_id: string
    machine: string
    site: string
    model: string
    version: string
    digest: string | null
    rule: string
    priority: Priority
    title: Json
    asset: string | null
    raised_at: Date
    reading_time: string | null
    features: NullableJson
    withheld: Generated<string[]>
    pseudonymised: Generated<string[]>
    missing: string | null
    window_steps: number | null
    window_held: number | null
    window_missing: string | null
    decision: NullableJson
    answer: FeedbackAnswer
    note: string | null
    by: string
    at: Date
    arrived_at: Date
    state: Generated<ReviewState>
    label: string | null
    reviewer: string | null
    comment: string | null
    reviewed_at: Date | null
    owner: string | null
  }
  review_windows: { device_id: number; review_id: number; served: Json }
  retraining_requests: {
    id: Generated<number>
    model: string
    version: string | null
    cause_key: string | null
    cause: Json
    state: RetrainingState
    owner: Json
    link: string | null
    due: Date | null
    requested_at: Date
    requested_by: string
    changed_at: Date
    result: string | null
    history: Json
  }
  retraining_schedules: { model: string; every_days: number; since: Date; next_at: Date; by: string }
  ownership_edits: {
    id: Generated<number>
    model: string
    at: Date
    by: string
    reason: string
    raci: NullableJson
  }
}
export type FleetAlertRow = Selectable<FeedbackTables['fleet_alerts']>
export type ReviewRow = Selectable<FeedbackTables['reviews']>
export type RetrainingRow = Selectable<FeedbackTables['retraining_requests']>
