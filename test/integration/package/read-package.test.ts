import {
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Readable } from 'node:stream'
import { extract, type Header, pack } from 'tar-stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256Of } from '#edge/package/hash.ts'
import { defaultLimits } from '#edge/package/limits.ts'
import { loadPackageDir, readPackage } from '#edge/package/read-package.ts'
import { csvOf, packageOf, workFolder } from '#support/drafts.ts'
import { logistic, mlp } from '#support/models.ts'

type Entry = Partial<Header> & { name: string; bytes: Buffer }

let work: ReturnType<typeof workFolder>
let file: string
let entries: Entry[]
let into: string
let turn = 0

beforeAll(async () => {
  work = workFolder()
  file = (await packageOf(work.dir, logistic({ weights: [1, 1], bias: -10 }), csvOf(['a', 'b'], 60))).file
  entries = await entriesOf(readFileSync(file))
})
afterAll(() => work.remove())
beforeEach(() => {
  into = work.path(`into-${turn++}`)
  mkdirSync(into)
})

async function entriesOf(bytes: Buffer): Promise<Entry[]> {
  const found: Entry[] = []
  for await (const entry of Readable.from([bytes]).pipe(extract() as never) as AsyncIterable<
    AsyncIterable<Uint8Array> & { header: Header }
  >) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) chunks.push(chunk)
    found.push({ name: entry.header.name, bytes: Buffer.concat(chunks) })
  }
  return found
}

