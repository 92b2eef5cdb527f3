import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '#core/contracts/manifest.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { draftFolder } from '#edge/package/draft-folder.ts'
import { packFolder } from '#edge/package/pack-folder.ts'
import { numbersOf } from '#support/fed.ts'
import { mlp, slow } from '#support/models.ts'
import { featureNames, poolValues, width } from './readings.ts'

/** A model of the benches: its file alone, for references, and its package, for the runtime. */
export interface BenchModel {
  id: string
  onnx: string
  sha256: string
  package: string
  output: string
}

/** Rows in one batch, as `edgewright new` drafts it. */
export const maxBatch = 512

/** 16 → 32 → 2 with the softmax in the graph, as the design's figures name it. */
export async function makeMlp(dir: string): Promise<BenchModel> {
  const { model } = mlp({ inputs: width, hidden: 32, outputs: 2, activation: 'softmax', seed: 7 })
  return makePackage(dir, 'mlp', model, (manifest, raise) => {
    manifest.operation.maxBatch = maxBatch
    manifest.privacy = { default: 'raw', asset: 'raw', notes: 'raw' }
    const { positive } = manifest.outputs[0]!
    Object.assign(manifest.decision.alerts[0]!, { class: positive!, raise, clear: raise - 0.02 })
    manifest.decision.alerts.length = 1
  })
}

/** Takes long where the first feature is above 2, which no other reading of the benches is. */
export const slowAbove = 2

export async function makeSlow(dir: string, iterations: number): Promise<BenchModel> {
  return makePackage(dir, 'slow', slow({ inputs: width, iterations, above: slowAbove }), (manifest) => {
    manifest.operation.deadlineMs = 120_000
    manifest.decision.alerts.length = 0
  })
}

async function makePackage(
  dir: string,
  id: string,
  bytes: Buffer,
  edit: (manifest: Manifest, raise: number) => void,
): Promise<BenchModel> {
  mkdirSync(dir, { recursive: true })
  const onnx = join(dir, `${id}.onnx`)
  const reference = join(dir, `${id}.csv`)
  const draft = join(dir, id)
  writeFileSync(onnx, bytes)
  const rows = poolValues(2000).map((row) => row.join(','))
  writeFileSync(reference, `${[featureNames.join(','), ...rows].join('\n')}\n`)
  const { manifest } = await draftFolder(
    { model: onnx, reference, dir: () => draft, owner: 'the benches', id },
    openLane,
  )
  const sha256 = createHash('sha256').update(readFileSync(onnx)).digest('hex')
  for (const feature of manifest.inputs.features) feature.physical = { min: -1000, max: 1000 }
  edit(manifest, await raiseAt({ path: onnx, sha256 }, manifest))
  writeFileSync(join(draft, 'model.json'), JSON.stringify(manifest))
  const packed = await packFolder(draft, () => join(dir, `${id}.ewp`), openLane)
  return { id, onnx, sha256, package: packed.file, output: manifest.outputs[0]!.name }
}

/** Between the two highest scores of the pool: one reading in the pool raises an alert, and the next of its asset clears it. */
async function raiseAt(
  file: { path: string; sha256: string },
  { inputs, outputs }: Manifest,
): Promise<number> {
  const lane = openLane(file)
  try {
    const output = outputs[0]!.name
    const values = poolValues()
    const data = Float32Array.from(values.flat())
    const request = {
      rows: values.length,
      inputs: { [inputs.tensors[0]!.name]: { data, width } },
      outputs: [output],
    }
    const { outputs: answers } = await lane.infer(request, 60_000)
    const answer = numbersOf(answers[output])
    const scores = answer.data.filter((_, i) => i % answer.width === answer.width - 1).sort()
    return (scores.at(-1)! + scores.at(-2)!) / 2
  } finally {
    await lane.close()
  }
}
