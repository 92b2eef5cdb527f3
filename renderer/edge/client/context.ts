import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Status } from '#core/contracts/api.ts'
import { type Edge, keys } from './edge.ts'
import type { Link } from './link.ts'
import type { LiveAssets } from './live.ts'

export const EdgeContext = createContext<Edge | null>(null)

export function useEdge(): Edge {
  const edge = useContext(EdgeContext)
  if (!edge) throw new Error('no Edge around this component')
  return edge
}

/** The runtime's time, moving on in steps of `stepMs`. */
export function useServerNow(stepMs = 1000): number {
  const { clock } = useEdge()
  return useSyncExternalStore(clock.subscribe, () => Math.floor(clock.shown() / stepMs) * stepMs)
}

export function useLink(): Link {
  const { link } = useEdge().link
  return useSyncExternalStore(link.subscribe, link.get)
}

export function useLive(): LiveAssets {
  const { live } = useEdge()
  return useSyncExternalStore(live.subscribe, live.get)
}

/** After how long an asset's data counts as old, ms: the model's own; the machine's where the model is gone. */
export function useStaleAfter(): (model: string) => number {
  const status = useStatus()
  return (model) => status?.models.find(({ id }) => id === model)?.staleAfterMs ?? status?.staleAfterMs ?? 0
}

/** Kept fresh by the link; the frame shows nothing else before the first one is here. */
export function useStatus(): Status | undefined {
  const edge = useEdge()
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => edge.fetchStatus(signal),
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  }).data
}
