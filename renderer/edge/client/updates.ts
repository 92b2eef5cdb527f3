import { useMutation, useQuery } from '@tanstack/react-query'
import {
  drivesSchema,
  type Imported,
  type ImportSummary,
  importedSchema,
  importStateSchema,
  importSummarySchema,
  updatesSchema,
} from '#core/contracts/update.ts'
import { useEdge } from './context.ts'

const minuteMs = 60_000
/** Gigabytes off a slow stick; and then qualifying each version on each processor. */
const readLimitMs = 60 * minuteMs
const confirmLimitMs = 60 * minuteMs

const importPath = '/api/updates/import'
const keys = { drives: ['drives'], state: ['import'], updates: ['updates'] } as const

/** Sticks that are put in show up by themselves. */
export function useDrives() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.drives,
    queryFn: async ({ signal }) =>
      (await api.get(drivesSchema, '/api/updates/drives', signal, minuteMs)).drives,
    staleTime: 0,
    refetchInterval: 4000,
  })
}

/** The one import that is under way, whoever began it; asked often while something moves. */
export function useImportState() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.state,
    queryFn: ({ signal }) => api.get(importStateSchema, importPath, signal),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'reading' || data?.state === 'applying' ? 700 : 5000,
  })
}

/** What is believed here, and how far each assigned version has come. */
export function useUpdates() {
  const { api } = useEdge()
  return useQuery({
    queryKey: keys.updates,
    queryFn: ({ signal }) => api.get(updatesSchema, '/api/updates', signal),
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => (data?.busy ? 1000 : 5000),
  })
}

/** Copies and verifies; nothing has changed when it answers. */
export function useReadStick() {
  const edge = useEdge()
  return useMutation({
    mutationFn: (path: string) => edge.api.post(importSummarySchema, importPath, { path }, readLimitMs),
    onMutate: () => {
      // The first look at how far it is comes soon, and not only with the answer.
      setTimeout(() => void edge.queries.invalidateQueries({ queryKey: keys.state }), 300)
    },
    onSettled: () => edge.queries.invalidateQueries({ queryKey: keys.state }),
  })
}

/** `done` hears of it even where the page has moved on by then. */
export function useConfirmImport({ id }: Pick<ImportSummary, 'id'>, done: (imported: Imported) => void) {
  const edge = useEdge()
  return useMutation({
    mutationFn: (writeBack: boolean) =>
      edge.api.post(
        importedSchema,
        `${importPath}/${encodeURIComponent(id)}/confirm`,
        { writeBack },
        confirmLimitMs,
      ),
    onSuccess: done,
    onSettled: async () => {
      await Promise.allSettled([
        edge.refreshStatus(),
        edge.queries.invalidateQueries({ queryKey: keys.state }),
        edge.queries.invalidateQueries({ queryKey: keys.updates }),
      ])
    },
  })
}

/** Gives up what is being read, or what was read. */
export function useCancelImport() {
  const edge = useEdge()
  return useMutation({
    mutationFn: (id: string) => edge.api.delete(`${importPath}/${encodeURIComponent(id)}`),
    onSettled: () => edge.queries.invalidateQueries({ queryKey: keys.state }),
  })
}

export function useCheckNow() {
  const edge = useEdge()
  return useMutation({
    mutationFn: () => edge.api.post(updatesSchema, '/api/updates/check', {}, 5 * minuteMs),
    onSettled: () => edge.queries.invalidateQueries({ queryKey: keys.updates }),
  })
}
