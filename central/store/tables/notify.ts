import type { Generated, Selectable } from 'kysely'

export interface NotifyTables {
  hooks: {
    id: Generated<number>
    url: string
    kinds: string[]
    note: string
    secret: string
    created_at: Date
    created_by: string
    ended_at: Date | null
  }
  inboxes: {
    id: Generated<number>
    name: string
    secret: string
    created_at: Date
    created_by: string
    ended_at: Date | null
  }
  inbox_messages: { inbox: number; id: string; at: Date }
  deliveries: {
    n: Generated<number>
    id: string
    hook: number | null
    mail_to: string | null
    kind: string
    subject: string | null
    body: string
    state: Generated<'waiting' | 'delivered' | 'dead'>
    created_at: Date
    since: Date
    attempts: Generated<number>
    next_try: Date | null
    delivered_at: Date | null
    last_status: number | null
    last_problem: string | null
  }
}
export type HookRow = Selectable<NotifyTables['hooks']>
export type DeliveryRow = Selectable<NotifyTables['deliveries']>
