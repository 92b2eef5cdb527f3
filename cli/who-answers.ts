import type { ModelSummary } from '#core/contracts/deployment.ts'

/** Who answers readings of a model now, in words. */
export function whoAnswers({ answeredBy, slots: { running } }: ModelSummary): string {
  if (answeredBy === 'model') return `${running?.version} answers`
  return answeredBy === 'rules' ? 'its fallback rules answer' : 'nobody answers'
}
