import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { sha256Of } from '#edge/package/hash.ts'
import { checkModelFile } from '#edge/package/model-file.ts'
import { parseOnnx } from '#edge/package/onnx-model.ts'
import { checkScope } from '#edge/package/tensors.ts'
import { mlp, passing, slow } from '#support/models.ts'
import { buildModel, node, weights } from '#support/onnx-builder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-model-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

async function refusal(bytes: Uint8Array | string, name = 'model.onnx'): Promise<EdgewrightError> {
  writeFileSync(join(dir, name), bytes)
  return refusalOf(name)
}

async function refusalOf(name: string, options = {}): Promise<EdgewrightError> {
  const error: unknown = await checkModelFile(join(dir, name), options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof EdgewrightError)) throw new Error(`not refused: ${String(error)}`)
  return error
}

const good = mlp({
  inputs: 3,
  hidden: 4,
  outputs: 2,
  activation: 'softmax',
  seed: 1,
  metadata: { feature_names: 'a,b,c' },
}).model
const text = (words: string) => Buffer.from(words, 'latin1')

describe('a file that is no ONNX model', () => {
  it.each<[string, Uint8Array | string, RegExp]>([
    ['nothing', '', /it is empty/],
    ['an HTML page', '\n<!DOCTYPE html><html><body>404', /web page/],
    [
      'a Git-LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n',
      /Git-LFS pointer.*git lfs pull/,
    ],
    ['JSON', ' {"graph": []}', /it is JSON/],
    ['a PyTorch archive', text('PK\x03\x04............archive/data.pkl'), /PyTorch.*export it to ONNX/],
    ['a Keras archive', text('PK\x03\x04............config.json'), /Keras/],
    ['another zip', text('PK\x03\x04............stuff'), /zip archive/],
    ['gzip', gzipSync(good), /gzip/],
    ['a tar', Buffer.concat([Buffer.alloc(257), text('ustar\x0000'), Buffer.alloc(300)]), /tar archive/],
    ['a pickle', text('\x80\x04\x95\x10\x00sklearn'), /pickle.*skl2onnx/],
    ['HDF5', text('\x89HDF\r\n\x1a\n'), /HDF5/],
    ['TensorFlow Lite', text('\x1c\x00\x00\x00TFL3'), /TensorFlow Lite/],
    ['safetensors', text('\x40\x00\x00\x00\x00\x00\x00\x00{"w":{"dtype":"F32"'), /safetensors/],
    ['zeros', Buffer.alloc(2000), /zeros/],
    ['a text', 'weights: 1 2 3\n', /text file/],
    ['noise', text('\xf3\x99\x01\xe5\xa1\x00\xcc\x81\x7f\xff\x00\x12'), /cut short or damaged/],
    ['another protobuf', Buffer.from([0x0a, 0x03, 0x66, 0x6f, 0x6f]), /no ONNX model/],
  ])('%s is refused by name', async (_, bytes, why) => {
    const error = await refusal(bytes)
    expect(error.code).toBe('model-refused')
    expect(error.message).toContain('"model.onnx"')
    expect(error.message).toMatch(why)
  })

  it('a model that is cut short anywhere is refused', async () => {
    for (const part of [0.1, 0.5, 0.9, 0.99]) {
      const error = await refusal(good.subarray(0, Math.floor(good.length * part)))
      expect(error.message).toMatch(/cut short|no ONNX model/)
    }
  })

  it('a folder, a missing file and, in a draft, a link are refused', async () => {
    mkdirSync(join(dir, 'folder.onnx'))
    expect((await refusalOf('folder.onnx')).message).toMatch(/no regular file/)
    expect((await refusalOf('missing.onnx')).code).toBe('file-unreadable')
    writeFileSync(join(dir, 'real.onnx'), good)
    symlinkSync('real.onnx', join(dir, 'link.onnx'))
    expect((await refusalOf('link.onnx', { refuseLink: true })).message).toMatch(/it is a link/)
    expect((await checkModelFile(join(dir, 'link.onnx'))).bytes).toBe(good.length)
  })
})

