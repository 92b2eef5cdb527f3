import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { icns, icnsTypes, ico } from '../../../build/icons/formats.mjs'

const icons = new URL('../../../build/icons/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, icons))
const signature = '89504e470d0a1a0a'

/** Width and height out of a PNG's header chunk. */
function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('hex')).toBe(signature)
  expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

/** The images of an .ico with the sizes its directory gives. */
function imagesOfIco(file: Buffer) {
  expect([file.readUInt16LE(0), file.readUInt16LE(2)]).toEqual([0, 1])
  return Array.from({ length: file.readUInt16LE(4) }, (_, i) => {
    const at = 6 + 16 * i
    const offset = file.readUInt32LE(at + 12)
    const png = file.subarray(offset, offset + file.readUInt32LE(at + 8))
    return { said: file.readUInt8(at) || 256, size: sizeOf(png), end: offset + png.length }
  })
}

function imagesOfIcns(file: Buffer) {
  expect(file.subarray(0, 4).toString('latin1')).toBe('icns')
  expect(file.readUInt32BE(4)).toBe(file.length)
  const images: [string, number, number][] = []
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at + 4)
    const type = file.subarray(at, at + 4).toString('latin1')
    images.push([type, ...sizeOf(file.subarray(at + 8, at + length))])
    at += length
  }
  return images
}

describe('the committed icons', () => {
  it.each([16, 24, 32, 48, 64, 128, 256, 512])('for Linux: %i pixels', (size) => {
    expect(sizeOf(read(`linux/${size}x${size}.png`))).toEqual([size, size])
  })

  it('for Windows: the sizes that its directory gives, up to 256', () => {
    const file = read('icon.ico')
    const images = imagesOfIco(file)
    expect(images.map(({ said }) => said)).toEqual([16, 24, 32, 48, 64, 128, 256])
    for (const { said, size } of images) expect(size).toEqual([said, said])
    expect(images.at(-1)?.end).toBe(file.length)
  })

  it('for macOS: every type with its width, up to 1024', () => {
    expect(imagesOfIcns(read('icon.icns'))).toEqual(icnsTypes.map(([type, width]) => [type, width, width]))
  })
})

it('a width that is missing is said so', () => {
  const png = read('linux/16x16.png')
  expect(ico([{ size: 16, png }]).length).toBe(6 + 16 + png.length)
  expect(() => icns([{ size: 16, png }])).toThrow(/32 pixels wide is missing/)
})
