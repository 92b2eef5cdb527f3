import type { Alert } from '#core/contracts/alert.ts'
import type { LiveReading } from '#core/contracts/api.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { useLive, useStatus } from '../client/context.ts'
import { assetKey } from '../client/live.ts'
import { useLastReading, useModel } from '../client/queries.ts'

/** What the lower half of Now looks at: one asset of one model. */
export interface Look {
  model: string
  asset: string
  manifest: Manifest
  features: readonly Feature[]
  /** The feature whose trend is shown, where no answer or image suits better. */
  feature: Feature | undefined
  /** Usual ranges as people are shown them. */
  usual: (feature: string) => { min: number; max: number } | undefined
  newest: LiveReading | undefined
  tail: readonly LiveReading[]
}

/**
 * The alert's asset and its strongest input. Without an alert the asset first in order and its first number; of a model
 * that takes images the one that was heard last.
 */
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
  const manifest = detail.data?.manifest
  const features = manifest?.inputs.features
  const own = heard.filter((each) => each.model === model)
  const latest = own.reduce<LiveReading | undefined>((a, b) => (a && a.timeMs >= b.timeMs ? a : b), undefined)
  const chosen = features?.some(({ kind }) => kind === 'image') ? latest : own[0]
  const wanted = alert?.asset ?? chosen?.asset
  const known = model !== undefined && wanted !== undefined ? live.get(assetKey(model, wanted)) : undefined
  const last = useLastReading(model, wanted, known === undefined)
  const asset = wanted ?? last.data?.asset
  const feature =
    features?.find(({ name }) => name === alert?.contributions[0]?.feature) ??
    features?.find(({ kind }) => kind === 'number')
  const rest = {
    pending: detail.isPending || last.isLoading,
    error: detail.error,
    retry: () => void detail.refetch(),
  }
  if (model === undefined || asset === undefined || !manifest || !features)
    return { look: undefined, ...rest }
  return {
    look: {
      model,
      asset,
      manifest,
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
