import type { Alert } from '#core/contracts/alert.ts'
import { isAboutModel } from '../alert/about.ts'
import { useLive, useServerNow, useStaleAfter } from '../client/context.ts'
import { assetKey } from '../client/live.ts'
import { useLastReading } from '../client/queries.ts'

/** How old the newest reading of an alert's asset is, ms, and whether that is too old for its model. */
export function useDataAge({ model, asset, rule }: Pick<Alert, 'model' | 'asset' | 'rule'>): {
  ageMs: number | null
  stale: boolean
} {
  const nowMs = useServerNow()
  const staleAfterMs = useStaleAfter()(model.id)
  const heard = useLive().get(assetKey(model.id, asset))?.newest
  // An asset that has been silent since this page was opened is in the record only.
  const last = useLastReading(model.id, asset, heard === undefined && !isAboutModel({ rule }))
  const newest = heard ?? last.data
  const ageMs = newest ? Math.max(0, nowMs - newest.timeMs) : null
  return { ageMs, stale: ageMs !== null && ageMs > staleAfterMs }
}
