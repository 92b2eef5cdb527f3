import type { Manifest } from '#core/contracts/manifest.ts'

/** What the lower half of Now shows of a model. */
export type Shows = 'image' | 'trend' | 'said'

/** Its image where it takes one; a trend where there is a number to follow; else what it said, in a list. */
export function showsOf({ inputs, outputs }: Pick<Manifest, 'inputs' | 'outputs'>): Shows {
  if (inputs.features.some(({ kind }) => kind === 'image')) return 'image'
  const [first] = outputs
  const isOneValue = first?.kind === 'regression' && first.activation !== 'label' && !first.targets
  return isOneValue || inputs.features.some(({ kind }) => kind === 'number') ? 'trend' : 'said'
}
