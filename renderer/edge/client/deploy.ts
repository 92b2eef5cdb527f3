import { useMutation, useQuery } from '@tanstack/react-query'
import { comparisonSchema } from '#core/contracts/comparison.ts'
import {
  type ActivateRequest,
  type ModelSummary,
  type ReasonRequest,
  turnedSchema,
} from '#core/contracts/deployment.ts'
import { rehearsalSchema } from '#core/contracts/guardrail.ts'
import { Failure } from '../../ui/client/failure.ts'
import { useEdge } from './context.ts'
import { machineSchema, recordReportSchema } from './hardware.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Qualifying tries every provider within deadlines of its own; a drill and a way back wait for a version to load at most. */
const limitsMs = {
  activate: 15 * minuteMs,
  promote: 15 * minuteMs,
  rollback: 2 * minuteMs,
  abort: 2 * minuteMs,
  drill: 5 * minuteMs,
}

export type DeployAction =
  | { do: 'activate'; ask: ActivateRequest }
  | { do: 'rollback' | 'promote' | 'abort' | 'drill'; ask: ReasonRequest }

const pathOf = (id: string, what: string) => `/api/models/${encodeURIComponent(id)}/${what}`

/**
 * One move of a version. The runtime's answer says that the new one answers, and in how many milliseconds; nothing is said
 * to have worked before that. What the slots are then is asked for at once: the stream of events may be down.
 */
export function useDeploy(model: Pick<ModelSummary, 'id'>) {
  const edge = useEdge()
  return useMutation({
    mutationFn: ({ do: what, ask }: DeployAction) =>
      edge.api.post(turnedSchema, pathOf(model.id, what), ask, limitsMs[what]),
    onSettled: async () => {
      await Promise.allSettled([
        edge.refreshStatus(),
        edge.queries.invalidateQueries({ queryKey: ['model', model.id] }),
        edge.queries.invalidateQueries({ queryKey: ['comparison', model.id] }),
      ])
    },
  })
}

/** Running and staged on the same readings; null where nothing is compared. Asked again every few seconds: no event carries it. */
export function useComparison(id: string, wanted: boolean) {
  const { api } = useEdge()
  return useQuery({
    queryKey: ['comparison', id],
    queryFn: async ({ signal }) => {
      try {
        return await api.get(comparisonSchema, pathOf(id, 'comparison'), signal)
      } catch (error) {
        if (error instanceof Failure && error.status === 404) return null
        throw error
      }
    },
    enabled: wanted,
    staleTime: 0,
    refetchInterval: 5000,
  })
}

/** What the guardrails would have done over the last `days`; only when somebody asks: it reads the journal. */
export function useRehearsal(id: string, days: number) {
  const { api, clock } = useEdge()
  return useMutation({
    mutationFn: () => {
      const to = clock.now()
      const query = new URLSearchParams({
        from: new Date(to - days * dayMs).toISOString(),
        to: new Date(to).toISOString(),
      })
      return api.get(
        rehearsalSchema,
        `${pathOf(id, 'guardrails/rehearsal')}?${query}`,
        undefined,
        2 * minuteMs,
      )
    },
  })
}

export function useMachine() {
  const { api } = useEdge()
  return useQuery({
    queryKey: ['machine'],
    queryFn: ({ signal }) => api.get(machineSchema, '/api/hardware', signal, minuteMs),
    staleTime: 0,
    refetchInterval: 10_000,
  })
}

/** Reads the whole record and checks every link of its chain. */
export function useVerifyRecord() {
  const { api } = useEdge()
  return useMutation({
    mutationFn: () => api.get(recordReportSchema, '/api/audit/verify', undefined, 10 * minuteMs),
  })
}
