import type { InputTensor } from '#core/contracts/input-tensor.ts'
import { type AlertRule, type Feature, type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'

interface Parts {
  id?: string
  features?: Feature[]
  /** Instead of one table "x" of all features. */
  tensors?: InputTensor[]
  output?: Partial<OutputTensor>
  /** After the first. */
  others?: OutputTensor[]
  alerts?: AlertRule[]
  operation?: Partial<Manifest['operation']>
  fallback?: Manifest['fallback']
  guardrails?: Manifest['guardrails']
}

export const ruleOf = (rule: Partial<AlertRule> = {}): AlertRule => ({
  id: 'failure',
  title: 'failure likely',
  class: '1',
  direction: 'above',
  raise: 0.5,
  clear: 0.4,
  onDelayS: 0,
  offDelayS: 0,
  priority: 'high',
  cause: 'wear',
  consequence: 'the part is scrapped',
  actions: ['Stop.'],
  respondWithinMin: 15,
  ...rule,
})

/** A valid manifest of a small binary model; parts of it as the test needs them. */
export function manifestOf({
  id = 'test-model',
  features,
  tensors,
  output,
  others = [],
  alerts = [ruleOf()],
  operation,
  fallback,
  guardrails,
}: Parts = {}): Manifest {
  const inputs =
    features ?? ['a', 'b'].map((name): Feature => ({ name, title: name, kind: 'number', nullable: false }))
  return manifestSchema.parse({
    formatVersion: 1,
    id,
    version: '1.0.0',
    release: 1,
    title: 'Test model',
    purpose: 'tests',
    notFor: 'anything else',
    trainedOn: { data: 'none' },
    people: { owner: { name: 'K. Lindqvist' }, escalation: { name: 'M. Keller' } },
    inputs: {
      features: inputs,
      tensors: tensors ?? [{ name: 'x', dtype: 'float32', features: inputs.map((f) => f.name) }],
    },
    outputs: [
      {
        name: 'p',
        title: 'Risk',
        kind: 'binary',
        classes: ['0', '1'],
        positive: '1',
        activation: 'none',
        ...output,
      },
      ...others,
    ],
    decision: { alerts },
    ...(fallback && { fallback }),
    ...(guardrails && { guardrails }),
    success: [],
    operation: {
      goldenTolerance: { absolute: 1e-6, relative: 1e-5 },
      deadlineMs: 1000,
      maxBatch: 128,
      ...operation,
    },
    retentionDays: 30,
  })
}
