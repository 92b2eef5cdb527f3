import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useSyncExternalStore } from 'react'
import { type CentralRole, mayAtCentral } from '#core/contracts/central.ts'
import { type Central, sessionKey } from './central.ts'

export const CentralContext = createContext<Central | null>(null)

export function useCentral(): Central {
  const central = useContext(CentralContext)
  if (!central) throw new Error('no Central around this component')
  return central
}

const lookEveryMs = 10_000

/** Asked again and again: it is also how the page knows that the server is there. */
export function useStanding() {
  const central = useCentral()
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => central.standing(signal),
    refetchInterval: lookEveryMs,
    refetchIntervalInBackground: true,
    retry: false,
    staleTime: 0,
  })
}

/** Of somebody who has signed in: the frame shows nothing before. */
export function useMe() {
  const { data } = useStanding()
  if (!data?.session) throw new Error('nobody is signed in')
  return data.session
}

/** Whether who is signed in may do what needs this role; the server decides, this only keeps idle buttons away. */
export function useMay(): (needs: CentralRole) => boolean {
  const { roles } = useMe()
  return (needs) => mayAtCentral(roles, needs)
}

/** The server's time, moving on in steps of `stepMs`. */
export function useServerNow(stepMs = 1000): number {
  const { clock } = useCentral()
  return useSyncExternalStore(clock.subscribe, () => Math.floor(clock.shown() / stepMs) * stepMs)
}
