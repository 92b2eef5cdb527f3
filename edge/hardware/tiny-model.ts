import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { delimited, numeric } from '../package/wire.ts'
import type { Qualified } from './try-provider.ts'

/**
 * A small network for proving providers without anybody's model: x → tanh(x·W) four times over, 64 wide. Its right answers
 * are computed here, in double precision, so that the CPU is proved as well and not taken for granted.
 */
const width = 64
const layers = 4
const rows = 8

/** Any values that are spread evenly; small enough that tanh is not flat. */
const value = (k: number) => Math.fround(Math.sin(k + 1) / Math.sqrt(width))
const weightsOf = (layer: number) =>
  Float32Array.from({ length: width * width }, (_, k) => value(k + layer * width * width))
const inputRow = (row: number) =>
  Array.from({ length: width }, (_, k) => Math.fround(4 * value(7 * k + 31 * row)))

function answerTo(input: readonly number[]): number[] {
  let x = [...input]
  for (let layer = 0; layer < layers; layer++) {
    const weights = weightsOf(layer)
    x = x.map((_, column) =>
      Math.tanh(x.reduce((sum, each, k) => sum + each * weights[k * width + column]!, 0)),
    )
  }
  return x
}

/** ONNX's protobuf by its public field numbers (onnx/onnx, `onnx/onnx.proto3`): IR version 8, operator set 13. */
function onnx(): Buffer {
  const name = (layer: number) => (layer === 0 ? 'x' : layer === layers ? 'y' : `h${layer}`)
  const nodeOf = (op: string, inputs: string[], output: string) =>
    delimited(1, ...inputs.map((input) => delimited(1, input)), delimited(2, output), delimited(4, op))
  const float = numeric(1, 1)
  const shape = delimited(2, delimited(1, delimited(2, 'rows')), delimited(1, numeric(1, width)))
  const valueInfo = (id: number, of: string) =>
    delimited(id, delimited(1, of), delimited(2, delimited(1, float, shape)))
  const graph = Array.from({ length: layers }, (_, layer) => [
    nodeOf('MatMul', [name(layer), `w${layer}`], `z${layer}`),
    nodeOf('Tanh', [`z${layer}`], name(layer + 1)),
    delimited(
      5,
      numeric(1, width),
      numeric(1, width),
      numeric(2, 1),
      delimited(8, `w${layer}`),
      delimited(9, new Uint8Array(weightsOf(layer).buffer)),
    ),
  ]).flat()
  return Buffer.concat([
    numeric(1, 8),
    delimited(7, ...graph, delimited(2, 'tiny'), valueInfo(11, 'x'), valueInfo(12, 'y')),
    delimited(8, numeric(2, 13)),
  ])
}

/** Writes the model into a folder; gives what qualifying needs of a package. */
export async function tinyModel(dir: string): Promise<Qualified> {
  const model = onnx()
  const path = join(dir, 'tiny.onnx')
  await writeFile(path, model)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const xs = Array.from({ length: rows }, (_, row) => inputRow(row))
  return {
    manifest: manifest(),
    golden: {
      madeWith: { onnxruntime: 'none', provider: 'arithmetic', platform: process.arch },
      inputs: { x: xs },
      outputs: { y: xs.map(answerTo) },
      nullRow: 'not-tried',
    },
    modelFile: { path, sha256 },
    digest: sha256,
  }
}

function manifest(): Manifest {
  const features = Array.from({ length: width }, (_, k) => ({
    name: `x${k}`,
    title: `x${k}`,
    kind: 'number',
    nullable: false,
  }))
  return manifestSchema.parse({
    formatVersion: 1,
    id: 'tiny-model',
    version: '1.0.0',
    release: 1,
    title: 'The tiny model of this machine’s own check',
    purpose: 'Proving execution providers',
    notFor: 'Decisions',
    trainedOn: { data: 'none' },
    people: { owner: { name: 'Edgewright' } },
    inputs: { features, tensors: [{ name: 'x', dtype: 'float32', features: features.map((f) => f.name) }] },
    outputs: [
      {
        name: 'y',
        title: 'y',
        kind: 'regression',
        classes: [],
        targets: features.map((f) => f.name),
        activation: 'none',
      },
    ],
    decision: { alerts: [] },
    success: [],
    operation: { goldenTolerance: { absolute: 1e-4, relative: 1e-3 }, deadlineMs: 1000, maxBatch: 64 },
    retentionDays: 1,
  })
}
