/**
 * Icon files put together from PNG images; both formats take PNG as it is (Windows since Vista, macOS since 10.7).
 * @typedef {{ size: number, png: Buffer }} Image a square one, `size` pixels wide
 */

/**
 * An .ico: ICONDIR, one ICONDIRENTRY of 16 bytes per image, then the images.
 * Source: Microsoft, "Icons" (Win32 docs), ICONDIR and ICONDIRENTRY.
 * @param {Image[]} images 16 to 256 pixels wide
 */
export function ico(images) {
  const header = Buffer.alloc(6 + 16 * images.length)
  header.writeUInt16LE(1, 2) // an icon, not a cursor
  header.writeUInt16LE(images.length, 4)
  let offset = header.length
  for (const [i, { size, png }] of images.entries()) {
    const at = 6 + 16 * i
    header.writeUInt8(size % 256, at) // 0 stands for 256
    header.writeUInt8(size % 256, at + 1)
    header.writeUInt16LE(1, at + 4) // colour planes
    header.writeUInt16LE(32, at + 6) // bits per pixel
    header.writeUInt32LE(png.length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += png.length
  }
  return Buffer.concat([header, ...images.map(({ png }) => png)])
}

/** The types of an .icns that hold PNG, and the width of each in pixels; the second of a width is for high density. */
export const icnsTypes = /** @type {const} */ ([
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
])

/**
 * An .icns: "icns", length, then per image its type, its length with these 8 bytes, and the PNG; big-endian.
 * Source: the table of types in Wikipedia, "Apple Icon Image format".
 * @param {Image[]} images one of each width in `icnsTypes`
 */
export function icns(images) {
  const parts = icnsTypes.map(([type, width]) => {
    const image = images.find(({ size }) => size === width)
    if (!image) throw new Error(`an image ${width} pixels wide is missing`)
    return chunk(type, image.png)
  })
  return chunk('icns', Buffer.concat(parts))
}

/** @param {string} type @param {Buffer} body */
function chunk(type, body) {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(8 + body.length, 4)
  return Buffer.concat([header, body])
}
