import type { z } from 'zod'
import { alertSchema } from '#core/contracts/alert.ts'
import { say } from '#core/contracts/text.ts'

/** The parts of an alert that a notification needs; whatever else a newer runtime sends is passed over. */
export const noticedSchema = alertSchema.pick({
  id: true,
  state: true,
  priority: true,
  asset: true,
  title: true,
  cause: true,
})
export type Noticed = z.infer<typeof noticedSchema>

export interface Notice {
  title: string
  body: string
  /** What a click opens on the console. */
  path: string
}

export interface NoticeState {
  /** Alerts that stand unacknowledged and were told of, or seen while the window had the focus. */
  told: ReadonlySet<string>
  /** When the latest notices were shown, epoch ms. */
  shownAtMs: readonly number[]
}

export interface NoticeContext {
  nowMs: number
  enabled: boolean
  /** The window is on the screen with the focus: its card is the alert, a notification would hide it. */
  watched: boolean
  language: string
}

export const noNotices: NoticeState = { told: new Set(), shownAtMs: [] }

/** More than this many in a minute are a flood: one notice says so, and the console lists them. */
export const noticesPerMinute = 3
const minuteMs = 60_000

/** What one alert, raised or changed, makes of the notices. Only unacknowledged alerts of high priority are told of, once. */
export function onAlert(
  state: NoticeState,
  alert: Noticed,
  context: NoticeContext,
): { state: NoticeState; show?: Notice } {
  if (alert.priority !== 'high' || alert.state !== 'unacknowledged') {
    if (!state.told.has(alert.id)) return { state }
    const told = new Set(state.told)
    told.delete(alert.id)
    return { state: { ...state, told } }
  }
  if (state.told.has(alert.id)) return { state }
  const told = new Set(state.told).add(alert.id)
  if (!context.enabled || context.watched) return { state: { ...state, told } }
  const recent = state.shownAtMs.filter((atMs) => context.nowMs - atMs < minuteMs)
  if (recent.length > noticesPerMinute) return { state: { told, shownAtMs: recent } }
  const flood = recent.length === noticesPerMinute
  return {
    state: { told, shownAtMs: [...recent, context.nowMs] },
    show: flood
      ? { title: 'More high-priority alerts', body: 'Open Edgewright for the list.', path: '/' }
      : {
          title: `High priority: ${say(alert.title, context.language)}`,
          body: `${alert.asset}. ${say(alert.cause, context.language)}`,
          path: `/alerts/${encodeURIComponent(alert.id)}`,
        },
  }
}

/** What stands unacknowledged when the app (re)connects: told of together, and only what was not told of before. */
export function onBacklog(
  state: NoticeState,
  alerts: readonly Noticed[],
  context: NoticeContext,
): { state: NoticeState; show?: Notice } {
  const standing = alerts.filter(({ priority, state: at }) => priority === 'high' && at === 'unacknowledged')
  const fresh = standing.filter(({ id }) => !state.told.has(id))
  const base = { ...state, told: new Set(standing.map(({ id }) => id)) }
  if (fresh.length === 0 || !context.enabled || context.watched) return { state: base }
  const [first] = fresh
  if (fresh.length === 1 && first) {
    const told = new Set(base.told)
    told.delete(first.id)
    return onAlert({ ...base, told }, first, context)
  }
  return {
    state: { ...base, shownAtMs: [...base.shownAtMs, context.nowMs] },
    show: {
      title: `${fresh.length} high-priority alerts wait`,
      body: 'Open Edgewright for the list.',
      path: '/',
    },
  }
}
