import type { Status } from '#core/contracts/api.ts'
import type { AlertDesk } from './alerts/desk.ts'
import type { EventHub } from './api/events.ts'
import type { Metrics } from './api/metrics.ts'
import type { SignInCodes } from './api/session.ts'
import type { AuditTrail } from './audit/audit-trail.ts'
import type { Deployments } from './deploy/deployments.ts'
import type { Hardware } from './hardware/hardware.ts'
import type { Journal } from './journal/journal.ts'
import type { People } from './people/people.ts'
import type { Sessions } from './people/sessions.ts'
import type { Sync } from './sync/create-sync.ts'
import type { Link } from './sync/link/link.ts'
import type { CheckedUpdate } from './update/check.ts'
import type { Updates } from './update/updates.ts'
import type { Imports } from './update/usb/import.ts'

/** The parts of a running edge, as the routes see them. */
export interface Edge {
  journal: Journal
  alerts: AlertDesk
  deployments: Deployments
  updates: Updates
  imports: Imports<CheckedUpdate>
  /** This machine's place in a fleet. */
  link: Link
  sync: Sync
  hub: EventHub
  metrics: Metrics
  hardware: Hardware
  codes: SignInCodes
  people: People
  sessions: Sessions
  token: string
  /** host:port pairs that this runtime answers as. */
  hosts: () => readonly string[]
  now: () => number
  status: () => Status
  /** Keeps for good who did what. */
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  /** What proves that it was kept. */
  auditTrail: AuditTrail
}
