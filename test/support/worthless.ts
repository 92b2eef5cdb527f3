import type { Decision } from '#core/contracts/decision.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { rgbPng } from './fake-png.ts'

/** One pixel, as a GIF (CompuServe, 1989). */
const gif = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
const solid = (red: number, green: number, blue: number, width = 40, height = 30) =>
  rgbPng(width, height, () => [red, green, blue]).toString('base64')

/** Per kind of feature: values that say nothing. Numbers in words stand for what sends NaN in JSON. */
const worthless: Record<Feature['kind'], (feature: Feature, good: Value) => Record<string, Value>> = {
  number: () => ({
    'NaN in words': 'NaN',
    'infinity in words': 'Infinity',
    'an empty text': '',
    blanks: '  ',
  }),
  category: () => ({ 'NaN in words': 'NaN', 'an empty text': '', blanks: '  ' }),
  text: () => ({ 'an empty text': '', blanks: ' \t\n ', 'NaN in words': 'NaN', 'null in words': 'null' }),
  series: ({ length = 0 }) => ({
    'a series of nulls': new Array<null>(length).fill(null),
    'an empty series': [],
    'NaN in words': 'NaN',
  }),
  image: (_, good) => ({
    'a black image': solid(0, 0, 0),
    'a white image': solid(255, 255, 255),
    'an image of one colour': solid(0, 0, 255),
    'an image of one colour in the camera’s size': solid(17, 99, 180, 640, 480),
    'an image cut short': String(good).slice(0, 4 * Math.floor(String(good).length / 8)),
    'the head of an image': String(good).slice(0, 24),
    'a text where an image should be': 'no image',
    'a GIF': gif,
    'an empty text': '',
  }),
}

/**
 * Readings that say nothing, by what they are: everything null, nothing named, and each kind's own worthless values in every
 * feature of that kind. A kind that stands beside others keeps the good values of those: one missing eye is enough.
 */
export function worthlessReadings(
  { inputs: { features } }: Manifest,
  good: Reading,
): Record<string, Reading['values']> {
  const all = (value: Value) => Object.fromEntries(features.map(({ name }) => [name, value]))
  const found: Record<string, Reading['values']> = {
    'everything null': all(null),
    'nothing named': {},
    'everything empty': all(''),
  }
  for (const kind of new Set(features.map((feature) => feature.kind))) {
    const of = features.filter((feature) => feature.kind === kind)
    for (const what of Object.keys(worthless[kind](of[0]!, good.values[of[0]!.name]!)))
      found[`${kind}: ${what}`] = {
        ...good.values,
        ...Object.fromEntries(of.map((f) => [f.name, worthless[kind](f, good.values[f.name]!)[what]!])),
      }
  }
  return found
}

/** What of a decision would pass for an answer. */
export function answersIn({ verdict, quality, ...rest }: Decision): string[] {
  const said = [
    'probability',
    'classes',
    'label',
    'value',
    'targets',
    'interval',
    'outputs',
    'alertId',
  ] as const
  return [
    ...(verdict === 'rejected' || verdict === 'abstain' ? [] : [`verdict ${verdict}`]),
    ...said.filter((key) => rest[key] !== undefined),
    ...(quality.length === 0 ? ['no word on why'] : []),
  ]
}