describe('a model', () => {
  it('is described by its graph, its weights passed over', async () => {
    writeFileSync(join(dir, 'model.onnx'), good)
    const { onnx, file } = await checkModelFile(join(dir, 'model.onnx'))
    expect(file).toEqual({ path: join(dir, 'model.onnx'), sha256: sha256Of(good) })
    expect(onnx).toMatchObject({
      irVersion: 8,
      opsets: [{ domain: '', version: 13 }],
      metadata: { feature_names: 'a,b,c' },
      inputs: [{ name: 'input', dtype: 'float32', shape: ['rows', 3] }],
      outputs: [{ name: 'probabilities', dtype: 'float32', shape: ['rows', 2] }],
      external: [],
    })
  })

  it('is described the same when much lies between its parts', async () => {
    const names = Array.from({ length: 40 }, (_, k) => `w${k}`)
    const large = buildModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 1] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['n', 1] }],
      weights: names.map((name, k) => weights(name, [1, 1009 * k], new Array<number>(1009 * k).fill(k))),
      nodes: [node('Sum', ['x', ...names], ['y'])],
      metadata: { last: 'é'.repeat(20_000) },
    })
    writeFileSync(join(dir, 'model.onnx'), large)
    const found = await checkModelFile(join(dir, 'model.onnx'))
    expect(found.onnx).toEqual(parseOnnx(large))
    expect(found.onnx?.metadata).toEqual({ last: 'é'.repeat(20_000) })
    expect(found.file.sha256).toBe(sha256Of(large))
  })

  it('of an old form, with its weights among the inputs, has its real inputs only', () => {
    const old = buildModel({
      irVersion: 3,
      inputs: [
        { name: 'x', type: 'float32', shape: ['', 1] },
        { name: 'w', type: 'float32', shape: [1, 1] },
      ],
      outputs: [{ name: 'y', type: 'float32', shape: ['', 1] }],
      weights: [weights('w', [1, 1], [2])],
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
    })
    expect(parseOnnx(old).inputs.map(({ name }) => name)).toEqual(['x'])
  })
})

