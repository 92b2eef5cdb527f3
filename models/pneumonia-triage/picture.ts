import { crc32, deflateSync } from 'node:zlib'
import type { Random } from '#core/package/random.ts'
import { normal } from '../machine-failure/chance.ts'
import type { Grey } from './eigen.ts'

/** The picture in another size, as a device with more pixels would send it: cubic (Catmull and Rom), first across, then down. */
export function enlarge({ width, height, pixels }: Grey, toWidth: number, toHeight: number): Grey {
  const across = taps(width, toWidth)
  const down = taps(height, toHeight)
  const lines = new Float64Array(height * toWidth)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < toWidth; x++) {
      let grey = 0
      for (let i = 4 * x; i < 4 * x + 4; i++) grey += across.weight[i]! * pixels[y * width + across.from[i]!]!
      lines[y * toWidth + x] = grey
    }
  const out = new Uint8ClampedArray(toWidth * toHeight)
  for (let y = 0; y < toHeight; y++)
    for (let x = 0; x < toWidth; x++) {
      let grey = 0
      for (let i = 4 * y; i < 4 * y + 4; i++) grey += down.weight[i]! * lines[down.from[i]! * toWidth + x]!
      out[y * toWidth + x] = grey
    }
  return { width: toWidth, height: toHeight, pixels: Uint8Array.from(out) }
}

/** New pixel k is made of the old ones `from[4k…4k+3]`, with their weights; beyond the edge stands the edge. */
function taps(old: number, count: number): { from: Int32Array; weight: Float64Array } {
  const from = new Int32Array(4 * count)
  const weight = new Float64Array(4 * count)
  for (let k = 0; k < count; k++) {
    const place = ((k + 0.5) * old) / count - 0.5
    const first = Math.floor(place)
    const t = place - first
    weight.set([(((2 - t) * t - 1) * t) / 2, ((3 * t - 5) * t * t + 2) / 2], 4 * k)
    weight.set([(((4 - 3 * t) * t + 1) * t) / 2, ((t - 1) * t * t) / 2], 4 * k + 2)
    for (let i = 0; i < 4; i++) from[4 * k + i] = Math.min(old - 1, Math.max(0, first - 1 + i))
  }
  return { from, weight }
}

/** As wide as `toWidth`, the picture in the middle and its edges drawn out to both sides. */
export function widen({ width, height, pixels }: Grey, toWidth: number): Grey {
  const left = Math.floor((toWidth - width) / 2)
  const out = new Uint8Array(toWidth * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < toWidth; x++)
      out[y * toWidth + x] = pixels[y * width + Math.min(width - 1, Math.max(0, x - left))]!
  return { width: toWidth, height, pixels: out }
}

/** A failed exposure: black, but for what the detector makes of nothing (deviation of `noise` grey values). */
export function unexposed(width: number, height: number, noise: number, random: Random): Grey {
  const pixels = Uint8Array.from({ length: width * height }, () =>
    noise === 0 ? 0 : Math.min(255, Math.round(Math.abs(noise * normal(random)))),
  )
  return { width, height, pixels }
}

/** An 8-bit grey PNG, every line filtered by Paeth's predictor, which suits smooth pictures (PNG, third edition, §9.4). */
export function toPng({ width, height, pixels }: Grey): Buffer {
  const lines = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1)
    lines[start] = 4
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? pixels[y * width + x - 1]! : 0
      const above = y > 0 ? pixels[(y - 1) * width + x]! : 0
      const corner = x > 0 && y > 0 ? pixels[(y - 1) * width + x - 1]! : 0
      lines[start + 1 + x] = pixels[y * width + x]! - nearest(left, above, corner)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND')]
  return Buffer.concat([signature, ...parts])
}

function nearest(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const toLeft = Math.abs(guess - left)
  const toAbove = Math.abs(guess - above)
  const toCorner = Math.abs(guess - corner)
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}
