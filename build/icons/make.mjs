import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { icns, ico } from './formats.mjs'

/**
 * Draws every icon from the two SVG files here: `node build/icons/make.mjs`, by hand after a change; the results are
 * committed. Up to 32 pixels wide the plain drawing is sharper: its edges lie on whole pixels at 16 and 32.
 */
const here = dirname(fileURLToPath(import.meta.url))
const drawing = readFileSync(join(here, 'edgewright.svg'))
const smallDrawing = readFileSync(join(here, 'edgewright-small.svg'))

/** @param {number} size pixels */
async function image(size) {
  const [svg, width] = size <= 32 ? [smallDrawing, 32] : [drawing, 1024]
  const png = await sharp(svg, { density: (72 * size) / width })
    .resize(size, size)
    .png({ compressionLevel: 9 })
    .toBuffer()
  return { size, png }
}

const images = await Promise.all([16, 24, 32, 48, 64, 128, 256, 512, 1024].map(image))
const of = (/** @type {number[]} */ sizes) => images.filter(({ size }) => sizes.includes(size))

mkdirSync(join(here, 'linux'), { recursive: true })
for (const { size, png } of of([16, 24, 32, 48, 64, 128, 256, 512]))
  writeFileSync(join(here, 'linux', `${size}x${size}.png`), png)
writeFileSync(join(here, 'icon.ico'), ico(of([16, 24, 32, 48, 64, 128, 256])))
writeFileSync(join(here, 'icon.icns'), icns(images))
