import { crc32, deflateSync } from 'node:zlib'

/** A grey PNG (ISO/IEC 15948): 8 bits, no filter, the values of `at` from 0 (black) to 255. */
export const greyPng = (width: number, height: number, at: (x: number, y: number) => number): Buffer =>
  png(width, height, 0, (x, y) => [at(x, y)])

/** The same in colour: red, green and blue. */
export const rgbPng = (
  width: number,
  height: number,
  at: (x: number, y: number) => [number, number, number],
): Buffer => png(width, height, 2, at)

function png(
  width: number,
  height: number,
  colourType: 0 | 2,
  at: (x: number, y: number) => number[],
): Buffer {
  const rows: number[] = []
  for (let y = 0; y < height; y++) {
    rows.push(0)
    for (let x = 0; x < width; x++)
      rows.push(...at(x, y).map((value) => Math.max(0, Math.min(255, Math.round(value)))))
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colourType, 0, 0, 0], 8)
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    magic,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** Something like a chest from the front: bright flanks and spine, two dark lungs, one of them clouded. */
export function chestPng(clouded: number): Buffer {
  const blob = (x: number, y: number, cx: number, cy: number, rx: number, ry: number) =>
    Math.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)
  return greyPng(28, 28, (x, y) => {
    const lungs = blob(x, y, 8.5, 13, 4.6, 8.5) + blob(x, y, 19.5, 13, 4.6, 8.5)
    const ribs = 8 * Math.sin(y * 1.9 + Math.abs(x - 14) * 0.35)
    return 172 - 128 * lungs + ribs * lungs + 95 * clouded * blob(x, y, 19, 18, 4, 4.5) - (y < 2 ? 60 : 0)
  })
}
