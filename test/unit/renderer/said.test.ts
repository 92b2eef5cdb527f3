import { describe, expect, it } from 'vitest'
import type { LiveReading } from '#core/contracts/api.ts'
import type { QualityMark } from '#core/contracts/decision.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { manifold } from '#support/fake-answers.ts'
import { engineLife, life, shopVisit } from '#support/fake-engine.ts'
import { milling } from '#support/fake-scene.ts'
import { pneumonia } from '#support/fake-xray.ts'
import { words as edgeWords } from '../../../renderer/edge/i18n.ts'
import { showsOf } from '../../../renderer/edge/now/shows.ts'
import { subjectOf } from '../../../renderer/edge/now/subject.ts'
import { hexOf } from '../../../renderer/edge/said/AssetImage.tsx'
import { answers } from '../../../renderer/edge/said/answers.ts'
import { noAnswer } from '../../../renderer/edge/said/no-answer.ts'
import { chance, valueWords } from '../../../renderer/edge/said/value-words.ts'
import { riskTitle, watched, watchedBy } from '../../../renderer/edge/said/watched.ts'
import { makeFormat } from '../../../renderer/ui/format.ts'
import { makeI18n } from '../../../renderer/ui/languages.ts'

const format = makeFormat('en', 'UTC')
const { t } = makeI18n('en', edgeWords)
const reading = (fields: Partial<LiveReading>): LiveReading => ({
  model: 'm',
  asset: 'Engine 7',
  timeMs: 0,
  values: {},
  verdict: 'normal',
  quality: [],
  ...fields,
})

describe('a value in words', () => {
  const words = valueWords({ unit: '{cycle}', width: 39.1 }, format, t)
  const interval = { low: 12.4, high: 50.2, coverage: 0.9 }
  it('has the figures that its interval bears, and its unit in the reader’s language', () => {
    expect(words.value(32.4)).toBe('32\u00a0cycles')
    const german = makeFormat('de', 'UTC')
    expect(
      valueWords({ unit: '{cycle}', width: 0.39 }, german, makeI18n('de', edgeWords).t).value(1.234),
    ).toBe('1,23\u00a0Zyklen')
  })
  it('says its interval as a frequency, rounded outwards', () => {
    expect(words.short(interval)).toBe('90\u00a0%: 12 to 51')
    expect(words.between(interval)).toBe('90 of 100 like this lie between 12 and 51')
    expect(words.between({ low: 0, high: 27, coverage: 0.955 })).toBe(
      '95.5 of 100 like this lie between 0 and 27',
    )
  })
  it('is never certain where the model is not', () => {
    expect([0, 0.004, 0.87, 0.996, 1].map((p) => chance(p, format))).toEqual([
      '0\u00a0%',
      '<\u00a01\u00a0%',
      '87\u00a0%',
      '>\u00a099\u00a0%',
      '100\u00a0%',
    ])
  })
})

describe('what an alert watches', () => {
  const { manifest } = manifold()
  it('is a value with its interval, cut to what is possible', () => {
    const it = watchedBy(shopVisit(), engineLife().manifest)
    expect(it).toMatchObject({ kind: 'value', series: 'output:value' })
    expect(it.around(13.6)).toMatchObject({ low: 0, high: 32.3, coverage: 0.9 })
    expect(it.read(reading({ value: 13.6 }))).toBe(13.6)
  })
  it('is a probability, of either class of two', () => {
    const of = (name: string) => watched(pneumonia().manifest, undefined, name)
    expect(of('pneumonia').kind).toBe('risk')
    expect(of('pneumonia').read(reading({ probability: 0.8 }))).toBe(0.8)
    expect(of('normal').read(reading({ probability: 0.75 }))).toBe(0.25)
  })
  it('is a bare label, or one of several values of a further output', () => {
    const label = watched(manifest, undefined, 'scratch')
    expect(label.kind).toBe('label')
    expect(label.read(reading({ label: 'scratch' }))).toBe(1)
    const force = watched(manifest, 'forces', 'axial')
    expect(force).toMatchObject({ kind: 'value', series: 'output:forces/axial' })
    expect(force.read(reading({ outputs: { forces: { targets: { axial: 812 } } } }))).toBe(812)
    expect(force.around(812)).toBeUndefined()
  })
  it('is told from the alert alone where the model is gone', () => {
    expect(watchedBy({ class: undefined }, undefined).kind).toBe('value')
    expect(watchedBy({ class: 'OSF' }, undefined)).toMatchObject({ kind: 'risk', series: 'output:OSF' })
  })
})

describe('what a probability is of', () => {
  const [output] = pneumonia().manifest.outputs
  it.each([
    ['pneumonia', 'Likeness to pneumonia', 'de', 'Likeness to pneumonia'],
    ['pneumonia', { en: 'Like pneumonia', de: 'Ähnlichkeit' }, 'de', 'Ähnlichkeit'],
    ['pneumonia', 'Finding', 'en', 'Finding: pneumonia'],
    ['normal', 'Finding', 'en', 'normal'],
  ])('%s of %j in %s is "%s"', (name, title, language, words) => {
    expect(riskTitle({ output: { ...output!, title }, name }, language)).toBe(words)
  })
})

