import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { manifestOf } from '#support/manifest.ts'

/** A manifest in which every kind of tensor, feature and output is used, and nothing contradicts anything. */
const whole = (): Manifest =>
  manifestOf({
    features: [
      { name: 'a', title: 'A', kind: 'number', nullable: true, fill: 'nan' },
      { name: 'n', title: 'N', kind: 'number', nullable: false, physical: { min: 0, max: 9 } },
      { name: 'type', title: 'Type', kind: 'category', codes: { L: 0, M: 1 }, nullable: true, fill: 0 },
      { name: 'site', title: 'Site', kind: 'category', words: ['N', 'S'], nullable: true, fill: 'N' },
      { name: 'note', title: 'Note', kind: 'text', nullable: true, fill: '' },
      { name: 'u', title: 'U', kind: 'series', length: 4, nullable: false },
      { name: 'v', title: 'V', kind: 'series', length: 4, nullable: false },
      { name: 'photo', title: 'Photo', kind: 'image', nullable: false },
    ],
    tensors: [
      { name: 'x', kind: 'columns', dtype: 'float32', features: ['a', 'type'], shape: [1, 2] },
      { name: 'count', kind: 'columns', dtype: 'int32', features: ['n'] },
      { name: 'words', kind: 'columns', dtype: 'string', features: ['site', 'note'] },
      {
        name: 'past',
        kind: 'window',
        dtype: 'float32',
        features: ['a', 'n'],
        steps: 3,
        layout: 'time-feature',
        shape: [6],
      },
      {
        name: 'wave',
        kind: 'series',
        dtype: 'float32',
        features: ['u', 'v'],
        layout: 'feature-time',
        shape: [2, 4, 1],
      },
      {
        name: 'picture',
        kind: 'image',
        dtype: 'float32',
        feature: 'photo',
        width: 8,
        height: 8,
        colour: 'rgb',
        layout: 'channels-first',
        fit: 'fill',
        kernel: 'linear',
        mean: [0.5, 0.5, 0.5],
        std: [1, 1, 1],
      },
      { name: 'rate', kind: 'constant', dtype: 'int64', value: 16_000, shape: [] },
    ],
    others: [
      { name: 'life', title: 'Life', kind: 'regression', classes: [], activation: 'none', unit: 'h' },
      {
        name: 'axes',
        title: 'Axes',
        kind: 'regression',
        classes: [],
        targets: ['x', 'y'],
        activation: 'none',
      },
      { name: 'state', title: 'State', kind: 'multiclass', classes: ['i', 'j', 'k'], activation: 'label' },
    ],
  })

type Change = (m: Manifest) => unknown
const feature = (m: Manifest, name: string) => m.inputs.features.find((f) => f.name === name)!
const tensor = (m: Manifest, name: string) => m.inputs.tensors.find((t) => t.name === name)!
const inFeature =
  (name: string, part: Partial<Manifest['inputs']['features'][number]>): Change =>
  (m) =>
    Object.assign(feature(m, name), part)
const inTensor =
  (name: string, part: object): Change =>
  (m) =>
    Object.assign(tensor(m, name), part)
const inOutput =
  (at: number, part: object): Change =>
  (m) =>
    Object.assign(m.outputs[at]!, part)
const inRule =
  (part: object): Change =>
  (m) =>
    Object.assign(m.decision.alerts[0]!, part)

