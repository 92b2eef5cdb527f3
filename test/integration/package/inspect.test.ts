import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Of } from '#edge/package/hash.ts'
import { type InspectOptions, inspectModel } from '#edge/package/inspect-model.ts'
import type { CheckedOnnx } from '#edge/package/model-file.ts'
import { type ClassifierSpec, classifier } from '#support/classifiers.ts'
import { logistic, mlp } from '#support/models.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-inspect-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

async function inspect(model: Uint8Array | string, options: InspectOptions = {}) {
  writeFileSync(join(dir, 'model.onnx'), model)
  return inspectModel(join(dir, 'model.onnx'), options)
}
async function rewritten(model: Buffer): Promise<{ found: CheckedOnnx; bytes: Buffer }> {
  const to = join(dir, 'rewritten.onnx')
  const found = (await inspect(model, { rewriteTo: to })) as CheckedOnnx
  return { found, bytes: readFileSync(to) }
}
const rows = [-2, -0.3, 0.4, 0.5, 0.6, 3].flatMap((a) => [-1, -0.25, 0, 2].flatMap((b) => [a, b]))
const count = rows.length / 2

async function answers(model: Buffer, output: string): Promise<{ data: unknown; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(model)
  const input = new ort.Tensor('float32', Float32Array.from(rows), [count, 2])
  const result = (await session.run({ input }, [output]))[output]!
  return { data: result.data, dims: result.dims }
}

const kinds = (['trees', 'linear'] as const).flatMap((kind) =>
  [
    [0, 1, 2],
    [-7, 40, 2 ** 40],
    ['low', 'größer', '高'],
  ].flatMap((labels) =>
    (['zipmap', 'zipmap-identity'] as const).map(
      (end) => ({ kind, labels, end, pipeline: end === 'zipmap-identity' }) as ClassifierSpec,
    ),
  ),
)

describe('a model whose probabilities come from a ZipMap', () => {
  it.each(kinds)('gives them as a table once it is rewritten: $kind $labels $end $pipeline', async (spec) => {
    const { found, bytes } = await rewritten(classifier(spec))
    const classes = spec.labels.map(String)
    expect(found.rewritten).toEqual([{ output: 'output_probability', classes }])
    expect(found.rewritable).toEqual([])
    expect(found.classLabels).toEqual(classes)
    expect(found.file).toEqual({ path: join(dir, 'rewritten.onnx'), sha256: sha256Of(bytes) })
    expect(found.bytes).toBe(bytes.length)
    expect(found.onnx.outputs).toEqual([
      { name: 'output_label', dtype: typeof spec.labels[0] === 'string' ? 'string' : 'int64', shape: [''] },
      { name: 'output_probability', dtype: 'float32', shape: ['', 3] },
    ])
    const table = classifier({ ...spec, end: 'table' })
    const expected = await answers(table, 'output_probability')
    expect(expected.dims).toEqual([count, 3])
    expect(new Set(expected.data as Float32Array).size).toBeGreaterThan(2)
    expect(await answers(bytes, 'output_probability')).toEqual(expected)
    expect(await answers(bytes, 'output_label')).toEqual(await answers(table, 'output_label'))
    expect(readdirSync(dir).sort()).toEqual(['model.onnx', 'rewritten.onnx'])
  })

  it('keeps every other byte of the file, however large', async () => {
    const model = classifier({ kind: 'linear', labels: ['a', 'b', 'c'], end: 'zipmap', idleBytes: 2 ** 22 })
    const { bytes } = await rewritten(model)
    const idle = Buffer.alloc(2 ** 22)
    for (let at = 0; at < idle.length; at += 4) idle.writeFloatLE(0.5, at)
    expect(bytes.includes(idle)).toBe(true)
    expect(bytes.includes('ZipMap')).toBe(false)
    expect(Math.abs(bytes.length - model.length)).toBeLessThan(200)
    expect((await answers(bytes, 'output_probability')).dims).toEqual([count, 3])
  })

  it('is named as one that can be rewritten where no place is given, and stays as it is', async () => {
    const found = await inspect(classifier({ kind: 'linear', labels: [3, 4, 5], end: 'zipmap' }))
    expect(found).toMatchObject({
      format: 'onnx',
      rewritten: [],
      rewritable: [{ output: 'output_probability', classes: ['3', '4', '5'] }],
      onnx: { outputs: [{ dtype: 'int64' }, { dtype: 'sequence' }] },
    })
    expect(readdirSync(dir)).toEqual(['model.onnx'])
  })

  it('stays as it is where something else is made of the maps', async () => {
    const found = await inspect(classifier({ kind: 'trees', labels: [0, 1, 2], end: 'zipmap-used' }), {
      rewriteTo: join(dir, 'rewritten.onnx'),
    })
    expect(found).toMatchObject({ rewritten: [], rewritable: [], classLabels: ['0', '1', '2'] })
    expect(readdirSync(dir)).toEqual(['model.onnx'])
  })

  it('has nothing rewritten where there is none, and its labels read from the classifier', async () => {
    const found = await inspect(classifier({ kind: 'trees', labels: ['a', 'b', 'c'], end: 'table' }), {
      rewriteTo: join(dir, 'rewritten.onnx'),
    })
    expect(found).toMatchObject({ rewritten: [], classLabels: ['a', 'b', 'c'] })
    expect(readdirSync(dir)).toEqual(['model.onnx'])
  })
})

