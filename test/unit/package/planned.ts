import { expect } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import type { Dtype, InputTensor } from '#core/contracts/input-tensor.ts'
import { buildColumn, type Column } from '#core/package/columns.ts'
import { type Plan, planInputs } from '#core/package/plan-inputs.ts'
import type { DeclaredInput, NoPlan, PlanOptions } from '#core/package/plan-types.ts'
import { manifestOf } from '#support/manifest.ts'

const rows = 20
export const column = (name: string, cell: (row: number) => string | number): Column => {
  const builder = buildColumn(name)
  for (let row = 0; row < rows; row++) builder.add(String(cell(row)))
  return builder.done()
}
export const numbers = (...names: string[]) =>
  names.map((name, k) => column(name, (row) => Math.sin((row + 1) * (k + 2)).toFixed(3)))
export const words = (name: string) => column(name, (row) => ['red', 'green', 'blue'][row % 3]!)
export const photos = (name = 'photo') => column(name, (row) => `images/${row}.png`)
export const waves = (name: string, length: number) =>
  column(name, (row) => `[${Array.from({ length }, (_, t) => row + t / 2).join(', ')}]`)
export const label = column('outcome', (row) => row % 2)
export const abc = [...numbers('a', 'b', 'c'), label]

export const input = (shape?: (number | string)[], name = 'x', dtype: Dtype = 'float32'): DeclaredInput => ({
  name,
  dtype,
  ...(shape && { shape }),
})

/** The plan, which must be one that a manifest can hold, but for the codes of words. */
export function planned(inputs: DeclaredInput[], columns: Column[], options: PlanOptions = {}): Plan {
  const plan = planInputs(inputs, columns, options)
  if (!plan.ok) throw new Error(plan.reason)
  const { features, tensors, fixedBatch, noBatchAxis } = plan
  const operation = { ...(fixedBatch && { fixedBatch }), ...(noBatchAxis && { noBatchAxis }) }
  expect(contradictions(manifestOf({ features, tensors, operation }))).toEqual([])
  expect(plan.how.map(({ tensor }) => tensor)).toEqual(inputs.map(({ name }) => name))
  return plan
}
export function refused(inputs: DeclaredInput[], columns: Column[], options: PlanOptions = {}): NoPlan {
  const plan = planInputs(inputs, columns, options)
  if (plan.ok) throw new Error(`it was planned: ${JSON.stringify(plan.tensors)}`)
  return plan
}

export type Columns = Extract<InputTensor, { kind: 'columns' }>
export const columnsOf = (features: string[], rest: Partial<Columns> = {}): InputTensor => ({
  name: 'x',
  kind: 'columns',
  dtype: 'float32',
  features,
  ...rest,
})
