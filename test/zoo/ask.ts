import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'

/**
 * What onnxruntime answers when it is asked directly, without any of the code that is tested: `ask.ts FOLDER…` writes
 * expect.json, `ask.ts --ort SOURCE TARGET` the same model as .ort.
 */

interface Feed {
  input: string
  from: 'columns' | 'window' | 'image' | 'series' | 'constant'
  dtype: string
  /** With the batch axis as 1. */
  shape: number[]
  columns: string[]
  value: number[]
  steps: number
  unit: string
  layout: string
  order: string
  scale: number
  mean: number[]
  std: number[]
}

interface About {
  feed: Feed[]
  batch: number
  /** The same model without its ZipMaps, which onnxruntime-node cannot answer. */
  direct?: string
  [more: string]: unknown
}

type Row = Record<string, string>
type Cell = number | bigint | string

const TYPED = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const
const EXAMPLES = 20

function cell(text: string, dtype: string): Cell {
  if (dtype === 'string') return text
  const number = /^(true|false)$/i.test(text)
    ? Number(/^true$/i.test(text))
    : text === ''
      ? Number.NaN
      : Number(text)
  return dtype === 'int64' ? BigInt(number) : number
}

function tensor(dtype: string, cells: Cell[], shape: number[]): ort.Tensor {
  if (dtype === 'string') return new ort.Tensor('string', cells as string[], shape)
  if (dtype === 'int64') return new ort.Tensor('int64', BigInt64Array.from(cells as bigint[]), shape)
  if (dtype === 'float16') {
    // onnxruntime-node 1.30 takes the halves' bits, where onnxruntime-common wraps them in a Float16Array.
    const halves = Float16Array.from(cells as number[])
    const wrapped = new ort.Tensor('float16', halves as never, shape)
    return Object.defineProperty(wrapped, 'data', { value: new Uint16Array(halves.buffer) })
  }
  const data = TYPED[dtype as keyof typeof TYPED].from(cells as number[])
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape)
}

async function pixels(path: string, feed: Feed): Promise<number[]> {
  const last = feed.layout === 'NHWC'
  const [height, width, channels] = (last ? [1, 2, 3] : [2, 3, 1]).map((axis) => feed.shape[axis]!) as [
    number,
    number,
    number,
  ]
  const decoded = sharp(path).removeAlpha()
  const { data, info } = await (channels === 1 ? decoded.grayscale() : decoded)
    .raw()
    .toBuffer({ resolveWithObject: true })
  if (info.width !== width || info.height !== height || info.channels !== channels)
    throw new Error(`${path} is ${info.width}×${info.height}×${info.channels}.`)
  const cells = new Array<number>(data.length)
  for (let place = 0; place < height * width; place += 1)
    for (let c = 0; c < channels; c += 1) {
      const pixel = data[place * channels + (feed.order === 'BGR' ? channels - 1 - c : c)]!
      const cellAt = last ? place * channels + c : c * height * width + place
      cells[cellAt] = (pixel * feed.scale - feed.mean[c]!) / feed.std[c]!
    }
  return cells
}

/** `rows`: of a window, all of them; else one. */
async function cellsOf(folder: string, feed: Feed, rows: Row[]): Promise<Cell[]> {
  const row = rows.at(-1)!
  if (feed.from === 'image') return pixels(join(folder, row[feed.columns[0]!]!), feed)
  if (feed.from === 'series') return row[feed.columns[0]!]!.split(' ').map(Number)
  if (feed.from === 'columns') return feed.columns.map((name) => cell(row[name]!, feed.dtype))
  return feed.layout === 'NFT'
    ? feed.columns.flatMap((name) => rows.map((each) => cell(each[name]!, feed.dtype)))
    : rows.flatMap((each) => feed.columns.map((name) => cell(each[name]!, feed.dtype)))
}

function examplesOf(table: Row[], feeds: Feed[]): Row[][] {
  const window = feeds.find(({ from }) => from === 'window')
  if (!window) return table.slice(0, EXAMPLES).map((row) => [row])
  const ends = [...table.keys()].map((k) => table.slice(Math.max(0, k + 1 - window.steps), k + 1))
  const whole = ends.filter(
    (rows) => rows.length === window.steps && rows.every((r) => r[window.unit] === rows[0]![window.unit]),
  )
  return whole.slice(0, EXAMPLES)
}

async function ask(folder: string): Promise<void> {
  const about = JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')) as About
  const table = parse<Row>(readFileSync(join(folder, 'reference.csv')), { columns: true })
  const file = [about.direct ?? '', 'model.onnx', 'model.ort'].find(
    (name) => name && existsSync(join(folder, name)),
  )!
  const session = await ort.InferenceSession.create(join(folder, file), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const tensors = session.outputNames.filter((_, k) => session.outputMetadata[k]!.isTensor)
  const examples = examplesOf(table, about.feed)
  const answers: Record<string, (number | string)[][]> = Object.fromEntries(tensors.map((name) => [name, []]))
  for (let first = 0; first < examples.length; first += about.batch) {
    const batch = Array.from(
      { length: about.batch },
      (_, k) => examples[Math.min(first + k, examples.length - 1)]!,
    )
    const feeds: Record<string, ort.Tensor> = {}
    for (const feed of about.feed) {
      const cells =
        feed.from === 'constant'
          ? feed.value
          : (await Promise.all(batch.map((rows) => cellsOf(folder, feed, rows)))).flat()
      const shape =
        about.batch === 1 || feed.from === 'constant' ? feed.shape : [about.batch, ...feed.shape.slice(1)]
      feeds[feed.input] = tensor(feed.dtype, cells, shape)
    }
    const said = await session.run(feeds, tensors)
    for (const name of tensors) {
      const flat = Array.from(said[name]!.data as ArrayLike<number | bigint | string>, (v) =>
        typeof v === 'bigint' ? Number(v) : v,
      )
      const width = flat.length / about.batch
      for (let k = 0; k < about.batch && first + k < examples.length; k += 1)
        answers[name]!.push(flat.slice(k * width, (k + 1) * width))
    }
  }
  await session.release()
  writeFileSync(join(folder, 'expect.json'), `${JSON.stringify(answers)}\n`)
}

async function toOrt(source: string, target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true })
  cpSync(source, target, { recursive: true, filter: (path) => !/(\.onnx|expect\.json)$/.test(path) })
  const session = await ort.InferenceSession.create(join(source, 'model.onnx'), {
    optimizedModelFilePath: join(target, 'model.ort'),
    graphOptimizationLevel: 'basic',
    extra: { session: { save_model_format: 'ORT' } },
  })
  await session.release()
  const about = JSON.parse(readFileSync(join(target, 'about.json'), 'utf8')) as About
  const kind = `${about.kind}, as .ort`
  const madeBy = `${about.madeBy}, saved by onnxruntime-node ${ort.env.versions.node}`
  writeFileSync(join(target, 'about.json'), `${JSON.stringify({ ...about, kind, madeBy }, null, 2)}\n`)
}

const [first, ...others] = process.argv.slice(2)
if (first === '--ort') await toOrt(others[0]!, others[1]!)
else for (const folder of [first!, ...others]) await ask(folder)
