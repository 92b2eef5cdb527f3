import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Dtype, InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { seriesOf } from '#edge/inference/to-tensors.ts'
import { fromBase64, mediaOf } from '#edge/ingest/media.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { manifestOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const other: Feature = { name: 'other', title: 'Other', kind: 'number', nullable: false }

/** One value of one feature, beside another that is always there. */
function read(feature: Partial<Feature>, tensors: InputTensor[], value: unknown) {
  const whole: Feature = { name: 'f', title: 'F', kind: 'number', nullable: false, ...feature }
  const manifest = manifestOf({
    features: [whole, other],
    tensors: [...tensors, { name: 'rest', kind: 'columns', dtype: 'float32', features: ['other'] }],
  })
  const reading = { asset: 'mill', time: '2026-11-24T13:59:59Z', values: { f: value, other: 1 } }
  const checked = createValidator(manifest).check([reading], nowMs)
  const [mark] = checked.marks.get(0) ?? []
  return {
    fit: checked.fit[0],
    value: checked.values[0]![0],
    code: mark?.code,
    message: mark?.message,
    attachment: checked.attachments.get(0)?.[0],
    sent: checked.sent.get(0)?.['f'],
  }
}
const into = (...dtypes: Dtype[]) =>
  dtypes.map((dtype): InputTensor => ({ name: `x-${dtype}`, kind: 'columns', dtype, features: ['f'] }))

