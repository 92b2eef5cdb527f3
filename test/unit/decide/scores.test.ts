import { describe, expect, it } from 'vitest'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { columnNames, toScores } from '#edge/decide/scores.ts'

const outputs: OutputTensor[] = [
  {
    name: 'state',
    title: 'State',
    kind: 'multiclass',
    classes: ['ok', 'worn', 'broken'],
    activation: 'label',
  },
  {
    name: 'heat',
    title: 'Heat',
    kind: 'binary',
    classes: ['cold', 'hot'],
    positive: 'hot',
    activation: 'sigmoid',
  },
  { name: 'wear', title: 'Wear', kind: 'regression', classes: [], activation: 'none' },
  { name: 'axes', title: 'Axes', kind: 'regression', classes: [], targets: ['x', 'y'], activation: 'none' },
  { name: 'cause', title: 'Cause', kind: 'multilabel', classes: ['a', 'b'], activation: 'sigmoid' },
]
const raw = {
  state: { data: ['worn', 'ok', 'molten'], width: 1 },
  heat: { data: Float32Array.of(0, Math.log(3), 0), width: 1 },
  wear: { data: Float64Array.of(1.5, 2.5, 3.5), width: 1 },
  axes: { data: Float64Array.of(1, 2, 3, 4, 5, 6), width: 2 },
  cause: { data: Float32Array.of(0, Math.log(3), 1, 1, 2, 2), width: 2 },
}
const rows = (columns: Float32Array[], row: number) => columns.map((column) => column[row])

describe('scores of several outputs', () => {
  it('are columns one output after the other, the first named plainly', () => {
    expect(columnNames(outputs)).toEqual([
      'ok',
      'worn',
      'broken',
      'heat/cold',
      'heat/hot',
      'wear/value',
      'axes/x',
      'axes/y',
      'cause/a',
      'cause/b',
    ])
  })

  it('follow the row that answers each reading, each with its own activation', () => {
    const columns = toScores(outputs, raw, Int32Array.of(1, -1, 0))
    expect(columns).toHaveLength(10)
    expect(rows(columns, 0)).toEqual([
      1,
      0,
      0,
      expect.closeTo(0.25, 6),
      expect.closeTo(0.75, 6),
      2.5,
      3,
      4,
      expect.closeTo(0.731059, 6),
      expect.closeTo(0.731059, 6),
    ])
    expect(rows(columns, 1).every(Number.isNaN)).toBe(true)
    expect(rows(columns, 2)).toEqual([0, 1, 0, 0.5, 0.5, 1.5, 1, 2, 0.5, expect.closeTo(0.75, 6)])
  })

  it('know nothing of a label that the manifest does not list', () => {
    const [ok, worn, broken, cold] = toScores(outputs, raw, Int32Array.of(2))
    expect([ok![0], worn![0], broken![0]]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect(cold![0]).toBe(0.5)
  })

  it('take whole numbers and booleans for the names of classes', () => {
    const label: OutputTensor = {
      name: 'y',
      title: 'Y',
      kind: 'binary',
      classes: ['0', '1'],
      positive: '1',
      activation: 'label',
    }
    const columns = toScores(
      [label],
      { y: { data: Float64Array.of(1, 0, 2), width: 1 } },
      Int32Array.of(0, 1, 2),
    )
    expect(columns.map((column) => [...column])).toEqual([
      [0, 1, Number.NaN],
      [1, 0, Number.NaN],
    ])
  })

  it('are nothing where an output is absent, or gives texts for numbers', () => {
    const at = Int32Array.of(0)
    expect(rows(toScores(outputs, undefined, at), 0).every(Number.isNaN)).toBe(true)
    expect(rows(toScores([outputs[2]!], { other: raw.wear }, at), 0)).toEqual([Number.NaN])
    expect(rows(toScores([outputs[2]!], { wear: raw.state }, at), 0)).toEqual([Number.NaN])
  })
})
