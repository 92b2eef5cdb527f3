import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { useLive, useStatus } from '../client/context.ts'
import { assetKey } from '../client/live.ts'
import { useLastReading, useModel } from '../client/queries.ts'

/** What the lower half of Now looks at: one asset of one model, and one of its features. */
export interface Look {
  model: string
  asset: string
  features: readonly Feature[]
  feature: Feature
  /** Usual ranges as people are shown them. */
  usual: (feature: string) => { min: number; max: number } | undefined
  newest: LiveReading | undefined
  tail: readonly LiveReading[]
}

/** The alert's asset and its strongest input; without an alert the asset first heard of and its first feature. */
export function useLook(alert: Alert | undefined): {
  look: Look | undefined
  pending: boolean
  error: unknown
  retry: () => void
} {
  const live = useLive()
  const status = useStatus()
  const heard = [...live.values()].map(({ newest }) => newest).sort((a, b) => (a.asset < b.asset ? -1 : 1))
  const model = alert?.model.id ?? heard[0]?.model ?? status?.models[0]?.id
  const detail = useModel(model)
  const wanted = alert?.asset ?? heard[0]?.asset
  const known = model !== undefined && wanted !== undefined ? live.get(assetKey(model, wanted)) : undefined
  const last = useLastReading(model, wanted, known === undefined)
  const asset = wanted ?? last.data?.asset
  const features = detail.data?.manifest.inputs.features
  const feature =
    features?.find(({ name }) => name === alert?.contributions[0]?.feature) ??
    features?.find(({ kind }) => kind === 'number')
  const rest = {
    pending: detail.isPending || last.isLoading,
    error: detail.error,
    retry: () => void detail.refetch(),
  }
  if (model === undefined || asset === undefined || !features || !feature) return { look: undefined, ...rest }
  return {
    look: {
      model,
      asset,
      features,
      feature,
      usual: (name) =>
        alert?.contributions.find((c) => c.feature === name)?.usual ??
        detail.data?.usual?.[name] ??
        features.find((each) => each.name === name)?.learned,
      newest: known?.newest ?? last.data ?? undefined,
      tail: known?.tail ?? [],
    },
    ...rest,
  }
}
