import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { stream } from '#models/machine-failure/chance.ts'
import { type Class, classes, drawXray } from '#models/pneumonia-triage/eigen.ts'
import { toPng } from '#models/pneumonia-triage/picture.ts'

const folder = new URL('../../../models/pneumonia-triage/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')

interface Share {
  value: number
  low: number
  high: number
}
interface Figures {
  images: number
  normal: number
  pneumonia: number
  tp: number
  fp: number
  fn: number
  tn: number
  auc: Share
  sensitivity: Share
  specificity: Share
  precision: Share
  brier: Share
  ece: Share
  calibration: { from: number; to: number; n: number; mean: number; observed: Share }[]
}
interface Spread {
  n: number
  flagged: Share
  percentiles: Record<string, number>
}
const metrics = JSON.parse(read('metrics.json')) as {
  data: { md5: string; counts: Record<string, Record<Class, number>> }
  thresholds: { raise: number; clear: number }
  validation: Figures
  test: Figures
  spread: Record<'test' | 'validation' | 'generated', Record<Class, Spread>>
}
const interval = ({ value, low, high }: Share, digits = 3) =>
  `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`
const card = read('package/card.md')
const lines = card.split('\n')

describe('the manifest of the X-ray model', () => {
  const json: unknown = JSON.parse(read('package/model.json'))
  const manifest: Manifest = manifestSchema.parse(json)

  it('is valid and contradicts itself nowhere', () => {
    expect(contradictions(manifest)).toEqual([])
  })

  it('raises and clears at the thresholds that validation chose', () => {
    expect(manifest.decision.alerts).toHaveLength(1)
    expect(manifest.decision.alerts[0]).toMatchObject(metrics.thresholds)
    expect(metrics.validation.sensitivity.value).toBeGreaterThanOrEqual(0.9)
  })

  it('says every text in English and in German', () => {
    const texts: Record<string, string>[] = []
    JSON.stringify(json, (_, value: unknown) => {
      if (value !== null && typeof value === 'object' && 'en' in value)
        texts.push(value as Record<string, string>)
      return value
    })
    expect(texts.length).toBeGreaterThan(9)
    for (const text of texts) {
      expect(Object.keys(text)).toEqual(['en', 'de'])
      expect(text['en']).not.toBe(text['de'])
    }
    const [rule] = manifest.decision.alerts
    for (const text of [rule!.title, rule!.cause, rule!.consequence, ...rule!.actions])
      expect(text).toHaveProperty('de')
  })

  it('claims no diagnosis', () => {
    expect(manifest.notFor).toMatchObject({
      en: expect.stringMatching(/not a medical device, and gives no diagnosis/),
    })
    expect(manifest.decision.alerts[0]!.cause).toMatchObject({ en: expect.stringMatching(/not a diagnosis/) })
  })
})

describe('the card of the X-ray model', () => {
  it('has the measured figures of validation and test', () => {
    const { validation, test } = metrics
    for (const [words, key] of [
      ['AUC', 'auc'],
      ['sensitivity at the threshold', 'sensitivity'],
      ['specificity at the threshold', 'specificity'],
      ['share of flagged images that were pneumonia', 'precision'],
      ['Brier score', 'brier'],
      ['calibration error (ECE, ten bands)', 'ece'],
    ] as const)
      expect(lines).toContain(row(words, interval(validation[key]), interval(test[key])))
    for (const [words, f] of [
      ['Validation', validation],
      ['Test', test],
    ] as const)
      expect(lines).toContain(row(words, f.tp, f.fn, f.fp, f.tn))
    for (const c of test.calibration)
      expect(lines).toContain(row(`${c.from} to ${c.to}`, c.n, c.mean.toFixed(3), interval(c.observed, 2)))
    expect(card).toContain(`**${test.fn} of ${test.pneumonia} test images with pneumonia were not flagged`)
  })

  it('rests on counts that add up', () => {
    for (const f of [metrics.validation, metrics.test]) {
      expect(f.tp + f.fn).toBe(f.pneumonia)
      expect(f.fp + f.tn).toBe(f.normal)
      expect(f.normal + f.pneumonia).toBe(f.images)
      expect(f.calibration.reduce((sum, { n }) => sum + n, 0)).toBe(f.images)
      expect(f.sensitivity.value).toBeCloseTo(f.tp / f.pneumonia, 12)
      expect(f.specificity.value).toBeCloseTo(f.tn / f.normal, 12)
    }
  })

  it('shows drawn images beside real ones, as README.md does', () => {
    const readme = read('README.md').split('\n')
    for (const [key, words] of [
      ['test', 'real, test'],
      ['validation', 'real, validation'],
      ['generated', 'drawn'],
    ] as const)
      for (const kind of classes) {
        const { n, flagged, percentiles } = metrics.spread[key][kind]
        const at = ['5', '25', '50', '75', '95'].map((q) => percentiles[q]!.toFixed(3))
        const expected = row(kind, words, n.toLocaleString('en'), interval(flagged), ...at)
        expect(lines).toContain(expected)
        expect(readme).toContain(expected)
      }
  })

  it('says what it may not be used for, whose data it is and what is wrong with it', () => {
    const { train } = metrics.data.counts
    for (const words of [
      'not a medical device',
      'CC BY 4.0',
      'Kermany',
      'MedMNIST v2',
      'Guangzhou',
      metrics.data.md5,
      `${train!.normal} normal, ${train!.pneumonia.toLocaleString('en')} with pneumonia`,
      'holds no X-ray of anybody',
      'fictional',
    ])
      expect(card).toContain(words)
  })
})

describe('the reference of the X-ray model', () => {
  const rows = read('package/reference.csv').trim().split('\n').slice(1)

  it('names every image once, with its class', () => {
    const named = rows.map((line) => line.split(',')[0]!.replace('images/', ''))
    expect(named.toSorted()).toEqual(readdirSync(new URL('package/images', folder)).toSorted())
    for (const kind of classes) expect(rows.filter((line) => line.endsWith(`,${kind}`))).toHaveLength(32)
    for (const line of rows) expect(line).toMatch(/^images\/(normal|pneumonia)-\d\d\.png,\1$/)
  })

  it('holds drawn images only', () => {
    for (const [c, kind] of classes.entries())
      for (let i = 0; i < 32; i++) {
        const name = `package/images/${kind}-${String(i + 1).padStart(2, '0')}.png`
        const again = toPng(drawXray(kind, stream(28, c, i)))
        expect(readFileSync(new URL(name, folder)).equals(again), name).toBe(true)
      }
  })
})
