import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { manifestSchema } from '#core/contracts/manifest.ts'
import { buildColumn } from '#core/package/columns.ts'
import {
  countToWrite,
  draftAlerts,
  draftCard,
  draftFeature,
  draftManifest,
  slug,
} from '#core/package/draft-manifest.ts'
import { guessOutput, preferredOutput } from '#core/package/guess-output.ts'
import { inWords } from '#core/package/schema-words.ts'

const guess = (width: number, data: number[], name = 'y', classNames?: string[]) =>
  guessOutput({
    name,
    dtype: 'float32',
    width,
    data: Float32Array.from(data),
    inputWidth: 5,
    ...(classNames && { classNames }),
  })!.output

describe('guessOutput', () => {
  it('goes by what the numbers look like', () => {
    expect(guess(1, [0.1, 0.9, 0, 1])).toMatchObject({
      kind: 'binary',
      activation: 'none',
      classes: ['0', '1'],
      positive: '1',
    })
    expect(guess(1, [0.1, 1.9])).toMatchObject({ kind: 'regression', activation: 'none', classes: [] })
    expect(guess(2, [0.3, 0.7, 0.25, 0.75])).toMatchObject({ kind: 'binary', activation: 'none' })
    expect(guess(3, [0.2, 0.3, 0.5, 1, 0, 0])).toMatchObject({
      kind: 'multiclass',
      activation: 'none',
      classes: ['0', '1', '2'],
    })
    expect(guess(3, [0.2, 0.3, 0.9, 1, 0, 0])).toMatchObject({ kind: 'multilabel', activation: 'none' })
    expect(guess(2, [-1, 3])).toMatchObject({ kind: 'binary', activation: 'softmax' })
    expect(guess(4, [-1, 3, 0, 0.5])).toMatchObject({ kind: 'multiclass', activation: 'softmax' })
  })

  it('goes by the name where it speaks of logits, and by the metadata for the classes', () => {
    expect(guess(1, [0.4], 'logit')).toMatchObject({ kind: 'binary', activation: 'sigmoid' })
    expect(guess(2, [0.4, 0.6], 'logits')).toMatchObject({ kind: 'binary', activation: 'softmax' })
    expect(guess(2, [0.4, 0.6], 'y', ['ok', 'worn'])).toMatchObject({
      classes: ['ok', 'worn'],
      positive: 'worn',
    })
    expect(guess(3, [0.4, 0.6, 0], 'y', ['ok', 'worn']).classes).toEqual(['0', '1', '2'])
  })

  it('passes over rows without a number', () => {
    expect(guess(1, [0.4, Number.NaN, 0.7])).toMatchObject({ kind: 'binary' })
  })

  it('prefers the output that speaks of probability', () => {
    expect(preferredOutput(['logits', 'embedding', 'probabilities'])).toBe('probabilities')
    expect(preferredOutput(['embedding', 'score'])).toBe('score')
    expect(preferredOutput(['a', 'b'])).toBe('a')
  })
})

