import { describe, expect, it } from 'vitest'
import { parseCell } from '#core/package/cell.ts'
import { titleAndUnit } from '#core/package/column-title.ts'
import {
  buildColumn,
  type Column,
  isZeroOne,
  kindOf,
  looksLikeId,
  namedLikeLabel,
} from '#core/package/columns.ts'
import { putInTimeOrder } from '#core/package/time-order.ts'

const column = (name: string, cells: (string | number)[]): Column => {
  const builder = buildColumn(name)
  for (const cell of cells) builder.add(String(cell))
  return builder.done()
}

describe('parseCell', () => {
  it.each<[string, number | string | null]>([
    ['12', 12],
    [' -1.5e3 ', -1500],
    ['.5', 0.5],
    ['007', 7],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['', null],
    ['NaN', null],
    ['NULL', null],
    ['n/a', null],
    ['1,5', '1,5'],
    ['0x10', '0x10'],
    ['1_000', '1_000'],
    ['M14860', 'M14860'],
    ['none', 'none'],
    ['1e', '1e'],
  ])('%j is %j', (cell, value) => {
    expect(parseCell(cell)).toBe(value)
  })
})

describe('columns', () => {
  it('keep numbers, words, nulls and infinite cells apart, beyond their first 1024 rows', () => {
    const numbers = column('x', [...Array(3000).keys(), '', 'inf'])
    expect([numbers.numbers.length, numbers.numbers[2999], numbers.nulls, numbers.notFinite]).toEqual([
      3002, 2999, 1, 1,
    ])
    expect(kindOf(numbers)).toBe('number')
    const words = column('y', [...Array(1500).fill('a'), 'b'])
    expect([words.words, words.wordAt![1500], words.wordAt!.length]).toEqual([['a', 'b'], 1, 1501])
  })

  it('have a kind', () => {
    expect(kindOf(column('c', ['L', 'M', 'L', '']))).toBe('category')
    expect(kindOf(column('t', ['anna', 'bert', 'carl']))).toBe('text')
    expect(kindOf(column('m', ['1', 'ERR', '2']))).toBe('mixed')
    expect(kindOf(column('e', ['', 'NaN']))).toBe('empty')
    expect(
      kindOf(
        column(
          'many',
          Array.from({ length: 200 }, (_, k) => `w${k % 51}`),
        ),
      ),
    ).toBe('text')
  })

  it('are recognised as row numbers, flags and labels', () => {
    expect(looksLikeId(column('UDI', [1, 2, 3, 7]))).toBe(true)
    expect(looksLikeId(column('x', [1, 2, 2, 3]))).toBe(false)
    expect(looksLikeId(column('x', [1.5, 2.5, 3.5]))).toBe(false)
    expect(isZeroOne(column('flag', [0, 1, '', 1]))).toBe(true)
    expect(isZeroOne(column('x', [0, 1, 2]))).toBe(false)
    for (const name of ['Machine_failure', 'DEATH_EVENT', 'target', 'isFault', 'y', 'Machine failure'])
      expect(namedLikeLabel(name), name).toBe(true)
    for (const name of ['Torque [Nm]', 'history', 'defaulted_amount', 'classic'])
      expect(namedLikeLabel(name), name).toBe(false)
  })
})

describe('titleAndUnit', () => {
  it.each([
    ['Torque [Nm]', 'Torque', 'N.m'],
    ['Air temperature [K]', 'Air temperature', 'K'],
    ['Rotational speed [rpm]', 'Rotational speed', '{rev}/min'],
    ['Tool wear [min]', 'Tool wear', 'min'],
    ['temp (°C)', 'Temp', 'Cel'],
    ['Spannung [mV]', 'Spannung', 'mV'],
    ['Pressure [MPa]', 'Pressure', 'MPa'],
    ['Speed [furlong]', 'Speed', 'furlong'],
    ['state (old)', 'state (old)', undefined],
    ['ejection_fraction', 'Ejection fraction', undefined],
    ['DEATH_EVENT', 'DEATH_EVENT', undefined],
  ])('%s', (name, title, unit) => {
    const found = titleAndUnit(name)
    expect(found.title.toLowerCase()).toBe(title.toLowerCase())
    expect(found.unit).toBe(unit)
  })
})

describe('putInTimeOrder', () => {
  it('sorts every column by the time, dates and numbers alike', () => {
    const time = column('t', ['2026-01-01T00:00:02Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'])
    const ordered = putInTimeOrder([time, column('x', [3, 1, 2]), column('w', ['c', 'a', 'b'])], time)
    if (!ordered.ok) throw new Error(ordered.reason)
    expect([...ordered.columns[1]!.numbers]).toEqual([1, 2, 3])
    expect([...ordered.columns[2]!.wordAt!].map((at) => ordered.columns[2]!.words[at])).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(ordered.severalSeries).toBeUndefined()
  })

  it('says that rows sharing their times are several machines, and refuses a row without a time', () => {
    const shared = column('t', [1, 1, 2, 2])
    expect(putInTimeOrder([shared], shared)).toMatchObject({
      ok: true,
      severalSeries: expect.stringContaining('several machines'),
    })
    const bad = column('t', ['2026-01-01', 'yesterday-ish', '2026-01-03'])
    expect(putInTimeOrder([bad], bad)).toEqual({ ok: false, reason: 'row 2 holds no time' })
  })
})
