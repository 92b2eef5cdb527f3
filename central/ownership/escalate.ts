import { partySchema } from '#core/contracts/ownership.ts'
import { say, textSchema } from '#core/contracts/text.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import type { Database } from '../store/database.ts'
import { record } from '../store/log.ts'
import { ownersOf } from '../store/ownership.ts'
import { escalated, type Overdue, takeOverdue } from '../store/ownership-overdue.ts'
import { escalationChain } from './raci.ts'

/** What arrives with its time over for longer than this is kept and shown, and nobody is woken for it. */
export const lateAfterMs = 60 * 60_000
/** What arrives with its time over may be followed by its acknowledgement. */
const settleMs = 2 * 60_000
const atOnce = 500
/** Named one by one in an e-mail. */
const listed = 20

/** It says nothing of now: the machine was away when it mattered. */
export const isLate = ({ due_at, arrived_at }: Pick<Overdue, 'due_at' | 'arrived_at'>): boolean =>
  arrived_at.getTime() - due_at.getTime() > lateAfterMs

type Parts = Pick<Base, 'db' | 'now' | 'log' | 'publicUrl'>

/**
 * Tells, once for each alert, that nobody acknowledged it in time: the first in its chain who can be reached, and every hook that
 * wants to know. One message for all alerts of a turn that go to the same person. What was told, and to whom, stands with
 * the alert and in the log of central, in the transaction that queues it.
 */
export async function escalateOverdue(parts: Parts, notifier: Notifier): Promise<void> {
  const at = new Date(parts.now())
  await parts.db.transaction().execute(async (tx) => {
    const settled = new Date(at.getTime() - settleMs)
    const overdue = await takeOverdue(tx, { now: at, settled, limit: atOnce })
    for (const alert of overdue.filter(isLate)) await escalated(tx, alert, { at, outcome: 'late', to: [] })
    const timely = overdue.filter((alert) => !isLate(alert))
    const owners = await ownersOf(
      tx,
      timely.map(({ model }) => model),
    )
    const chainOf = ({ model, escalate_to }: Overdue) =>
      escalationChain(owners.get(model), partySchema.safeParse(escalate_to).data ?? null, notifier.admins)
    const groups = Map.groupBy(timely, (alert) => JSON.stringify(chainOf(alert)))
    for (const alerts of groups.values())
      await tellOf(tx, alerts, { chain: chainOf(alerts[0]!), at, notifier, parts })
  })
}

interface Telling {
  chain: ReturnType<typeof escalationChain>
  at: Date
  notifier: Notifier
  parts: Parts
}

async function tellOf(tx: Database, alerts: readonly Overdue[], { chain, at, notifier, parts }: Telling) {
  const message = messageOf(alerts, parts.publicUrl())
  const to: string[] = []
  for (const { name, contact } of chain)
    if (to.length === 0 && (await notifier.tell(tx, contact, message))) to.push(`${name} <${contact}>`)
  const outcome = to.length === 0 ? ('nobody-to-tell' as const) : ('sent' as const)
  for (const alert of alerts) {
    await escalated(tx, alert, { at, outcome, to })
    await notifier.publish(tx, 'alert.overdue', { ...dataOf(alert), escalation: { outcome, to } })
  }
  const ids = alerts.map(({ alert_id }) => alert_id)
  await record(tx, at.getTime(), 'alert.escalated', 'central', { alerts: ids, outcome, to })
  if (to.length === 0)
    parts.log.warn(
      { alerts: ids },
      'nobody acknowledged these in time, and nobody is known who could be told',
    )
}

const titleOf = ({ title }: Overdue) => say(textSchema.safeParse(title).data ?? '?', 'en')
const dataOf = (alert: Overdue) => ({
  ...{ id: alert.alert_id, device: alert.device, machine: alert.machine, site: alert.site },
  ...{ model: alert.model, version: alert.version, priority: alert.priority, title: titleOf(alert) },
  ...{
    asset: alert.asset,
    raisedAt: alert.raised_at.toISOString(),
    respondBy: alert.respond_by.toISOString(),
  },
})

function messageOf(alerts: readonly Overdue[], url: string) {
  const lines = alerts.slice(0, listed).map((alert) => {
    const { machine, site, asset, priority, raised_at, respond_by } = alert
    const where = `${machine}, ${site}${asset === null ? '' : `, ${asset}`}`
    return `- ${titleOf(alert)} (${priority}): ${where}; raised ${raised_at.toISOString()}, to be answered by ${respond_by.toISOString()}`
  })
  const more = alerts.length > listed ? [`and ${alerts.length - listed} more`] : []
  const what =
    alerts.length === 1
      ? `Nobody acknowledged in time: ${titleOf(alerts[0]!)}, ${alerts[0]!.machine}`
      : `Nobody acknowledged ${alerts.length} alerts in time`
  return {
    kind: 'alert.overdue' as const,
    subject: `[Edgewright] ${what}`,
    text: [`${what}.`, '', ...lines, ...more, '', "Times are by each machine's own clock.", url, ''].join(
      '\n',
    ),
    data: { alerts: alerts.map(dataOf) },
  }
}