describe('a draft', () => {
  const column = (name: string, cells: (string | number)[]) => {
    const builder = buildColumn(name)
    for (const cell of cells) builder.add(String(cell))
    return builder.done()
  }

  it('of a feature keeps the name, and gives title, unit, usual range and nulls', () => {
    const feature = draftFeature(column('Torque [Nm]', [1, 2, '', 3]))
    expect(feature).toMatchObject({
      name: 'Torque [Nm]',
      title: 'Torque',
      unit: 'N.m',
      kind: 'number',
      nullable: true,
    })
    expect(feature.learned!.min).toBeCloseTo(1.002, 10)
    expect(feature).not.toHaveProperty('physical')
  })

  it('of words leaves the codes to a person, of yes and no it does not', () => {
    expect(draftFeature(column('Type', ['L', 'M', 'L']))).not.toHaveProperty('codes')
    expect(draftFeature(column('on', ['True', 'False', 'True'])).codes).toEqual({ True: 1, False: 0 })
  })

  const output = guess(2, [0.3, 0.7])
  const draft = (parts: Partial<Parameters<typeof draftManifest>[0]> = {}) =>
    draftManifest({
      id: 'a-model',
      owner: 'K. Lindqvist',
      features: [draftFeature(column('a', [1, 2, 3])), draftFeature(column('b', [4, 5, 6]))],
      tensors: [{ name: 'input', kind: 'columns', dtype: 'float32', features: ['a', 'b'] }],
      outputs: [output],
      trainedOn: 'somewhere',
      operation: { deadlineMs: 1000, maxBatch: 512 },
      ...parts,
    })

  it.each([
    ['binary', output, 1],
    ['multiclass', guess(3, [0.2, 0.3, 0.5]), 2],
    ['multilabel', guess(3, [0.9, 0.9, 0.9]), 3],
    ['regression', guess(1, [17]), 0],
  ])('is valid as it stands (%s) and has its alert rules', (_, of, rules) => {
    const manifest = draft({ outputs: [of] })
    expect(manifestSchema.parse(manifest)).toEqual(manifest)
    expect(contradictions(manifest)).toEqual([])
    expect(manifest.decision.alerts).toHaveLength(rules)
  })

  it('gives every rule its own id, whatever the classes are called', () => {
    const rules = draftAlerts({ ...output, kind: 'multilabel', classes: ['A b', 'a-b', '故障', '2'] })
    expect(rules.map(({ id }) => id)).toEqual(['a-b', 'rule-2', 'rule-3', 'class-2'])
  })

  it('counts the texts that wait for a person, in manifest and card', () => {
    const manifest = draft({ outputs: [guess(1, [17])] })
    expect(countToWrite(manifest, '')).toBe(2)
    expect(countToWrite(manifest, draftCard(manifest, { name: 'x.csv', rows: 3 }))).toBe(7)
  })
})

describe('slug', () => {
  it.each([
    ['Machine failure (v2)', 'machine-failure-v2'],
    ['Größe_ß', 'gro-e'],
    ['---', ''],
    [`${'x'.repeat(62)}-y`, 'x'.repeat(62)],
  ])('%s', (name, id) => {
    expect(slug(name)).toBe(id)
  })
})

describe('inWords', () => {
  const problems = (value: unknown) => {
    const parsed = manifestSchema.safeParse(value)
    return parsed.success ? [] : inWords(parsed.error)
  }
  const valid = draftManifest({
    id: 'm',
    owner: 'o',
    features: [{ name: 'a', title: 'a', kind: 'number', nullable: false }],
    tensors: [{ name: 'x', kind: 'columns', dtype: 'float32', features: ['a'] }],
    outputs: [guess(1, [17])],
    trainedOn: 't',
    operation: { deadlineMs: 1, maxBatch: 512 },
  })

  it.each<[string, unknown, string]>([
    ['a missing field', { ...valid, people: {} }, 'people.owner: is missing (object is needed)'],
    ['a wrong type', { ...valid, retentionDays: '90' }, 'retentionDays: must be a number'],
    ['an unknown field', { ...valid, colour: 1 }, 'the file: "colour" is not known here'],
    [
      'a choice',
      { ...valid, inputs: { ...valid.inputs, features: [{ ...valid.inputs.features[0], kind: 'word' }] } },
      'inputs.features[0].kind: must be "number" or "category" or "text" or "image" or "series"',
    ],
    ['an empty text', { ...valid, people: { owner: { name: '' } } }, 'people.owner.name: must not be empty'],
    ['a pattern', { ...valid, version: '1.0' }, 'version: must be a semantic version such as 1.4.2'],
    ['a number too small', { ...valid, release: 0 }, 'release: must be at least 1'],
    ['a list too short', { ...valid, outputs: [] }, 'outputs: must be at least 1 entries long'],
    ['text in no form', { ...valid, title: 7 }, 'title: must be a string, or must be a record'],
  ])('names %s', (_, value, sentence) => {
    expect(problems(value)).toEqual([sentence])
  })
})
