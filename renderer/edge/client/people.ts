import { useMutation, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { peopleSchema, type Session, sessionSchema } from '#core/contracts/people.ts'
import { type Asking, sessionKey } from './asking.ts'
import { useEdge } from './context.ts'

const peopleKey = ['people'] as const
/** A session that ended elsewhere, by a new PIN, is noticed after this long at most. */
const lookEveryMs = 30_000

/** As whom this browser acts; undefined before the runtime has said so. */
export function useSession(): Session | undefined {
  const { api } = useEdge()
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => api.get(sessionSchema, '/api/session', signal),
    refetchInterval: ({ state }) => (state.data?.person ? lookEveryMs : false),
  }).data
}

/** Who can sign in here; asked anew each time somebody wants to. */
export function usePeople() {
  const { api } = useEdge()
  return useQuery({
    queryKey: peopleKey,
    queryFn: async ({ signal }) => (await api.get(peopleSchema, '/api/people', signal)).people,
    staleTime: 0,
    gcTime: 0,
  })
}

/** The PIN goes out in the body of this request, and is kept nowhere. */
export function useSignIn() {
  const { api, queries } = useEdge()
  return useMutation({
    mutationFn: (given: { person: string; pin: string }) =>
      api.post(sessionSchema, '/api/session/person', given),
    onSuccess: (session) => queries.setQueryData(sessionKey, session),
    // Somebody may be locked out now.
    onError: () => queries.invalidateQueries({ queryKey: peopleKey }),
    // The PIN stands among what was asked for.
    gcTime: 0,
  })
}

export function useSignOut() {
  const { api, queries } = useEdge()
  return useMutation({
    mutationFn: () => api.delete('/api/session/person'),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionKey }),
  })
}

export function useAsking(): Asking | null {
  const { asking } = useEdge()
  return useSyncExternalStore(asking.subscribe, asking.get)
}
