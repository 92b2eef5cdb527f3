import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Judgement } from './app-update-trust.ts'

export type InstallStep = { do: 'install' } | { do: 'wait'; why: string } | { do: 'nothing'; why: string }

export interface InstallFacts {
  enabled: boolean
  judgement: Judgement
  /** Models as the runtime shows them; undefined where it cannot be asked. */
  models: readonly Pick<ModelSummary, 'id' | 'slots'>[] | undefined
  /** Whether installing stops the runtime, because this app started it. */
  stopsRuntime: boolean
}

/** States in which a version is on its way: names from docs, so that states to come are known already. */
const underway = new Set(['downloading', 'verifying', 'qualifying', 'shadow', 'canary'])

/** An update never interrupts a swap of a model's version: it waits until none is under way. */
export function installStep({ enabled, judgement, models, stopsRuntime }: InstallFacts): InstallStep {
  if (!enabled) return { do: 'nothing', why: 'app updates are off' }
  if (!judgement.install) return { do: 'nothing', why: judgement.why }
  if (!stopsRuntime) return { do: 'install' }
  if (models === undefined)
    return { do: 'wait', why: 'the runtime cannot be asked whether a swap is running' }
  const swapping = models.find(({ slots }) =>
    Object.values(slots).some((slot) => slot !== null && underway.has(slot.deployment.state)),
  )
  return swapping
    ? { do: 'wait', why: `a version of ${swapping.id} is being put in place` }
    : { do: 'install' }
}
