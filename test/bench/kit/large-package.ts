import { randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { knownNames, modelNameIn } from '#edge/package/contents.ts'
import { writePackage } from '#edge/package/write-package.ts'
import { node } from '#support/onnx-builder.ts'
import { before, spliced } from '#support/splice.ts'
import { baseOf } from '#support/versions.ts'
import type { BenchModel } from './model.ts'

export interface LargePackage {
  file: string
  digest: string
  bytes: number
}

const pieceBytes = 1 << 20

/** The small model of the benches with weights of so many bytes beside it, packed: random, so that nothing compresses them. */
export async function makeLargePackage(
  dir: string,
  model: BenchModel,
  weightBytes: number,
): Promise<LargePackage> {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'weights.bin')
  const file = openSync(path, 'w')
  const piece = Buffer.alloc(pieceBytes)
  const length = weightBytes - (weightBytes % 4)
  for (let left = length; left > 0; left -= pieceBytes)
    writeSync(file, randomFillSync(piece), 0, Math.min(left, pieceBytes))
  closeSync(file)
  const base = await baseOf(readFileSync(model.package))
  const ballast = {
    name: 'new ballast',
    dims: [length / 4],
    data: [],
    external: { location: 'weights.bin', offset: 0, length },
  }
  const heavy = spliced(base.model, model.output, {
    weights: [ballast],
    nodes: [
      node('ReduceMax', ['new ballast'], ['new top'], { keepdims: { i: 0 } }),
      node('Sub', ['new top', 'new top'], ['new nothing']),
      node('Add', [before(model.output), 'new nothing'], [model.output]),
    ],
  })
  const files = { ...base.files, [modelNameIn(base.files)]: heavy }
  const packed = join(dir, 'large.ewp')
  const listed = knownNames.filter((name) => files[name]).map((name) => ({ name, bytes: files[name]! }))
  const written = await writePackage(packed, [...listed, { name: 'weights.bin', path }])
  return { file: packed, ...written }
}
