import sharp from 'sharp'
import { channelsOf, type ImageTensor, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { BadImage, FedImages, FedTensor } from './lane.ts'

/** Beyond this many pixels a file is taken for a trap: decoding 64 million takes about a quarter of a gigabyte. */
const maxPixels = 64 * 2 ** 20

/**
 * Decodes, resizes and normalises encoded images: rows × the tensor's row shape. What cannot be used becomes black, and is
 * named: an image that cannot be decoded, or one whose pixels are all the same, which says nothing.
 */
export async function toPixels({ images, spec }: FedImages): Promise<{ tensor: FedTensor; bad: BadImage[] }> {
  const { width, height } = spec
  const channels = channelsOf(spec)
  const size = width * height * channels
  const data = new Float32Array(images.length * size)
  const bad: BadImage[] = []
  for (const [row, bytes] of images.entries()) {
    // A fixed batch is filled up with its last image: it is decoded once.
    if (row > 0 && Buffer.compare(bytes, images[row - 1]!) === 0) {
      data.copyWithin(row * size, (row - 1) * size, row * size)
      const before = bad.at(-1)
      if (before?.row === row - 1) bad.push({ ...before, row })
      continue
    }
    let pixels: Uint8Array
    let content: Uint8Array
    try {
      ;({ pixels, content } = await decode(bytes, spec))
    } catch (error) {
      bad.push({ row, code: 'image-unreadable', reason: `the image cannot be decoded: ${oneLine(error)}` })
      continue
    }
    if (content.every((x, k) => x === content[k % channels])) {
      bad.push({ row, code: 'image-blank', reason: 'the image is blank: every pixel is the same' })
      continue
    }
    normalise(pixels, spec, data.subarray(row * size, (row + 1) * size))
  }
  return { tensor: { data, width: size, dims: [images.length, ...rowShapeOf(spec)] }, bad }
}

/** Interleaved bytes, height × width × channels. Turned upright as its EXIF orientation says; transparency lies on black. */
async function decode(
  bytes: Uint8Array,
  spec: ImageTensor,
): Promise<{ pixels: Uint8Array; content: Uint8Array }> {
  const { width, height, colour, fit, kernel } = spec
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', sequentialRead: true, pages: 1 })
  const { format, autoOrient } = await image.metadata()
  if (format !== 'png' && format !== 'jpeg')
    throw new Error(`it is ${format ?? 'of an unknown format'}, not PNG or JPEG`)
  const { data } = await image
    .autoOrient()
    .flatten({ background: '#000' })
    .toColourspace(colour === 'grey' ? 'b-w' : 'srgb')
    .resize(width, height, { fit, kernel, background: '#000' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (data.length !== width * height * channelsOf(spec))
    throw new Error(`it decodes to ${data.length} bytes, not to ${width} × ${height} × ${channelsOf(spec)}`)
  return { pixels: data, content: spec.fit === 'contain' ? withoutBars(data, spec, autoOrient) : data }
}

/** What of the pixels is image, where black bars were laid beside it: beyond them, and beyond where they blend. */
function withoutBars(
  pixels: Uint8Array,
  spec: ImageTensor,
  from: { width: number; height: number },
): Uint8Array {
  const { width, height } = spec
  const channels = channelsOf(spec)
  const scale = Math.min(width / from.width, height / from.height)
  const inner = (all: number, size: number) => (size > all - 1 ? all : Math.max(1, Math.floor(size) - 2))
  const [columns, rows] = [inner(width, from.width * scale), inner(height, from.height * scale)]
  const [left, top] = [(width - columns) >> 1, (height - rows) >> 1]
  const content = new Uint8Array(rows * columns * channels)
  for (let y = 0; y < rows; y++) {
    const start = ((top + y) * width + left) * channels
    content.set(pixels.subarray(start, start + columns * channels), y * columns * channels)
  }
  return content
}

/** (x · scale − mean) / std per channel, in the order of the tensor. */
function normalise(pixels: Uint8Array, spec: ImageTensor, out: Float32Array): void {
  const channels = channelsOf(spec)
  const { scale = 1, mean, std, colour, layout } = spec
  const count = pixels.length / channels
  for (let c = 0; c < channels; c++) {
    const source = colour === 'bgr' ? channels - 1 - c : c
    const [m, s] = [mean?.[c] ?? 0, std?.[c] ?? 1]
    for (let i = 0; i < count; i++) {
      const x = (pixels[i * channels + source]! * scale - m) / s
      out[layout === 'channels-first' ? c * count + i : i * channels + c] = x
    }
  }
}

const oneLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error))
    .replace(/\s+/g, ' ')
    .replace(/[\s:]+$/, '')
    .slice(0, 200)