describe('what can be served', () => {
  const scope = (model: Buffer) => checkScope(parseOnnx(model))
  const x = { name: 'x', type: 'float32' as const, shape: ['n', 2] }

  it('leaves out outputs of which no decision can be made, and says so', () => {
    const model = buildModel({
      inputs: [x],
      outputs: [
        { name: 'label', type: 'int64', shape: ['n'] },
        { name: 'maps', type: 'sequence' },
        { name: 'mask', type: 'float32', shape: ['n', 64, 64] },
      ],
      nodes: ['label', 'maps', 'mask'].map((name) => node('Foo', ['x'], [name])),
    })
    const { usable, leftOut } = scope(model)
    expect(usable.map(({ name }) => name)).toEqual(['label'])
    expect(leftOut).toEqual([
      { name: 'maps', why: 'sequence' },
      { name: 'mask', why: '4096 values per row (float32 [n, 64, 64])' },
    ])
  })

  it.each(['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'bool', 'string'] as const)(
    'takes inputs and outputs of %s',
    (type) => {
      expect(scope(passing({ ...x, type }, { ...x, name: 'y', type })).leftOut).toEqual([])
    },
  )

  it.each<[string, Buffer, RegExp]>([
    ['bfloat16', passing({ ...x, type: 'bfloat16' }, x), /input "x" \[n, 2\] takes bfloat16/],
    ['complex numbers', passing({ ...x, type: 'complex64' }, x), /input "x".*complex64/],
    ['sequences only', passing(x, { name: 'y', type: 'sequence' }), /"y" is sequence/],
    [
      'an embedding only',
      passing(x, { name: 'y', type: 'float32', shape: ['n', 4096] }),
      /"y" is 4096 values per row/,
    ],
  ])('refuses %s in one sentence', (_, model, why) => {
    expect(() => scope(model)).toThrow(why)
  })
})

describe('weights outside the file', () => {
  const model = (location: string, rest: { offset?: number; length?: number } = {}) => {
    const first = { ...weights('w', [2, 1], [1, 2]), external: { location, ...rest } }
    return buildModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['n', 1] }],
      weights: [first],
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
    })
  }

  it('inside the folder are taken, with their digest', async () => {
    mkdirSync(join(dir, 'parts'))
    writeFileSync(join(dir, 'parts', 'w.bin'), Buffer.alloc(8))
    writeFileSync(join(dir, 'model.onnx'), model('parts/w.bin'))
    const { external, file } = await checkModelFile(join(dir, 'model.onnx'))
    expect(external).toEqual(['parts/w.bin'])
    expect(file.external).toEqual([
      { location: 'parts/w.bin', path: join(dir, 'parts', 'w.bin'), sha256: sha256Of(Buffer.alloc(8)) },
    ])
  })

  it.each([
    ['../secret.bin', /leads out/],
    ['parts/../../secret.bin', /leads out/],
    ['..\\secret.bin', /leads out/],
    ['/etc/passwd', /absolute/],
    ['C:\\Windows\\system.ini', /absolute/],
    ['c:secret', /absolute/],
    ['\\\\server\\share\\w.bin', /absolute/],
    ['', /names no file/],
    ['./w.bin', /no plain relative path/],
    ['parts//w.bin', /no plain relative path/],
    ['a\\w.bin', /no plain relative path/],
    ['w.bin\0.txt', /no plain relative path/],
    ['nul.bin', /no plain relative path/],
    ['*/_ORT_MEM_ADDR_/*', /no plain relative path/],
    ['missing.bin', /not there/],
  ])('at %j are refused by name', async (location, why) => {
    const error = await refusal(model(location))
    expect(error.code).toBe('model-refused')
    expect(error.message).toContain(`"w" lie outside the file, in "${location}"`)
    expect(error.message).toMatch(why)
  })

  it('reached by a link, of the file or of its folder, are refused', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'edgewright-outside-'))
    try {
      writeFileSync(join(outside, 'w.bin'), Buffer.alloc(8))
      symlinkSync(join(outside, 'w.bin'), join(dir, 'w.bin'))
      symlinkSync(outside, join(dir, 'parts'))
      expect((await refusal(model('w.bin'))).message).toMatch(/it is a link/)
      expect((await refusal(model('parts/w.bin'))).message).toMatch(/the folder "parts" is a link/)
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('shorter than the model says, or at no place, are refused', async () => {
    writeFileSync(join(dir, 'w.bin'), Buffer.alloc(8))
    expect((await refusal(model('w.bin', { offset: 4 }))).message).toMatch(
      /8 bytes.*up to byte 12.*cut short/,
    )
    expect((await refusal(model('w.bin', { offset: -4 }))).message).toMatch(/no whole number/)
    expect((await refusal(model('w.bin', { length: 2 ** 60 }))).message).toMatch(/no whole number/)
  })

  it('are found in constants and in inner graphs, too', async () => {
    const hidden = { ...weights('inner', [1], [1]), external: { location: '../x' } }
    const constant = node('Constant', [], ['c'], { value: { t: hidden } })
    const inner = node('If', ['yes'], ['y'], {
      then_branch: { g: { inputs: [], outputs: [{ name: 'c', type: 'float32' }], nodes: [constant] } },
      else_branch: {
        g: { inputs: [], outputs: [{ name: 'c', type: 'float32' }], nodes: [], weights: [hidden] },
      },
    })
    for (const nodes of [[constant], [inner]]) {
      const bytes = buildModel({
        inputs: [{ name: 'x', type: 'float32', shape: ['n', 1] }],
        outputs: [{ name: 'y', type: 'float32' }],
        nodes,
      })
      expect((await refusal(bytes)).message).toMatch(/"inner" lie outside the file, in "\.\.\/x"/)
    }
    expect(parseOnnx(slow({ inputs: 1, iterations: 1 })).external).toEqual([])
  })
})
