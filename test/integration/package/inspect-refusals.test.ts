import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadFailureInWords, runFailureInWords } from '#edge/inference/load-failure.ts'
import { checkModelFile } from '#edge/package/model-file.ts'
import { brokenModels } from '#support/broken-models.ts'
import { buildModel, type ModelSpec, node, type TensorDeclaration, weights } from '#support/onnx-builder.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-refusals-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const said = (error: unknown) => (error as Error).message

/** Why a model is refused: by its file alone, else by onnxruntime. */
async function refusal(bytes: Buffer): Promise<string> {
  const path = join(dir, 'model.onnx')
  writeFileSync(path, bytes)
  try {
    await checkModelFile(path)
  } catch (error) {
    return said(error).replace('"model.onnx" is refused: ', '')
  }
  return ort.InferenceSession.create(bytes, { logSeverityLevel: 4 }).then(
    () => 'it loads',
    (error: unknown) => loadFailureInWords(said(error)),
  )
}

describe('a model that cannot be loaded is refused in one sentence', () => {
  it.each(brokenModels)('%s', async (_, bytes, sentence) => {
    expect(await refusal(bytes)).toBe(sentence)
  })

  it('in the format .ort of another version', async () => {
    const path = join(dir, 'model.ort')
    const model = buildModel({ inputs: [x], outputs: [y], nodes: [node('Relu', ['x'], ['y'])] })
    await ort.InferenceSession.create(model, {
      optimizedModelFilePath: path,
      logSeverityLevel: 4,
      extra: { session: { save_model_format: 'ORT' } },
    })
    const bytes = readFileSync(path)
    const version = bytes.lastIndexOf(Buffer.from('\x01\0\0\x006\0'))
    expect(version).toBeGreaterThan(0)
    bytes.write('9', version + 4)
    expect(await refusal(bytes)).toBe(
      `it is in version 9 of the format .ort, which onnxruntime ${ort.env.versions.node} does not read: make it again from the .onnx with this onnxruntime`,
    )
    expect(await refusal(bytes.subarray(0, bytes.length >> 1))).toBe(
      'it is cut short or damaged: copy it again',
    )
  })
})

const x: TensorDeclaration = { name: 'x', type: 'float32', shape: ['n', 'm'] }
const y: TensorDeclaration = { name: 'y', type: 'float32' }

describe('a model that loads and cannot run says so in one sentence', () => {
  const one = { type: 'float32' as const, data: Float32Array.of(1, 2), dims: [1, 2] }
  it.each<
    [
      string,
      Partial<ModelSpec>,
      string,
      { type: 'float32' | 'int64'; data: Float32Array | BigInt64Array; dims: number[] }?,
    ]
  >([
    [
      'a width that is a lie',
      { inputs: [{ ...x, shape: ['n', 3] }], nodes: [node('Relu', ['x'], ['y'])] },
      'input "x" takes 3 in axis 1, and was given 2',
    ],
    [
      'more axes than were given',
      { inputs: [{ ...x, shape: ['n', 3, 3] }], nodes: [node('Relu', ['x'], ['y'])] },
      'input "x" takes 3 axes, and was given 2',
    ],
    [
      'another type',
      { nodes: [node('Relu', ['x'], ['y'])] },
      'one of its inputs takes float32, and was given int64',
      { type: 'int64', data: BigInt64Array.of(1n, 2n), dims: [1, 2] },
    ],
    [
      'a bad reshape',
      {
        weights: [{ name: 's', type: 'int64', dims: [2], data: [3, 5] }],
        nodes: [node('Reshape', ['x', 's'], ['y'])],
      },
      'its node Reshape failed: the input tensor cannot be reshaped to the requested shape. Input shape:{1,2}, requested shape:{3,5}',
    ],
    [
      'a product of shapes that do not fit',
      { weights: [weights('w', [3, 1], [1, 2, 3])], nodes: [node('MatMul', ['x', 'w'], ['y'])] },
      'its node MatMul failed: MatMul dimension mismatch',
    ],
    [
      'an index outside its table',
      {
        weights: [{ name: 'i', type: 'int64', dims: [1], data: [7] }],
        nodes: [node('Gather', ['x', 'i'], ['y'], { axis: { i: 1 } })],
      },
      'its node Gather failed: indices element out of data bounds, idx=7 must be within the inclusive range [-2,1]',
    ],
    [
      'more memory than there is',
      {
        weights: [{ name: 's', type: 'int64', dims: [2], data: [2 ** 22, 2 ** 22] }],
        nodes: [
          node('ReduceMax', ['x'], ['top'], { keepdims: { i: 0 } }),
          node('Expand', ['top', 's'], ['y']),
        ],
      },
      'there is not enough memory: it asked for 67108864 MB at once',
    ],
  ])('%s', async (_, spec, sentence, { type, data, dims } = one) => {
    const model = buildModel({ inputs: [x], outputs: [y], nodes: [], ...spec })
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 })
    const error = await session.run({ x: new ort.Tensor(type, data as never, dims) }).catch(said)
    expect(runFailureInWords(String(error))).toBe(sentence)
  })

  it('what is not known is stripped of sources and signatures, and cut short', () => {
    const text =
      '/src/a/b.cc:12 void a::B::c(const d<e(f)>&) const [with T = float] Something   odd\nhappened.\n'
    expect(loadFailureInWords(text)).toBe('Something odd happened')
    expect(loadFailureInWords(`Fatal error: ${'x'.repeat(1000)}`)).toHaveLength(240)
    expect(runFailureInWords('Error: plain')).toBe('plain')
  })
})