async function tarOf(list: readonly Entry[]): Promise<Buffer> {
  const tar = pack()
  for (const { bytes, ...header } of list)
    tar.entry({ mtime: new Date(0), ...header, size: bytes.length }, bytes)
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The package with some files changed, added (`bytes`) or taken away (null), and digests to match. */
function withFiles(changes: Record<string, Buffer | string | null>): Entry[] {
  const files = new Map(entries.slice(1).map(({ name, bytes }) => [name, bytes]))
  for (const [name, bytes] of Object.entries(changes))
    bytes === null ? files.delete(name) : files.set(name, Buffer.from(bytes))
  return [listing(files), ...[...files].map(([name, bytes]) => ({ name, bytes }))]
}

function listing(files: Map<string, Buffer>): Entry {
  const listed = Object.fromEntries(
    [...files].map(([name, bytes]) => [name, { sha256: sha256Of(bytes), size: bytes.length }]),
  )
  return { name: 'digests.json', bytes: Buffer.from(JSON.stringify({ formatVersion: 1, files: listed })) }
}

async function refusal(bytes: Buffer | readonly Entry[], limits = defaultLimits): Promise<string> {
  const source = Readable.from([Buffer.isBuffer(bytes) ? bytes : await tarOf(bytes)])
  const error = await readPackage(source, into, limits).then(
    () => new Error('it was not refused'),
    (reason: Error & { code?: string }) => reason,
  )
  expect(error).toMatchObject({ code: 'package-refused' })
  expect(readdirSync(into), 'nothing is left behind').toEqual([])
  return error.message
}

const changed = (name: string, change: (value: never) => unknown) => {
  const value = JSON.parse(entries.find((entry) => entry.name === name)!.bytes.toString()) as never
  return withFiles({ [name]: JSON.stringify(change(value) ?? value) })
}

describe('readPackage', () => {
  it('unpacks a package that was packed, from a path or a stream, however it is cut into chunks', async () => {
    const digest = sha256Of(readFileSync(file))
    const loaded = await readPackage(file, into)
    expect(loaded).toMatchObject({
      digest,
      manifest: { id: 'test-model' },
      modelFile: { sha256: sha256Of(readFileSync(work.path('test-model', 'model.onnx'))) },
    })
    expect(loaded.bytes).toBe(readFileSync(file).length)
    expect(loaded.card).toContain('# Test model')
    expect(loaded.prototypes).toHaveLength(2 * loaded.baseline.prototypes!.count)
    expect([...loaded.prototypes].every((x) => x >= 0 && x <= 10)).toBe(true)
    for (const highWaterMark of [1, 511, 100_000])
      expect((await readPackage(createReadStream(file, { highWaterMark }), into)).digest).toBe(digest)
  })

  it('has digests.json first and nothing of the machine that packed it', async () => {
    expect(entries.map(({ name }) => name)).toEqual([
      'digests.json',
      'model.json',
      'model.onnx',
      'baseline.json',
      'baseline.bin',
      'golden.json',
      'card.md',
    ])
    const tar = readFileSync(file)
    expect(tar.toString('latin1', 100, 156).replaceAll('\0', '')).toMatch(
      /^000644 000000 000000 \d{11} 00000000000 \d{6} ?$/,
    )
  })

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /no package/],
    ['an HTML page', Buffer.from('<!doctype html><html>'.padEnd(2000, ' ')), /web page/],
    ['a short HTML page', Buffer.from('<!doctype html>'), /web page/],
    ['a Git-LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git-LFS pointer/],
    ['a zip', Buffer.from('PK\x03\x04'.padEnd(3000, 'x')), /zip/],
    ['noise', Buffer.from(Array.from({ length: 3000 }, (_, k) => (k * 7919) % 251)), /no archive/],
    ['zeros', Buffer.alloc(4096), /no package/],
  ])('refuses %s', async (_, bytes, why) => {
    expect(await refusal(bytes)).toMatch(why)
  })

  it('refuses a package that is cut short anywhere, and a changed byte anywhere in its contents', async () => {
    const bytes = readFileSync(file)
    for (const part of [0.02, 0.3, 0.6, 0.9])
      expect(await refusal(bytes.subarray(0, Math.floor(bytes.length * part)))).toMatch(/cut short|missing/)
    for (const name of ['model.json', 'model.onnx', 'baseline.bin', 'golden.json', 'card.md']) {
      const at = bytes.indexOf(entries.find((entry) => entry.name === name)!.bytes)
      const bad = Buffer.from(bytes)
      bad[at + 5]! ^= 1
      expect(await refusal(bad)).toContain(`"${name}" is refused: its contents are not those`)
    }
  })

  it('refuses links, folders, devices and names that lead elsewhere', async () => {
    const [first, ...rest] = entries
    for (const type of ['symlink', 'link', 'directory', 'fifo', 'character-device'] as const)
      expect(
        await refusal([
          first!,
          { name: 'model.json', type, linkname: '/etc/passwd', bytes: Buffer.alloc(0) },
          ...rest,
        ]),
      ).toMatch(/regular files only/)
    for (const name of [
      '../evil',
      '/etc/evil',
      'a/../../evil',
      'C:\\evil',
      'a\\evil',
      'nul',
      '.hidden',
      'x/y/z/v/w',
    ])
      expect(await refusal(withFiles({ [name]: 'x' })), name).toMatch(/may not be in a package/)
    expect(await refusal([...entries, { name: '../evil', bytes: Buffer.from('x') }])).toMatch(
      /"..\/evil" is refused: "digests.json" does not list it/,
    )
  })

  it('refuses what is there twice, not listed, not there, or not asked for', async () => {
    const card = entries.find(({ name }) => name === 'card.md')!
    expect(await refusal([...entries, card])).toMatch(/"card.md" is refused: it is there twice/)
    expect(await refusal([...entries, { name: 'notes.txt', bytes: Buffer.from('x') }])).toMatch(
      /"notes.txt" is refused.*does not list/,
    )
    expect(await refusal(entries.slice(0, -1))).toMatch(/"card.md" is missing/)
    expect(await refusal(withFiles({ 'golden.json': null }))).toMatch(/"golden.json" is missing/)
    expect(await refusal(withFiles({ 'weights.bin': 'x' }))).toMatch(
      /"weights.bin" is refused: the model does not name it/,
    )
    expect(await refusal(withFiles({ 'Model.json': '{}' }))).toMatch(/another file has that name/)
    expect(await refusal(withFiles({ 'receipt.json': '{}' }))).toMatch(/another file has that name/)
    expect(await refusal(entries.slice(1))).toMatch(/first entry is "model.json", not "digests.json"/)
  })

  it('refuses what is larger than the limits', async () => {
    expect(await refusal(entries, { ...defaultLimits, totalBytes: 3000 })).toMatch(/larger than 3000 bytes/)
    expect(await refusal(entries, { ...defaultLimits, modelBytes: 10 })).toMatch(
      /"model.onnx" is refused: its \d+ bytes are more than the 10 allowed/,
    )
    expect(await refusal(entries, { ...defaultLimits, textBytes: 10 })).toMatch(/"digests.json" is refused/)
    expect(await refusal(entries, { ...defaultLimits, files: 3 })).toMatch(/lists 6 files/)
  })

  it('refuses contents that do not fit together, naming the file', async () => {
    expect(await refusal(withFiles({ 'model.json': '{' }))).toMatch(/"model.json" is no JSON/)
    expect(
      await refusal(changed('model.json', (m: Record<string, unknown>) => ({ ...m, id: '../x' }))),
    ).toMatch(/"model.json" is refused: id: must be lower-case/)
    expect(
      await refusal(
        changed('model.json', (m: { inputs: { features: { name: string }[] } }) => {
          m.inputs.features[0]!.name = 'z'
        }),
      ),
    ).toMatch(/"a" is not among inputs.features/)
    expect(
      await refusal(
        changed('baseline.json', (b: { features: Record<string, unknown> }) => {
          delete b.features['a']
        }),
      ),
    ).toMatch(/"baseline.json" is refused: it says nothing of "a"/)
    expect(
      await refusal(
        changed('golden.json', (g: { outputs: unknown }) => {
          g.outputs = {}
        }),
      ),
    ).toMatch(/"golden.json" is refused: it holds no answers/)
    expect(await refusal(withFiles({ 'baseline.bin': 'short' }))).toMatch(
      /"baseline.bin" is refused: it has 5 bytes/,
    )
    expect(
      await refusal(withFiles({ 'model.onnx': 'version https://git-lfs.github.com/spec/v1\n' })),
    ).toMatch(/"model.onnx" is refused: it is a Git-LFS pointer/)
    const outside = mlp({
      inputs: 2,
      hidden: 2,
      outputs: 1,
      activation: 'sigmoid',
      seed: 1,
      external: '../../token',
    }).model
    expect(await refusal(withFiles({ 'model.onnx': outside }))).toMatch(
      /"\.\.\/\.\.\/token": it leads out of the model's folder/,
    )
  })

  it('passes on what the stream itself suffers', async () => {
    const broken = new Readable({
      read() {
        this.push(readFileSync(file).subarray(0, 700))
        this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      },
    })
    await expect(readPackage(broken, into)).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(readPackage(work.path('missing.ewp'), into)).rejects.toMatchObject({
      code: 'file-unreadable',
    })
    expect(readdirSync(into)).toEqual([])
  })
})