describe('what the model said, in a list', () => {
  const list = (fields: Partial<LiveReading>, outputs: readonly OutputTensor[]) =>
    answers(reading(fields), outputs, format, t).map(({ title, words }) => `${title}: ${words}`)
  it('is each output in its own way', () => {
    const said = { label: 'scratch', outputs: { forces: { targets: { axial: 812.4, radial: 96.1 } } } }
    expect(list(said, manifold().manifest.outputs)).toEqual([
      'Defect: scratch',
      'Cutting force: axial: 812\u00a0N',
      'Cutting force: radial: 96.1\u00a0N',
    ])
  })
  it('is the likeliest classes first, and how many are left out', () => {
    const names = ['a', 'b', 'c', 'd', 'e', '6']
    const output = { ...milling().manifest.outputs[0]!, classes: names }
    const classes = { a: 0.1, b: 0.3, c: 0.2, d: 0, e: 0.15, '6': 0.25 }
    expect(list({ classes }, [output])).toEqual([
      'b: 30\u00a0%',
      '6: 25\u00a0%',
      'c: 20\u00a0%',
      'e: 15\u00a0%',
      'and 2 more classes: ',
    ])
  })
  it('is nothing where the model gave no answer', () => {
    expect(list({ verdict: 'abstain', label: 'scratch' }, manifold().manifest.outputs)).toEqual([])
    expect(list({ verdict: 'rejected', value: 3 }, [life])).toEqual([])
  })
})

describe('why there is no answer', () => {
  const sensor = {
    name: 'oil',
    title: { en: 'Oil temperature', de: 'Öltemperatur' },
    unit: 'Cel',
    kind: 'number' as const,
    nullable: false,
  }
  const sound = { ...sensor, name: 'sound', title: { en: 'Sound', de: 'Ton' }, kind: 'series' as const }
  const why = (verdict: LiveReading['verdict'], quality: QualityMark[], language: 'en' | 'de' = 'en') =>
    noAnswer({
      newest: reading({ verdict, quality, values: { oil: 999.5 } }),
      features: [sensor, sound],
      format: makeFormat(language, 'UTC'),
      t: makeI18n(language, edgeWords).t,
    })
  const filling = {
    code: 'window-filling' as const,
    message: 'the model needs 30 readings of "Engine 7" in a row; 12 so far',
    progress: { have: 12, need: 30 },
  }
  it('is how far a window is filled', () => {
    expect(why('abstain', [filling])).toEqual({
      title: 'No answer yet',
      why: ['The model needs 30 readings of Engine 7 in a row; 12 so far.'],
      image: false,
      share: 0.4,
    })
    const { progress: _, ...bare } = filling
    expect(why('abstain', [{ ...bare, message: 'the window has 12 of 30' }])).toEqual({
      title: 'No answer yet',
      why: ['The window has 12 of 30.'],
      image: false,
    })
  })
  it.each<[string, QualityMark]>([
    ['Das Modell braucht 30 Messwerte von Engine 7 in Folge; bisher 12.', filling],
    ['Alle Werte fehlen.', { code: 'all-missing', message: 'every feature is missing' }],
    ['Öltemperatur fehlt.', { code: 'missing-feature', feature: 'oil', message: '"oil" is missing' }],
    ['Ton: einige Werte fehlen.', { code: 'missing-feature', feature: 'sound', message: '3 are null' }],
    ['"gone" is missing.', { code: 'missing-feature', feature: 'gone', message: '"gone" is missing' }],
    [
      'Öltemperatur 999,5\u00a0°C: außerhalb dessen, was der Sensor messen kann.',
      { code: 'outside-physical-limits', feature: 'oil', message: '"oil" is 999.5, outside' },
    ],
    [
      'Öltemperatur ändert sich nicht mehr; vielleicht hängt der Sensor.',
      { code: 'stuck', feature: 'oil', message: '"oil" has not changed' },
    ],
    ['Das Bild ist leer: Es gibt nichts zu beurteilen.', { code: 'image-blank', message: 'blank' }],
    ['Das Bild war nicht lesbar.', { code: 'image-unreadable', message: 'no PNG' }],
    ['Das Modell gab keine brauchbare Zahl.', { code: 'output-not-finite', message: 'no finite answer' }],
    ['The lane was slow.', { code: 'deadline-exceeded', message: 'the lane was slow' }],
  ])('is "%s" in German', (words, mark) => {
    expect(why('rejected', [mark], 'de')?.why).toEqual([words])
  })
  it('is nothing where there is one; an image that cannot be looked at is not shown', () => {
    expect(why('normal', [filling])).toBeUndefined()
    expect(why('rejected', [{ code: 'image-unreadable', message: 'no PNG' }])).toMatchObject({
      title: 'The newest reading was refused',
      image: true,
    })
  })
})

describe('what Now shows of a model', () => {
  it('is its image, a trend, or what it said', () => {
    expect(showsOf(pneumonia().manifest)).toBe('image')
    expect(showsOf(engineLife().manifest)).toBe('trend')
    expect(showsOf(milling().manifest)).toBe('trend')
    const { inputs, outputs } = manifold().manifest
    expect(showsOf({ inputs: { ...inputs, features: inputs.features.slice(2) }, outputs })).toBe('said')
  })
  it('follows a value that the model gives, with the level of the alert that is looked at', () => {
    const { manifest } = engineLife()
    const look = { manifest, feature: manifest.inputs.features[0], usual: () => undefined }
    const own = subjectOf(look, undefined, format, t)
    expect(own).toMatchObject({ title: 'Remaining life', series: 'output:value', unit: 'cycles' })
    expect(own?.said?.levels).toEqual([{ at: 15, direction: 'below' }])
    const older = subjectOf(look, { ...shopVisit(), raiseLevel: 12 }, format, t)
    expect(older?.said?.levels).toEqual([{ at: 12, direction: 'below' }])
    expect(own?.read(reading({ verdict: 'abstain', value: 3 }))).toBeUndefined()
  })
  it('takes for an image only what stands for one', () => {
    expect(hexOf(`sha256:${'0a'.repeat(32)}`)).toBe('0a'.repeat(32))
    expect(hexOf('sha256:../../etc')).toBeUndefined()
    expect(hexOf(null)).toBeUndefined()
  })
})
