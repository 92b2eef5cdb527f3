import { useMutation, useQuery } from '@tanstack/react-query'
import { z } from 'zod'
import { enrolmentStandingSchema, syncStatusSchema } from '#core/contracts/sync.ts'
import { useEdge } from './context.ts'

const keys = { sync: ['sync'], enrolment: ['enrolment'], witness: ['witness'] } as const
/** Roots are fetched and compared before the code is spent, over a slow line. */
const joinLimitMs = 3 * 60_000

const witnessSchema = z.object({ counter: z.int(), at: z.string() })
/** `GET /api/audit/key`, as far as this page shows it. */
const keySchema = z.object({
  checkpoint: witnessSchema.nullish(),
  countersigned: witnessSchema.extend({ signedAt: z.string() }).nullish(),
})

/** How this machine stands with central, and what waits; asked again while somebody looks. */
export function useSync() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.sync,
    queryFn: ({ signal }) => api.get(syncStatusSchema, '/api/sync', signal),
    staleTime: 0,
    refetchInterval: 3000,
  })
}

/** Where it belongs. */
export function useEnrolment() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.enrolment,
    queryFn: ({ signal }) => api.get(enrolmentStandingSchema, '/api/enrol', signal),
    staleTime: 0,
    refetchInterval: 5000,
  })
}

/** Up to where central attests this machine's record. */
export function useWitness() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.witness,
    queryFn: ({ signal }) => api.get(keySchema, '/api/audit/key', signal),
    staleTime: 0,
    refetchInterval: 15_000,
  })
}

export function useJoin(done: () => void) {
  const edge = useEdge()
  return useMutation({
    mutationFn: (code: string) => edge.api.post(enrolmentStandingSchema, '/api/enrol', { code }, joinLimitMs),
    onSuccess: done,
    onSettled: async () => {
      await Promise.allSettled([
        edge.refreshStatus(),
        edge.queries.invalidateQueries({ queryKey: keys.sync }),
        edge.queries.invalidateQueries({ queryKey: keys.enrolment }),
      ])
    },
  })
}
