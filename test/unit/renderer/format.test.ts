import { describe, expect, it } from 'vitest'
import { decimalsFor, makeFormat } from '../../../renderer/ui/format.ts'
import { displayUnit } from '../../../renderer/ui/units.ts'

const en = makeFormat('en', 'UTC')
const de = makeFormat('de', 'UTC')
const at = (text: string) => Date.parse(text)

describe('values', () => {
  it.each([
    [60.72, { min: 24.1, max: 55.9 }, '60.7', '24.1–55.9'],
    [216, { min: 9, max: 206 }, '216', '9–206'],
    [1282.4, { min: 1332, max: 1868 }, '1,282', '1,332–1,868'],
    [298.437, { min: 296.9, max: 303.2 }, '298.4', '296.9–303.2'],
    [0.00123, { min: 0.0002, max: 0.001 }, '0.00123', '0.0002–0.001'],
    [3, { min: 0, max: 1 }, '3', '0–1'],
  ])('%d is shown with the decimals its range %o calls for', (value, usual, shown, span) => {
    expect(en.value(value, usual)).toBe(shown)
    expect(en.span(usual)).toBe(span)
  })

  it('writes numbers as the reader does', () => {
    expect(de.value(60.72, { min: 24.1, max: 55.9 })).toBe('60,7')
    expect(de.value(1282.4, { min: 1332, max: 1868.5 })).toBe('1.282')
    expect(en.number(-0.01, 1)).toBe('0.0')
  })

  it('never asks for more than six decimals', () => {
    expect(decimalsFor(1e-9, { min: 1e-10, max: 2e-9 })).toBe(6)
  })
})

describe('times', () => {
  it('are on a 24-hour clock', () => {
    expect(en.timeS(at('2026-11-24T14:32:07Z'))).toBe('14:32:07')
    expect(en.time(at('2026-11-24T00:05:00Z'))).toBe('00:05')
    expect(en.weekday(at('2026-11-24T14:32:07Z'))).toBe('Tue 24 Nov')
  })

  it('say the date only where it is another day', () => {
    const now = at('2026-11-24T14:32:07Z')
    expect(en.when(at('2026-11-24T09:00:00Z'), now)).toBe('09:00')
    expect(en.when(at('2026-11-23T23:59:00Z'), now)).toBe('23 Nov 23:59')
    expect(en.when(at('2027-11-24T09:00:00Z'), now)).toBe('24 Nov 2027 09:00')
    expect(en.whenS(at('2026-11-24T09:00:01Z'), now)).toBe('09:00:01')
    expect(en.date(at('2026-03-03T00:00:00Z'), now)).toBe('3 March')
    expect(en.date(at('2025-03-03T00:00:00Z'), now)).toBe('3 March 2025')
  })
})

it.each([
  [0, '0\u00a0KB'],
  [51_200, '50\u00a0KB'],
  [4_404_019, '4.2\u00a0MB'],
  [39_000_000, '37\u00a0MB'],
  [10_093_173_145, '9.4\u00a0GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(en.bytes(bytes)).toBe(text)
})

describe('ages', () => {
  it.each([
    [-500, '0.0 s'],
    [840, '0.8 s'],
    [42_900, '42 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_199_000, '119 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 days'],
  ])('%d ms are %s', (ms, text) => {
    expect(en.age(ms)).toBe(text)
  })

  it('have their unit in the reader’s language', () => {
    expect(de.age(172_800_000)).toBe('2 Tage')
    expect(de.age(840)).toBe('0,8 s')
  })
})

describe('the countdown', () => {
  it.each([
    [725_000, '12:05', false],
    [59_999, '0:59', false],
    [0, '0:00', false],
    [-1000, '0:01', true],
    [12_420_000, '3 h 27', false],
    [-3_660_000, '1 h 01', true],
    [5 * 86_400_000, '5 days', false],
  ])('%d ms: %s', (ms, text, overdue) => {
    expect(en.left(ms)).toEqual({ text, overdue })
  })
})

describe('units', () => {
  it.each([
    ['/min', 'rpm'],
    ['N.m', 'Nm'],
    ['Cel', '°C'],
    ['K', 'K'],
    ['10*3/uL', '10³/µL'],
    ['{parts}/h', 'parts/h'],
    ['1', ''],
    ['{cycle}', 'cycles'],
    ['[lb_av]/s', 'lb/s'],
    ['[degR]', '°R'],
    ['[iU]/L', '[iU]/L'],
    ['{blink}', 'blink'],
    [undefined, ''],
  ])('%s reads %s', (ucum, shown) => {
    expect(displayUnit(ucum)).toBe(shown)
  })
})
