import { describe, expect, it } from 'vitest'
import { type Marker, whyRestored } from '#edge/journal/epochs.ts'
import { addressId, parseAddress } from '#edge/journal/streams.ts'

const closed: Marker = { epoch: 'e', opens: 3, inode: '42', rows: 100, closed: true }
const life = { epoch: 'e', opens: 3, rows: 100 }

describe('whether a journal was restored', () => {
  it.each<[string, Marker | undefined, Partial<typeof life>, string, RegExp | undefined]>([
    ['goes on after an orderly closing', closed, {}, '42', undefined],
    [
      'goes on after a kill, with rows written since',
      { ...closed, rows: 60, closed: false },
      {},
      '42',
      undefined,
    ],
    [
      'goes on after a kill between counting and marking an opening',
      { ...closed, opens: 2 },
      {},
      '42',
      undefined,
    ],
    ['begins anew without a marker', undefined, {}, '42', /missing/],
    ['begins anew in a copied file', closed, {}, '43', /copy/],
    [
      'begins anew where the marker is of another epoch',
      { ...closed, epoch: 'f' },
      {},
      '42',
      /another epoch/,
    ],
    ['begins anew where an older database was put back', closed, { opens: 2 }, '42', /opened more often/],
    [
      'begins anew where rows are fewer than when it was opened',
      { ...closed, closed: false },
      { rows: 99 },
      '42',
      /other rows/,
    ],
    ['begins anew where rows are more than when it was closed', closed, { rows: 101 }, '42', /other rows/],
  ])('%s', (_, marker, change, inode, why) => {
    const found = whyRestored(marker, { ...life, ...change }, inode)
    if (why) expect(found).toMatch(why)
    else expect(found).toBeUndefined()
  })
})

describe('addresses', () => {
  it('name an epoch and a row', () => {
    expect(parseAddress(addressId('0a1b2c3d-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 17))).toEqual({
      epochPrefix: '0a1b2c3d',
      seq: 17,
    })
    for (const id of [
      '0a1b2c3d.0',
      '0a1b2c3d.',
      '0a1b2c3d.1e3',
      '0A1B2C3D.1',
      'x0a1b2c3d.1',
      '0a1b2c3d.12345678901234567',
    ])
      expect(parseAddress(id)).toBeUndefined()
  })
})
