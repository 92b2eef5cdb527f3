import { mkdirSync, writeFileSync } from 'node:fs'
import { stream } from '../machine-failure/chance.ts'
import { classes, drawXray } from './eigen.ts'
import { toPng } from './picture.ts'

/** Writes package/images and package/reference.csv: drawn X-rays, as many of each class. */

const perClass = 32
const folder = new URL('package/', import.meta.url)

mkdirSync(new URL('images', folder), { recursive: true })
const rows = Array.from({ length: perClass }, (_, i) =>
  classes.map((kind, c) => {
    const file = `images/${kind}-${String(i + 1).padStart(2, '0')}.png`
    writeFileSync(new URL(file, folder), toPng(drawXray(kind, stream(28, c, i))))
    return `${file},${kind}`
  }),
)
writeFileSync(new URL('reference.csv', folder), `${['xray,label', ...rows.flat()].join('\n')}\n`)