const tarStream = async (list: Entry[]) => Readable.from([await tarOf(list)])
/** As far as the first bytes of a model in that format tell. */
const ortBytes = Buffer.from('\x0c\0\0\0ORTM\0\0\0\0\0\0\0\0', 'latin1')
const beside = mlp({
  inputs: 2,
  hidden: 2,
  outputs: 1,
  activation: 'sigmoid',
  seed: 1,
  external: 'parts/w.bin',
})

describe('a model', () => {
  it('in the format .ort is taken under its own name only', async () => {
    const list = withFiles({ 'model.onnx': null, 'model.ort': ortBytes })
    const loaded = await readPackage(await tarStream(list), into)
    expect(loaded.modelFile).toEqual({ path: `${loaded.dir}/model.ort`, sha256: sha256Of(ortBytes) })
    expect(await loadPackageDir(loaded.dir)).toEqual(loaded)
    rmSync(loaded.dir, { recursive: true })
    expect(await refusal(withFiles({ 'model.onnx': ortBytes }))).toBe(
      '"model.onnx" is refused: it is a model in the format .ort',
    )
    const onnx = withFiles({ 'model.onnx': null, 'model.ort': logistic({ weights: [1, 1], bias: 0 }) })
    expect(await refusal(onnx)).toBe('"model.ort" is refused: it is a model in the format .onnx')
    expect(await refusal(withFiles({ 'model.ort': ortBytes }))).toMatch(/two models/)
  })
})

describe('loadPackageDir', () => {
  it('reads an unpacked package again and hashes everything anew', async () => {
    const loaded = await readPackage(file, into)
    expect(await loadPackageDir(loaded.dir)).toEqual(loaded)
  })

  it('knows the weights beside the model', async () => {
    const list = withFiles({ 'model.onnx': beside.model, 'parts/w.bin': beside.external! })
    const loaded = await readPackage(await tarStream(list), into)
    expect(loaded.modelFile.external).toEqual([
      {
        location: 'parts/w.bin',
        path: `${loaded.dir}/parts/w.bin`,
        sha256: sha256Of(beside.external!),
      },
    ])
    expect(await loadPackageDir(loaded.dir)).toEqual(loaded)
    writeFileSync(`${loaded.dir}/parts/w.bin`, Buffer.alloc(beside.external!.length))
    await expect(loadPackageDir(loaded.dir)).rejects.toThrow(/"parts\/w.bin" has changed/)
  })

  it.each<[string, (dir: string) => void, RegExp]>([
    ['a changed file', (dir) => writeFileSync(`${dir}/card.md`, 'rotten'), /"card.md" has changed/],
    [
      'a changed model',
      (dir) => writeFileSync(`${dir}/model.onnx`, logistic({ weights: [1, 2], bias: 0 })),
      /"model.onnx" has changed/,
    ],
    ['a missing file', (dir) => rmSync(`${dir}/golden.json`), /"golden.json" cannot be read \(ENOENT\)/],
    [
      'digests that were written anew',
      (dir) => writeFileSync(`${dir}/digests.json`, `${readFileSync(`${dir}/digests.json`, 'utf8')} `),
      /"digests.json" has changed/,
    ],
    ['a missing receipt', (dir) => rmSync(`${dir}/receipt.json`), /"receipt.json" cannot be read/],
    ['another file beside them', (dir) => writeFileSync(`${dir}/extra.txt`, 'x'), /"extra.txt" is refused/],
    ['a link beside them', (dir) => symlinkSync('/etc/passwd', `${dir}/extra`), /"extra" is refused/],
  ])('refuses %s', async (_, change, why) => {
    const { dir } = await readPackage(file, into)
    change(dir)
    await expect(loadPackageDir(dir)).rejects.toMatchObject({
      code: 'package-refused',
      message: expect.stringMatching(why),
    })
  })
})
