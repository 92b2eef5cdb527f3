import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { outputSchema } from '#core/contracts/output-tensor.ts'
import { chooseOutputs, guessOutput, type OutputSample } from '#core/package/guess-output.ts'
import { manifestOf } from '#support/manifest.ts'

const guess = (sample: Partial<OutputSample> & { data: ArrayLike<number | string> }) =>
  guessOutput({ name: 'y', dtype: 'float32', width: 1, inputWidth: 5, ...sample })!
const counted = (n: number) => Array.from({ length: n }, (_, k) => k)

describe('an output of labels', () => {
  it.each<[string, Partial<OutputSample> & { data: ArrayLike<number | string> }, object]>([
    [
      'texts',
      { dtype: 'string', data: ['worn', 'ok', 'ok', 'broken'] },
      { kind: 'multiclass', classes: ['broken', 'ok', 'worn'] },
    ],
    [
      'two texts',
      { dtype: 'string', data: ['yes', 'no'] },
      { kind: 'binary', classes: ['no', 'yes'], positive: 'yes' },
    ],
    [
      'whole numbers',
      { dtype: 'int64', data: [10, 2, 2, -1] },
      { kind: 'multiclass', classes: ['-1', '2', '10'] },
    ],
    [
      'an outlier’s −1 and 1',
      { dtype: 'int64', data: [1, -1] },
      { kind: 'binary', classes: ['-1', '1'], positive: '-1' },
    ],
    ['booleans', { dtype: 'bool', data: [0, 1, 0] }, { kind: 'binary', classes: ['0', '1'], positive: '1' }],
    [
      'nothing but 0',
      { dtype: 'uint8', data: [0, 0] },
      { kind: 'binary', classes: ['0', '1'], positive: '1' },
    ],
    [
      'one text',
      { dtype: 'string', data: ['ok', 'ok'] },
      { kind: 'binary', classes: ['ok', 'not ok'], positive: 'not ok' },
    ],
    [
      'texts that the model names among others',
      { dtype: 'string', data: ['ok'], classNames: ['worn', 'ok', 'broken'] },
      { kind: 'multiclass', classes: ['worn', 'ok', 'broken'] },
    ],
    [
      'texts that the model’s names do not know',
      { dtype: 'string', data: ['a', 'b', 'c'], classNames: ['0', '1', '2'] },
      { kind: 'multiclass', classes: ['a', 'b', 'c'] },
    ],
    [
      'fifty of them',
      { dtype: 'int32', data: counted(50) },
      { kind: 'multiclass', classes: counted(50).map(String) },
    ],
  ])('%s', (_, sample, expected) => {
    const { output, seen } = guess(sample)
    expect(output).toMatchObject({ activation: 'label', ...expected })
    expect(seen).toMatch(/^the class itself \(.*without a word on how sure the model is$/)
  })

  it('is both flags where only 1 was seen, and nothing where each row has a text of its own', () => {
    expect(guess({ dtype: 'bool', data: [1, 1] }).output.classes).toEqual(['0', '1'])
    const names = counted(60).map((k) => `name ${k}`)
    expect(guessOutput({ name: 'y', dtype: 'string', data: names, width: 1, inputWidth: 5 })).toBeUndefined()
  })

  it('is a value where there are more different whole numbers than labels', () => {
    expect(guess({ dtype: 'int32', data: counted(51) }).output).toMatchObject({
      kind: 'regression',
      activation: 'none',
      classes: [],
    })
  })

  it('is no label where it has more columns, or fractions', () => {
    expect(guess({ dtype: 'int64', width: 2, data: [5, 1, 2, 9] }).output.activation).toBe('softmax')
    expect(guess({ dtype: 'float32', data: [0, 1, 1] }).output).toMatchObject({
      kind: 'binary',
      activation: 'none',
    })
  })
})

describe('an output of several values', () => {
  const wild = (width: number) => counted(2 * width).map((k) => k - 3.5)
  it.each<[string, Partial<OutputSample>, number]>([
    ['named like values', { name: 'variable' }, 3],
    ['named like a prediction', { name: 'y_pred' }, 3],
    ['named like a forecast', { name: 'forecast_24h' }, 24],
    ['as many as the model is given', {}, 5],
    ['more than anyone has classes', {}, 101],
  ])('%s', (_, part, width) => {
    const { output, seen } = guess({ width, data: wild(width), ...part })
    expect(output).toEqual({
      name: part.name ?? 'y',
      title: 'Prediction',
      kind: 'regression',
      classes: [],
      targets: counted(width).map(String),
      activation: 'none',
    })
    expect(seen).toContain(`${width} values (targets)`)
    expect(output).not.toHaveProperty('unit')
  })

  it.each<[string, Partial<OutputSample>, number]>([
    ['named like logits', { name: 'logits' }, 5],
    ['as many as the model has names for', { name: 'predictions', classNames: ['a', 'b', 'c'] }, 3],
    ['neither named nor as many as the model is given', {}, 4],
  ])('is logits of classes where it is %s', (_, part, width) => {
    expect(guess({ width, data: wild(width), ...part }).output).toMatchObject({
      kind: 'multiclass',
      activation: 'softmax',
      classes: part.classNames ?? counted(width).map(String),
    })
  })

  it('is probabilities where they are, whatever its name', () => {
    expect(guess({ name: 'variable', width: 3, data: [0.25, 0.25, 0.5] }).output).toMatchObject({
      kind: 'multiclass',
      activation: 'none',
    })
    expect(guess({ width: 5, data: [0.5, 0.5, 0.5, 0, 1] }).output.kind).toBe('multilabel')
  })
})

describe('a guess', () => {
  it.each([
    { dtype: 'string', data: ['a', 'b', 'c'] },
    { dtype: 'string', data: ['a'] },
    { dtype: 'int64', data: counted(80) },
    { width: 5, data: counted(10) },
    { width: 2, data: [0.5, 0.5] },
    { width: 120, data: counted(120) },
    { data: [Number.NaN] },
  ])('can stand in a manifest: %j', (sample) => {
    const { output } = guess(sample)
    expect(outputSchema.parse(output)).toEqual(output)
    expect(contradictions({ ...manifestOf({ alerts: [] }), outputs: [output] })).toEqual([])
  })
})

describe('of several outputs', () => {
  it('the probabilities come first, and the label is left out', () => {
    expect(
      chooseOutputs([
        { name: 'output_label', dtype: 'int64', width: 1 },
        { name: 'score', dtype: 'float32', width: 3 },
        { name: 'output_probability', dtype: 'float32', width: 3 },
      ]),
    ).toEqual({
      used: ['output_probability', 'score'],
      leftOut: [{ name: 'output_label', why: 'the class alone; another output says how sure' }],
    })
  })

  it('labels are used where nothing else is there', () => {
    expect(
      chooseOutputs([
        { name: 'state', dtype: 'string' },
        { name: 'flag', dtype: 'bool' },
      ]),
    ).toEqual({ used: ['state', 'flag'], leftOut: [] })
  })

  it('whole numbers named like a score are no label', () => {
    expect(
      chooseOutputs([
        { name: 'anomaly_score', dtype: 'int32' },
        { name: 'label', dtype: 'int64' },
      ]).used,
    ).toEqual(['anomaly_score'])
  })

  it('wide ones and a sixth are left out, and it is said why', () => {
    expect(
      chooseOutputs([
        { name: 'life', dtype: 'float32', width: 1 },
        { name: 'embedding', dtype: 'float32', width: 51 },
        ...['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, dtype: 'float32', width: 50 })),
      ]),
    ).toEqual({
      used: ['life', 'a', 'b', 'c', 'd'],
      leftOut: [
        { name: 'embedding', why: '51 values per row' },
        { name: 'e', why: 'enough outputs are used' },
      ],
    })
  })
})

describe('scores beside a label', () => {
  it('are distances: the label comes first', () => {
    const outputs = [
      { name: 'label', dtype: 'int64' },
      { name: 'scores', dtype: 'float32', width: 3 },
    ]
    expect(chooseOutputs(outputs)).toEqual({ used: ['label', 'scores'], leftOut: [] })
  })
})
