import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { type Alert, type AlertState, alertSchema, type FeedbackAnswer } from '#core/contracts/alert.ts'
import {
  alertsPageSchema,
  type LiveReading,
  readingsPageSchema,
  type Trend,
  trendSchema,
} from '#core/contracts/api.ts'
import type { RecordedReading, Said } from '#core/contracts/decision.ts'
import { modelDetailSchema } from '#core/contracts/deployment.ts'
import type { Api } from '../../ui/client/api.ts'
import { Failure } from '../../ui/client/failure.ts'
import { activeStates, hasEnded, isActive, newestEnded, recentCount } from './alert-feed.ts'
import { useEdge } from './context.ts'
import { keys } from './edge.ts'

const pageSize = 500
/** More than anybody can act on; the strip's counts still tell all of them. */
const maxPages = 10

async function allAlerts(api: Api, states: readonly AlertState[], signal: AbortSignal): Promise<Alert[]> {
  const alerts: Alert[] = []
  let cursor: string | null = null
  for (let page = 0; page < maxPages; page++) {
    const query = new URLSearchParams({ state: states.join(','), limit: String(pageSize) })
    if (cursor !== null) query.set('cursor', cursor)
    const found: { alerts: Alert[]; next: string | null } = await api.get(
      alertsPageSchema,
      `/api/alerts?${query}`,
      signal,
    )
    alerts.push(...found.alerts)
    cursor = found.next
    if (cursor === null) break
  }
  return alerts
}

export function useActiveAlerts() {
  const { api, changes } = useEdge()
  return useQuery<readonly Alert[]>({
    queryKey: keys.active,
    queryFn: ({ signal }) => changes.fetch(() => allAlerts(api, activeStates, signal), isActive),
  })
}

export function useShelvedAlerts() {
  const { api, changes } = useEdge()
  return useQuery<readonly Alert[]>({
    queryKey: keys.shelved,
    queryFn: ({ signal }) =>
      changes.fetch(
        () => allAlerts(api, ['shelved'], signal),
        (alert) => alert.state === 'shelved',
      ),
  })
}

/** Alerts that are over, the newest first. */
export function useRecentAlerts() {
  const { api, changes } = useEdge()
  return useQuery<readonly Alert[]>({
    queryKey: keys.recent,
    queryFn: async ({ signal }) => {
      const path = `/api/alerts?state=normal&limit=${recentCount}`
      const load = async () => (await api.get(alertsPageSchema, path, signal)).alerts
      return newestEnded(await changes.fetch(load, hasEnded))
    },
  })
}

export function useAlert(id: string) {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.alert(id),
    queryFn: ({ signal }) => api.get(alertSchema, `/api/alerts/${encodeURIComponent(id)}`, signal),
  })
}

/** Alerts of the same rule of the same model, this one left out, the newest first. */
export function useSimilar(alert: Alert, count: number) {
  const { api } = useEdge()
  return useQuery({
    queryKey: ['similar', alert.model.id, alert.rule, alert.id],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ model: alert.model.id, rule: alert.rule, limit: String(count + 1) })
      const { alerts } = await api.get(alertsPageSchema, `/api/alerts?${query}`, signal)
      return alerts
        .filter(({ id }) => id !== alert.id)
        .sort((a, b) => b.raisedAt.localeCompare(a.raisedAt))
        .slice(0, count)
    },
  })
}

export function useModel(id: string | undefined) {
  const { api } = useEdge()
  return useQuery({
    queryKey: ['model', id],
    queryFn: ({ signal }) =>
      api.get(modelDetailSchema, `/api/models/${encodeURIComponent(id ?? '')}`, signal),
    enabled: id !== undefined,
  })
}

export interface TrendQuestion {
  model: string
  asset: string
  series: string
  points: number
  refetchMs: number | false
  /** Decided anew with each question, epoch ms. */
  window: () => { from: number; to: number }
  /** What makes two questions the same, beside the fields above. */
  key: string
}

export function useTrend(question: TrendQuestion | undefined) {
  const { api } = useEdge()
  return useQuery<Trend>({
    queryKey: ['trend', question?.model, question?.asset, question?.series, question?.key],
    queryFn: ({ signal }) => {
      const { model, asset, series, points, window } = question!
      const { from, to } = window()
      const query = new URLSearchParams({
        asset,
        series,
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        points: String(points),
      })
      return api.get(trendSchema, `/api/models/${encodeURIComponent(model)}/trend?${query}`, signal)
    },
    enabled: question !== undefined,
    staleTime: 0,
    refetchInterval: question?.refetchMs ?? false,
    // Another window of the same series may stand until its own is here; another series must not.
    placeholderData: (before, query) =>
      query?.queryKey[3] === question?.series && query?.queryKey[2] === question?.asset
        ? keepPreviousData(before)
        : undefined,
  })
}

export type AlertAction =
  | { do: 'acknowledge' | 'done' | 'unshelve' | 'escalate' }
  | { do: 'shelve'; minutes: number; reason: string }
  | { do: 'feedback'; answer: FeedbackAnswer; note?: string }

/** One touch on an alert. Nothing on the screen changes before the runtime has answered that it is durable. */
export function useAlertAction(alert: Pick<Alert, 'id'>) {
  const edge = useEdge()
  return useMutation({
    mutationFn: ({ do: what, ...body }: AlertAction) =>
      edge.api.post(alertSchema, `/api/alerts/${encodeURIComponent(alert.id)}/${what}`, body),
    onSuccess: (changed) => {
      edge.answered(changed)
      edge.queries.setQueryData(keys.alert(changed.id), changed)
    },
    onError: async (error) => {
      // Somebody else was quicker: what it has become is the answer.
      if (!(error instanceof Failure) || error.status !== 409) return
      edge.saw(await edge.api.get(alertSchema, `/api/alerts/${encodeURIComponent(alert.id)}`))
    },
  })
}

/** The newest recorded reading, for a page that opens while a source is silent. */
export function useLastReading(model: string | undefined, asset: string | undefined, wanted: boolean) {
  const { api } = useEdge()
  return useQuery({
    queryKey: ['last-reading', model, asset],
    queryFn: async ({ signal }): Promise<LiveReading | null> => {
      const query = new URLSearchParams({ limit: '1', ...(asset !== undefined && { asset }) })
      const path = `/api/models/${encodeURIComponent(model ?? '')}/readings?${query}`
      const [reading] = (await api.get(readingsPageSchema, path, signal)).readings
      return reading ? liveOf(model ?? '', reading) : null
    },
    enabled: wanted && model !== undefined,
  })
}

/** A recorded reading as it was shown when it came. A category is a word here, a number there. */
function liveOf(model: string, { asset, time, values, decision }: RecordedReading): LiveReading {
  const { verdict, probability, classes, label, value, targets, interval, outputs, quality } = decision
  const entries = Object.entries(values)
  const said = { probability, classes, label, value, targets, interval, outputs }
  return {
    model,
    asset,
    timeMs: Date.parse(time),
    values: Object.fromEntries(entries.map(([name, v]) => [name, typeof v === 'number' ? v : null])),
    texts: Object.fromEntries(
      entries.flatMap(([name, v]) => (typeof v === 'string' ? [[name, v] as const] : [])),
    ),
    verdict,
    ...(Object.fromEntries(Object.entries(said).filter(([, it]) => it !== undefined)) as Said),
    quality,
  }
}