describe('a manifest', () => {
  it('of every kind contradicts itself nowhere', () => {
    expect(contradictions(whole())).toEqual([])
  })

  it.each<[string, Change]>([
    ['inputs.features: two features share one name', (m) => m.inputs.features.push(feature(m, 'n'))],
    [
      'inputs.features: there are 2001, and a reading has at most 2000 values; bind what belongs together as one series',
      (m) => {
        const more = Array.from({ length: 1993 }, (_, k) => ({ ...feature(m, 'n'), name: `n${k}` }))
        m.inputs.features.push(...more)
        inTensor('count', { features: ['n', ...more.map(({ name }) => name)] })(m)
      },
    ],
    ['inputs.tensors: "rate" is there twice', (m) => m.inputs.tensors.push(tensor(m, 'rate'))],
    [
      'inputs.features: "n": "fill" is 0.5, and int32 holds whole numbers',
      inFeature('n', { nullable: true, fill: 0.5 }),
    ],
    [
      'inputs.features: "type": the code of "M" is -1, and uint8 reaches from 0 to 255',
      (m) => {
        inTensor('x', { features: ['a', 'a'] })(m)
        m.inputs.tensors.push({ name: 'code', kind: 'columns', dtype: 'uint8', features: ['type'] })
        inFeature('type', { codes: { L: 0, M: -1 } })(m)
      },
    ],
    [
      'inputs.features: "a": "fill" is 1e+300, and it is more than float32 can hold',
      inFeature('a', { fill: 1e300 }),
    ],
    [
      'inputs.tensors: "rate": its value is 0.5, and int64 holds whole numbers',
      inTensor('rate', { value: 0.5 }),
    ],
    [
      'inputs.tensors: "rate": its shape holds 10000000000 values, more than 1000000',
      inTensor('rate', { shape: [100_000, 100_000] }),
    ],
    [
      'inputs.tensors: "picture": "scale", "mean" and "std" turn pixels into 0 to 1, and uint8 holds whole numbers from 0 to 255',
      inTensor('picture', { dtype: 'uint8', mean: undefined, std: undefined, scale: 1 / 255 }),
    ],
    [
      'inputs.tensors: "picture": "scale", "mean" and "std" turn pixels into -128 to 127, and uint8 holds whole numbers from 0 to 255',
      inTensor('picture', { dtype: 'uint8', mean: [128, 128, 128], std: undefined }),
    ],
    ...(['maxBatch', 'fixedBatch'] as const).map((name): [string, Change] => [
      'operation: a batch of 4096 rows holds 123723776 values, more than 67108864',
      (m) => {
        inTensor('past', { steps: 10_000, shape: undefined, features: ['a', 'n', 'n'] })(m)
        m.operation[name] = 4096
      },
    ]),
    ['outputs: "axes" names "x" twice', inOutput(2, { targets: ['x', 'x'] })],
    ['outputs: "state" names "i" twice', inOutput(3, { classes: ['i', 'j', 'i'] })],
    ['outputs: "life".range: min is above max', inOutput(1, { range: { min: 1, max: 0 } })],
    ['inputs.tensors: "gone" is not among inputs.features', inTensor('count', { features: ['n', 'gone'] })],
    [
      'inputs.tensors: "count" is of kind columns, which takes no image such as "photo"',
      inTensor('count', { features: ['n', 'photo'] }),
    ],
    [
      'inputs.tensors: "past" is of kind window, which takes no category such as "type"',
      inTensor('past', { features: ['a', 'type'] }),
    ],
    [
      'inputs.tensors: "wave" is of kind series, which takes no number such as "n"',
      inTensor('wave', { features: ['u', 'v', 'n'], shape: [3, 4, 1] }),
    ],
    [
      'inputs.tensors: "picture" is of kind image, which takes no text such as "note"',
      (m) => {
        m.inputs.features = m.inputs.features.filter(({ name }) => name !== 'photo')
        inTensor('picture', { feature: 'note' })(m)
      },
    ],
    [
      'inputs.tensors: "count" takes int32, and "note" is a text',
      inTensor('count', { features: ['n', 'note'] }),
    ],
    ['inputs.tensors: "rate" is int64, and its value is a boolean', inTensor('rate', { value: true })],
    ['inputs.tensors: "rate" is string, and its value is a number', inTensor('rate', { dtype: 'string' })],
    [
      'inputs.tensors: "picture": "mean" needs one number per channel, 3',
      inTensor('picture', { mean: [0.5] }),
    ],
    [
      'inputs.tensors: "picture": "std" needs one number per channel, 1',
      inTensor('picture', { colour: 'grey', mean: undefined }),
    ],
    ['inputs.tensors: "picture": "std" may not be 0', inTensor('picture', { std: [1, 0, 1] })],
    ['inputs.tensors: "picture": an image is no bool', inTensor('picture', { dtype: 'bool' })],
    [
      'inputs.tensors: "past": a window holds numbers',
      inTensor('past', { dtype: 'string', features: ['site', 'note'] }),
    ],
    ['inputs.tensors: "wave": its series differ in length', inFeature('v', { length: 5 })],
    ['inputs.tensors: "x": its shape holds 3 values, its features give 2', inTensor('x', { shape: [1, 3] })],
    [
      'inputs.tensors: "past": its shape holds 4 values, its features give 6',
      inTensor('past', { shape: [2, 2] }),
    ],
    [
      'inputs.tensors: "wave": its shape holds 9 values, its features give 8',
      inTensor('wave', { shape: [9] }),
    ],
    [
      'inputs.features: "n" enters no tensor',
      (m) => {
        inTensor('count', { features: ['a'], dtype: 'float32' })(m)
        inTensor('past', { features: ['a'], shape: [3] })(m)
      },
    ],
    [
      'inputs.features: "type" holds words, but the model takes numbers: write in "codes" the number that training used for each word',
      inFeature('type', { codes: undefined }),
    ],
    [
      'inputs.features: "site" holds words: list in "words" those that the model was trained on',
      inFeature('site', { words: undefined, codes: { N: 0 }, fill: 0 }),
    ],
    [
      'inputs.features: "site": "codes" and "words" exclude one another',
      inFeature('site', { codes: { N: 0 } }),
    ],
    [
      'inputs.features: "u" is a series: "length" is missing',
      (m) => {
        inFeature('u', { length: undefined })(m)
        inTensor('wave', { features: ['v'], shape: [4] })(m)
        m.inputs.tensors.push({
          name: 'bare',
          kind: 'series',
          dtype: 'float32',
          features: ['u'],
          layout: 'time-feature',
        })
      },
    ],
    [
      'inputs.features: "n" is a number, and its tensor takes texts',
      inTensor('words', { features: ['site', 'note', 'n'] }),
    ],
    ['inputs.features: "photo": an image may not be null', inFeature('photo', { nullable: true })],
    [
      'inputs.features: "a" may be null, so "fill" must say what the model gets instead (a number or "nan")',
      inFeature('a', { fill: undefined }),
    ],
    [
      'inputs.features: "site" may be null, so "fill" must say which word the model gets instead',
      inFeature('site', { fill: undefined }),
    ],
    ['inputs.features: "type": "fill" must be a number or "nan"', inFeature('type', { fill: 'L' })],
    [
      'inputs.features: "n": whole numbers know no NaN; "fill" must be a number',
      inFeature('n', { nullable: true, fill: 'nan' }),
    ],
    ['inputs.features: "site": "fill" is none of its words', inFeature('site', { fill: 'E' })],
    ['inputs.features: "n".physical: min is above max', inFeature('n', { physical: { min: 1, max: 0 } })],
    ['inputs.features: "n".learned: min is above max', inFeature('n', { learned: { min: 1, max: 0 } })],
    ['outputs: "life" is regression and lists 1 classes', inOutput(1, { classes: ['h'] })],
    ['outputs: "state" is multiclass and lists 0 classes', inOutput(3, { classes: [] })],
    [
      'outputs: "p" is binary: it needs two classes, and "positive" must be one of them',
      inOutput(0, { positive: '2' }),
    ],
    ['outputs: "life" is regression, and a label names one class', inOutput(1, { activation: 'label' })],
    [
      'outputs: "state" is multiclass: targets, interval and range belong to a regression',
      inOutput(3, { range: { min: 0 } }),
    ],
    [
      'outputs: "axes" has several targets; an interval is of one',
      inOutput(2, { interval: { coverage: 0.5, lower: -1, upper: 1, n: 10, from: 'x' } }),
    ],
    ['outputs: "life" is there twice', inOutput(2, { name: 'life' })],
    [
      'decision.alerts: two rules share the id "failure"',
      (m) => m.decision.alerts.push({ ...m.decision.alerts[0]! }),
    ],
    [
      'decision.alerts: "failure" watches output "gone", which the model does not have',
      inRule({ output: 'gone' }),
    ],
    ['decision.alerts: "failure" watches class "2", which the output does not have', inRule({ class: '2' })],
    [
      'decision.alerts: "failure" watches class "value", which the output does not have',
      inRule({ output: 'life', class: 'value' }),
    ],
    [
      'decision.alerts: "failure" watches class "", which the output does not have',
      inRule({ output: 'axes', class: undefined }),
    ],
    [
      'decision.alerts: "failure" would clear before it is raised: clear 0.6, raise 0.5',
      inRule({ clear: 0.6 }),
    ],
    [
      'decision.alerts: "failure" would clear before it is raised: clear 0.4, raise 0.5',
      inRule({ direction: 'below' }),
    ],
    [
      'operation: a graph without a batch axis takes one row at a time: "fixedBatch" must be 1',
      (m) => Object.assign(m.operation, { noBatchAxis: true }),
    ],
  ])('says: %s', (sentence, change) => {
    const manifest = whole()
    change(manifest)
    expect(contradictions(manifest).filter((said) => said === sentence)).toHaveLength(1)
    expect(manifestSchema.safeParse(manifest).success).toBe(true)
  })

  it.each<[string, Change]>([
    ['a rule on one of several values', inRule({ output: 'axes', class: 'y' })],
    ['a rule on a value', inRule({ output: 'life', class: undefined })],
    ['a rule on a label', inRule({ output: 'state', class: 'k' })],
    ['a word for a missing text', inFeature('note', { fill: 'nan' })],
    ['no batch axis', (m) => Object.assign(m.operation, { noBatchAxis: true, fixedBatch: 1 })],
    ['a boolean for a flag', inTensor('rate', { dtype: 'bool', value: false })],
  ])('has nothing against %s', (_, change) => {
    const manifest = whole()
    change(manifest)
    expect(contradictions(manifest)).toEqual([])
  })
})