describe('a number', () => {
  it.each<[Dtype, number, number]>([
    ['uint8', 0, 255],
    ['int8', -128, 127],
    ['uint16', 0, 65_535],
    ['int16', -32_768, 32_767],
    ['uint32', 0, 4_294_967_295],
    ['int32', -2_147_483_648, 2_147_483_647],
    ['uint64', 0, Number.MAX_SAFE_INTEGER],
    ['int64', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['bool', 0, 1],
  ])('that enters %s is whole and within %d and %d', (dtype, min, max) => {
    for (const value of [min, max]) expect(read({}, into(dtype), value)).toMatchObject({ fit: 1, value })
    for (const value of [min - 1, max + 1])
      expect(read({}, into(dtype), value)).toMatchObject({
        fit: 0,
        code: 'wrong-type',
        message: `"f" is ${value}; the model's numbers (${dtype}) reach from ${min} to ${max}`,
      })
    expect(read({}, into(dtype), 0.5)).toMatchObject({
      fit: 0,
      code: 'wrong-type',
      message: '"f" is 0.5; the model takes whole numbers',
    })
  })

  it.each<[Dtype, number, number]>([
    ['float16', 65_504, 65_505],
    ['float32', 3.4028234663852886e38, 3.5e38],
  ])('that enters %s is no larger than it can hold', (dtype, largest, more) => {
    for (const value of [largest, -largest])
      expect(read({}, into(dtype), value)).toMatchObject({ fit: 1, value })
    for (const value of [more, -more])
      expect(read({}, into(dtype), value)).toMatchObject({
        fit: 0,
        code: 'not-finite',
        message: `"f" is ${value}, more than the model's numbers (${dtype}) can hold`,
      })
  })

  it('takes a flag of JSON for the word that a table wrote', () => {
    const flags = { kind: 'category', codes: { True: 1, False: 0 } } as const
    expect(read(flags, into('float32'), true)).toMatchObject({ fit: 1, value: 1 })
    expect(read(flags, into('float32'), false)).toMatchObject({ fit: 1, value: 0 })
    expect(read({ kind: 'category', codes: { yes: 1, no: 0 } }, into('float32'), true).fit).toBe(0)
  })

  it('that enters float64 may be as large as a double, and is never NaN or infinite', () => {
    expect(read({}, into('float64'), -Number.MAX_VALUE)).toMatchObject({ fit: 1, value: -Number.MAX_VALUE })
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(read({}, into('float64'), value)).toMatchObject({
        fit: 0,
        code: 'not-finite',
        message: `"f" is ${value}, no finite number`,
      })
  })

  it.each<[Dtype[], number, boolean]>([
    [['int8', 'uint8'], 127, true],
    [['int8', 'uint8'], -1, false],
    [['float16', 'int32'], 7, true],
    [['float16', 'int32'], 7.5, false],
    [['float16', 'int32'], 70_000, false],
    [['int64', 'float32'], 0.5, false],
  ])('that enters %j must fit each of them: %s', (dtypes, value, fits) => {
    expect(read({}, into(...dtypes), value).fit).toBe(fits ? 1 : 0)
  })

  it('may be said as true or false only where the model takes booleans', () => {
    expect(read({}, into('bool'), true)).toMatchObject({ fit: 1, value: 1 })
    expect(read({}, into('bool'), false)).toMatchObject({ fit: 1, value: 0 })
    expect(read({}, into('uint8'), true)).toMatchObject({
      fit: 0,
      code: 'wrong-type',
      message: '"f" is the boolean true; a number is needed',
    })
  })

  it('is first compared with what the sensor can measure', () => {
    expect(read({ physical: { min: 0, max: 100 }, unit: 'Cel' }, into('uint8'), 300)).toMatchObject({
      code: 'outside-physical-limits',
      message: '"f" is 300, outside what the sensor can measure (0 to 100 Cel)',
    })
  })
})

describe('a category', () => {
  const words: Partial<Feature> = { kind: 'category', words: ['N', 'S', '3'] }
  it('of words is kept by its place among them', () => {
    expect(read(words, into('string'), 'S')).toMatchObject({ fit: 1, value: 1 })
    expect(read(words, into('string'), 3)).toMatchObject({ fit: 1, value: 2 })
    expect(read(words, into('string'), 's')).toMatchObject({
      fit: 0,
      code: 'unknown-category',
      message: '"f" is the text "s"; the model knows N, S, 3',
    })
  })

  it('of codes is kept by its code, never by what every object has', () => {
    const codes = { kind: 'category', codes: { L: 10, H: 30 } } as const
    expect(read(codes, into('float32'), 'H')).toMatchObject({ fit: 1, value: 30 })
    for (const value of ['constructor', '__proto__', 10, true, [1]])
      expect(read(codes, into('float32'), value)).toMatchObject({ fit: 0, code: 'unknown-category' })
  })

  it('names a dozen of many words', () => {
    const many = Array.from({ length: 30 }, (_, k) => `w${k}`)
    expect(read({ kind: 'category', words: many }, into('string'), 'x').message).toMatch(
      /knows w0, .*w11 and 18 more$/,
    )
  })
})

describe('a text', () => {
  const text = { kind: 'text' } as const
  it('is kept as it is', () => {
    expect(read(text, into('string'), ' Lager heiß 故障 ')).toMatchObject({
      fit: 1,
      value: ' Lager heiß 故障 ',
    })
  })

  it.each([
    [7, 'the number 7'],
    [true, 'the boolean true'],
    [[1, 2], 'an array of 2'],
  ])('is not %j', (value, named) => {
    expect(read(text, into('string'), value)).toMatchObject({
      fit: 0,
      code: 'wrong-type',
      message: `"f" is ${named}; a text is needed`,
      value: null,
    })
  })

  it('of 100,000 characters is taken, of one more not, and is cut in the record', () => {
    expect(read(text, into('string'), 'x'.repeat(100_000)).fit).toBe(1)
    const long = read(text, into('string'), 'x'.repeat(100_001))
    expect(long).toMatchObject({ fit: 0, code: 'wrong-type' })
    expect(long.sent).toBe(`${'x'.repeat(1000)}… (100001 characters)`)
  })

  it('of nothing but blanks is missing', () => {
    expect(read(text, into('string'), ' \n')).toMatchObject({ fit: 0, code: 'missing-feature' })
    expect(read({ ...text, nullable: true, fill: 'none' }, into('string'), '')).toMatchObject({
      fit: 1,
      value: null,
      code: 'filled',
      message: '"f" is missing; the model gets none',
    })
  })
})

describe('a series', () => {
  const wave = (dtype: Dtype): InputTensor[] => [
    { name: 'wave', kind: 'series', dtype, features: ['f'], layout: 'time-feature' },
  ]
  const series = { kind: 'series', length: 3 } as const

  it('is attached as little-endian doubles, under its digest', () => {
    const { fit, value, attachment } = read(series, wave('float32'), [1, -2.5, 3])
    expect(fit).toBe(1)
    expect(attachment!.media).toBe('application/octet-stream')
    expect([...seriesOf(attachment!.bytes)]).toEqual([1, -2.5, 3])
    expect([0, 8, 16].map((place) => Buffer.from(attachment!.bytes).readDoubleLE(place))).toEqual([
      1, -2.5, 3,
    ])
    expect(value).toBe(`sha256:${createHash('sha256').update(attachment!.bytes).digest('hex')}`)
  })

  it.each<[unknown, Dtype, string, string]>([
    [[1, 2], 'float32', 'series-length', '"f" has 2 values; the model takes 3'],
    [[1, 2, 3, 4], 'float32', 'series-length', '"f" has 4 values; the model takes 3'],
    [[], 'float32', 'series-length', '"f" has 0 values; the model takes 3'],
    [7, 'float32', 'wrong-type', '"f" is the number 7; an array of 3 numbers is needed'],
    [[1, Number.NaN, 3], 'float32', 'not-finite', 'value 2 of "f" is NaN, no finite number'],
    [
      [1, 2, 1e39],
      'float32',
      'not-finite',
      `value 3 of "f" is 1e+39, more than the model's numbers (float32) can hold`,
    ],
    [[0.5, 2, 3], 'int16', 'wrong-type', 'value 1 of "f" is 0.5; the model takes whole numbers'],
    [
      [1, null, null],
      'float32',
      'missing-feature',
      '2 values of "f" are null, and the model was not trained for that',
    ],
    [[null, null, null], 'float32', 'missing-feature', '"f" is null, and the model was not trained for that'],
    [null, 'float32', 'missing-feature', '"f" is null, and the model was not trained for that'],
  ])('%j for %s is refused', (value, dtype, code, message) => {
    expect(read(series, wave(dtype), value)).toMatchObject({ fit: 0, code, message })
  })

  it('may have gaps where the manifest says what the model gets for them', () => {
    const gaps = { ...series, nullable: true, fill: 'nan' } as const
    const some = read(gaps, wave('float32'), [1, null, 3])
    expect(some).toMatchObject({
      fit: 1,
      code: 'filled',
      message: '1 of 3 values of "f" are missing; the model gets nan',
    })
    expect([...seriesOf(some.attachment!.bytes)]).toEqual([1, Number.NaN, 3])
    expect(read(gaps, wave('float32'), [null, null, null])).toMatchObject({
      fit: 1,
      code: 'filled',
      message: '"f" is missing; the model gets nan',
      attachment: undefined,
      value: null,
    })
  })
})

describe('an image', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2])
  const picture: InputTensor[] = [
    {
      name: 'picture',
      kind: 'image',
      dtype: 'float32',
      feature: 'f',
      width: 4,
      height: 4,
      colour: 'grey',
      layout: 'channels-first',
      fit: 'fill',
      kernel: 'linear',
    },
  ]
  const image = { kind: 'image' } as const

  it.each([
    ['base64', png.toString('base64'), 'image/png', png],
    ['a data URL', `data:image/png;base64,${png.toString('base64')}`, 'image/png', png],
    ['base64 in lines', png.toString('base64').replace(/(.{5})/g, '$1\r\n'), 'image/png', png],
    [
      'a JPEG that calls itself a PNG',
      `data:image/png;base64,${jpeg.toString('base64')}`,
      'image/jpeg',
      jpeg,
    ],
  ])('in %s is kept byte by byte, as what it is', (_, value, media, bytes) => {
    const found = read(image, picture, value)
    expect(found).toMatchObject({
      fit: 1,
      value: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    })
    expect(found.attachment!.media).toBe(media)
    expect(Buffer.from(found.attachment!.bytes).equals(bytes)).toBe(true)
  })

  it.each<[string, unknown, string, string]>([
    ['nothing', '', 'image-unreadable', '"f" is no PNG or JPEG in base64'],
    [
      'another file',
      Buffer.from('GIF89a…').toString('base64'),
      'image-unreadable',
      '"f" is no PNG or JPEG in base64',
    ],
    ['no base64', '%PNG%', 'image-unreadable', '"f" is no PNG or JPEG in base64'],
    ['a path', 'images/a.png', 'image-unreadable', '"f" is no PNG or JPEG in base64'],
    ['a number', 7, 'wrong-type', '"f" is the number 7; an image in base64 is needed'],
    ['pixels', [0, 255], 'wrong-type', '"f" is an array of 2; an image in base64 is needed'],
    ['null', null, 'missing-feature', '"f" is null, and the model was not trained for that'],
  ])('is not %s', (_, value, code, message) => {
    expect(read(image, picture, value)).toMatchObject({ fit: 0, code, message, attachment: undefined })
  })

  it('of a refused reading stands in the record as its digest', () => {
    const manifest = manifestOf({
      features: [{ name: 'f', title: 'F', nullable: false, ...image }, other],
      tensors: [...picture, ...into('float32').map((t) => ({ ...t, features: ['other'] }) as InputTensor)],
    })
    const reading = {
      asset: 'x',
      time: '2026-11-24T13:59:59Z',
      values: { f: png.toString('base64'), other: 'far' },
    }
    const checked = createValidator(manifest).check([reading], nowMs)
    expect(checked.sent.get(0)).toEqual({
      f: `sha256:${createHash('sha256').update(png).digest('hex')}`,
      other: 'far',
    })
  })

  it('is told from a text of blanks without trying it again and again', () => {
    // Quadratic in 4 million characters would outlast every patience.
    expect(fromBase64(`${' '.repeat(4_000_000)}!`)).toBeUndefined()
    expect(fromBase64(' aG k= \n')).toEqual(Buffer.from('hi'))
    expect(mediaOf(new Uint8Array())).toBeUndefined()
  })
})
