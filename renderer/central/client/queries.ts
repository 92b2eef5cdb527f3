import { type UseQueryResult, useMutation, useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { useCentral } from './context.ts'

export type Params = Readonly<Record<string, string | number | boolean | undefined>>

/** `/api/x?a=1`, without what is not set. */
export function withParams(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== '') query.set(name, String(value))
  return query.size === 0 ? path : `${path}?${query}`
}

interface Options {
  params?: Params
  /** Asked again this often; absent: not by itself. */
  everyMs?: number
  enabled?: boolean
}

/** What is at one address. The path's first part after `/api/` is the key by which changes make it stale. */
export function useGet<T>(schema: z.ZodType<T>, path: string, options: Options = {}): UseQueryResult<T> {
  const { api } = useCentral()
  const { params, everyMs, enabled = true } = options
  return useQuery({
    queryKey: [areaOf(path), path, params ?? {}],
    queryFn: ({ signal }): Promise<T> => api.get(schema, withParams(path, params), signal),
    enabled,
    refetchInterval: everyMs ?? false,
    // Another page of the same list may stand until its own is here; another address must not.
    placeholderData: (before, query) => (query?.queryKey[1] === path ? before : undefined),
  })
}

export const areaOf = (path: string): string => path.split('/')[2]?.split('?')[0] ?? ''

type How = 'POST' | 'PUT'

/** Changes something, and makes stale what it may have changed. */
export function useChange<S extends z.ZodType>(
  schema: S,
  how: How,
  areas: readonly string[],
): ReturnType<typeof useMutation<z.output<S>, Error, { path: string; body: object }>> {
  const { api, queries } = useCentral()
  return useMutation({
    mutationFn: ({ path, body }: { path: string; body: object }) =>
      how === 'POST' ? api.post(schema, path, body) : api.put(schema, path, body),
    onSettled: () =>
      queries.invalidateQueries({ predicate: ({ queryKey }) => areas.includes(String(queryKey[0])) }),
  })
}

/** Takes something away. */
export function useDelete(areas: readonly string[]) {
  const { api, queries } = useCentral()
  return useMutation({
    mutationFn: (path: string) => api.delete(path),
    onSettled: () =>
      queries.invalidateQueries({ predicate: ({ queryKey }) => areas.includes(String(queryKey[0])) }),
  })
}
