import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { buildModel, type NodeSpec, node, type Weights, weights } from './onnx-builder.ts'

/** Four matrices of 128 MiB each between a narrow beginning and three classes: 512 MiB of weights. */
const widths = [8, 4096, 8192, 4096, 8192, 4096, 3]
export const bigInputs = widths[0]!
export const bigFeatures = Array.from({ length: bigInputs }, (_, k) => `sensor ${k + 1}`)
const location = 'weights.bin'

/**
 * Writes `model.onnx`, a multi-layer perceptron of 512 MiB, into a folder: its large weights in a file beside it, or in
 * the file itself. Input "input" [rows, 8]; output "probabilities" [rows, 3]. Answers its path.
 */
export function writeBigModel(folder: string, kept: 'beside' | 'inside'): string {
  const beside = kept === 'beside' ? openSync(join(folder, location), 'w') : undefined
  const tensors: Weights[] = []
  const nodes: NodeSpec[] = []
  let offset = 0
  let value = 'input'
  for (let k = 1; k < widths.length; k++) {
    const [rows, columns] = [widths[k - 1]!, widths[k]!]
    const data = randomWeights(rows, columns, k)
    const large = rows * columns >= 2 ** 20
    if (beside !== undefined && large) {
      writeSync(beside, data)
      tensors.push({
        name: `w${k}`,
        dims: [rows, columns],
        data: [],
        external: { location, offset, length: data.byteLength },
      })
      offset += data.byteLength
    } else tensors.push({ name: `w${k}`, dims: [rows, columns], data })
    tensors.push(weights(`b${k}`, [columns], new Array<number>(columns).fill(0)))
    nodes.push(node('Gemm', [value, `w${k}`, `b${k}`], [`z${k}`]))
    value = `z${k}`
    if (k < widths.length - 1) {
      nodes.push(node('Relu', [value], [`a${k}`]))
      value = `a${k}`
    }
  }
  if (beside !== undefined) closeSync(beside)
  const model = buildModel({
    inputs: [{ name: 'input', type: 'float32', shape: ['rows', bigInputs] }],
    outputs: [{ name: 'probabilities', type: 'float32', shape: ['rows', widths.at(-1)!] }],
    weights: tensors,
    nodes: [...nodes, node('Softmax', [value], ['probabilities'], { axis: { i: 1 } })],
  })
  writeFileSync(join(folder, 'model.onnx'), model)
  return join(folder, 'model.onnx')
}

/** Even between ± √(6 / rows), which keeps the layers' answers of one size (He et al. 2015); xorshift32 (Marsaglia 2003). */
function randomWeights(rows: number, columns: number, seed: number): Float32Array {
  const data = new Float32Array(rows * columns)
  const scale = Math.sqrt(6 / rows) / 2 ** 31
  let x = 0x9e3779b9 ^ seed
  for (let i = 0; i < data.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    data[i] = x * scale
  }
  return data
}
