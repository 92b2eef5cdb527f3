import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-node'

/** A session as anyone would make it, on one thread. `run` answers one row. */
export async function openSession(path: string, output: string) {
  const session = await ort.InferenceSession.create(readFileSync(path), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  const input = session.inputNames[0]!
  const outputs = [output]
  const run = async (row: Float32Array): Promise<Float32Array> => {
    const results = await session.run({ [input]: new ort.Tensor('float32', row, [1, row.length]) }, outputs)
    return results[output]!.data as Float32Array
  }
  return { run }
}