describe('a model in the format .ort', () => {
  it('is accepted, with nothing said of its tensors; a damaged one is refused here or by a lane', async () => {
    const path = join(dir, 'optimised.ort')
    const options = { optimizedModelFilePath: path, extra: { session: { save_model_format: 'ORT' } } }
    await ort.InferenceSession.create(logistic({ weights: [1, 1], bias: 0 }), options)
    const bytes = readFileSync(path)
    expect(await inspectModel(path, { rewriteTo: join(dir, 'never') })).toEqual({
      format: 'ort',
      file: { path, sha256: sha256Of(bytes) },
      external: [],
      bytes: bytes.length,
    })
    expect((await answers(bytes, 'probability')).dims).toEqual([count, 1])
    await expect(inspect(bytes.subarray(0, 16))).rejects.toThrow(/cut short or damaged/)
    await expect(answers(bytes.subarray(0, bytes.length >> 1), 'probability')).rejects.toThrow(/verification/)
  })
})

describe('looking at a model', () => {
  const { model } = mlp({ inputs: 3, hidden: 4, outputs: 2, activation: 'softmax', seed: 1 })
  const stalled = fileURLToPath(new URL('children/stalled-inspector.ts', import.meta.url))

  it('answers what the file says, and refuses as the process did', async () => {
    expect(await inspect(model)).toMatchObject({ format: 'onnx', file: { sha256: sha256Of(model) } })
    await expect(inspect('weights: 1 2 3\n')).rejects.toMatchObject({
      code: 'model-refused',
      message: '"model.onnx" is refused: it is a text file: an ONNX model is a binary file',
    })
    await expect(inspectModel(join(dir, 'missing.onnx'))).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  it.each([
    ['hang', { timeoutMs: 1000 }, 'looking at it took more than 1 s'],
    ['grow', { memoryMb: 300 }, 'looking at it took more than 300 MB of memory'],
    ['crash', {}, 'looking at it failed: its process ended (SIGSEGV)'],
    ['throw', {}, 'looking at it failed: its process ended (status 1): Error: thrown'],
  ])('is bounded: %s', async (what, options, why) => {
    const error = inspect(what, { ...options, rewriteTo: join(dir, 'rewritten'), script: stalled })
    await expect(error).rejects.toMatchObject({
      code: 'model-refused',
      message: expect.stringContaining(`"model.onnx" is refused: ${why}`),
    })
    expect(readdirSync(dir)).toEqual(['model.onnx'])
  })

  it('leaves nothing behind when it is aborted', async () => {
    const reason = new Error('cancelled')
    const abort = new AbortController()
    const answer = inspect('hang', {
      signal: abort.signal,
      script: stalled,
      rewriteTo: join(dir, 'rewritten'),
    })
    setTimeout(() => abort.abort(reason), 300)
    await expect(answer).rejects.toBe(reason)
    expect(readdirSync(dir)).toEqual(['model.onnx'])
    await expect(inspect(model, { signal: abort.signal })).rejects.toBe(reason)
  })
})
