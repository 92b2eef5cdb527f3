import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Decision, Said } from '#core/contracts/decision.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { type OutputTensor, scoreNames } from '#core/contracts/output-tensor.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { parseCell } from '#core/package/cell.ts'
import { parseSeries } from '#core/package/series-cell.ts'
import { toScores } from '#edge/decide/scores.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { openCsv } from '#edge/package/csv.ts'
import { type Draft, draftFolder } from '#edge/package/draft-folder.ts'
import { packFolder } from '#edge/package/pack-folder.ts'
import type { TestEdge } from './edge.ts'
import { installOn } from './package.ts'

/** How an input of a model that is tried gets its values: written by whoever made it, and not by what is tried. */
export interface Feed {
  input: string
  from: string
  scale?: number
  mean?: number[]
  std?: number[]
  order?: string
}

export interface About {
  kind: string
  madeBy: string
  feed: Feed[]
  /** What a person would have to tell `new`. */
  new?: { features?: string[]; label?: string; time?: string; group?: string; window?: number; constants?: Record<string, string> }
}

/** Per output: rows × width, as onnxruntime answers when it is asked directly. */
export type Expected = Record<string, unknown[]>

export interface Tried {
  manifest: Manifest
  draft: Draft
  compared: number
  largestDifference: number
  /** Of a reading in which everything is missing. */
  onNothing: Decision
}

/**
 * Drafts, packs and installs a model with nothing but its file and its reference, sends its first rows as readings, and
 * compares each decision with what onnxruntime answers directly.
 */
export async function tryKind(edge: TestEdge, folder: string, work: string, id: string): Promise<Tried> {
  const about = JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')) as About
  const expected = JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Expected
  const model = ['model.onnx', 'model.ort'].map((name) => join(folder, name)).find(existsSync)!
  const reference = join(folder, 'reference.csv')
  const draft = await draftFolder(
    { ...about.new, model, reference, dir: () => join(work, id), owner: 'test', id },
    openLane,
  )
  preprocess(draft.dir, about.feed)
  const packed = await packFolder(draft.dir, () => join(work, `${id}.ewp`), openLane)
  await installOn(edge, readFileSync(packed.file))

  const { manifest } = packed
  const count = Object.values(expected)[0]!.length
  const readings = await readingsOf(reference, folder, manifest, draft.group)
  const decisions = await edge.client.json<Decision[]>('POST', `/api/models/${id}/readings`, readings)
  const answered = decisions.filter(({ verdict }) => verdict === 'normal' || verdict === 'alert').slice(0, count)
  if (answered.length < Math.min(count, 10))
    throw new Error(`${answered.length} answers only; the first refusal: ${JSON.stringify(decisions.find((d) => d.quality.length > 0)?.quality)}`)
  const largestDifference = compare(manifest, answered, expected)
  const nothing: Reading = {
    asset: 'nothing',
    time: new Date().toISOString(),
    values: Object.fromEntries(manifest.inputs.features.map(({ name }) => [name, null])),
  }
  const onNothing = await edge.client.json<Decision>('POST', `/api/models/${id}/readings`, nothing)
  return { manifest, draft, compared: answered.length, largestDifference, onNothing }
}

/** What nobody can see in a model: how training prepared its images. */
function preprocess(dir: string, feeds: readonly Feed[]): void {
  const path = join(dir, 'model.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  for (const tensor of manifest.inputs.tensors) {
    if (tensor.kind !== 'image') continue
    const feed = feeds.find(({ input }) => input === tensor.name)
    tensor.scale = feed?.scale ?? 1
    if (feed?.mean && feed.mean.length === (tensor.colour === 'grey' ? 1 : 3)) tensor.mean = feed.mean
    if (feed?.std && feed.std.length === (tensor.colour === 'grey' ? 1 : 3)) tensor.std = feed.std
    if (feed?.order === 'BGR') tensor.colour = 'bgr'
  }
  writeFileSync(path, JSON.stringify(manifest))
}

/** Rows of the reference as a sender would send them. */
async function readingsOf(path: string, folder: string, { inputs }: Manifest, group?: string): Promise<Reading[]> {
  const csv = await openCsv(path)
  const readings: Reading[] = []
  const startMs = Date.now() - 3600_000
  const longest = Math.max(1, ...inputs.tensors.map((tensor) => (tensor.kind === 'window' ? tensor.steps : 1)))
  for await (const row of csv.rows) {
    const cell = (name: string) => row[csv.header.indexOf(name)] ?? ''
    readings.push({
      asset: group === undefined ? 'one' : `asset ${cell(group)}`,
      time: new Date(startMs + readings.length).toISOString(),
      values: Object.fromEntries(inputs.features.map((f) => [f.name, cellValue(f, cell(f.name), folder)])),
    })
    if (readings.length >= 20 + longest * 4) break
  }
  return readings
}

function cellValue({ kind }: Feature, text: string, folder: string): Value {
  const cell = parseCell(text)
  if (cell === null) return null
  if (kind === 'image') return readFileSync(join(folder, text)).toString('base64')
  if (kind === 'series') return Array.from(parseSeries(text)!, (x) => (Number.isNaN(x) ? null : x))
  return kind === 'number' ? cell : text.trim()
}

/** The largest difference between the decisions and what the raw outputs mean; throws where a label differs. */
function compare(manifest: Manifest, decisions: readonly Decision[], expected: Expected): number {
  let largest = 0
  manifest.outputs.forEach((output, k) => {
    const raw = expected[output.name]!
    const flat = raw.map((row) => [row].flat(8) as (number | string | boolean)[])
    const width = flat[0]!.length
    const data =
      output.activation === 'label' ? flat.flat().map(String) : Float64Array.from(flat.flat(), Number)
    const at = Int32Array.from(flat.keys())
    const scores = toScores([output], { [output.name]: { data, width } }, at)
    decisions.forEach((decision, row) => {
      const said: Said | undefined = k === 0 ? decision : decision.outputs?.[output.name]
      if (!said) throw new Error(`output "${output.name}" is not in the decision`)
      largest = Math.max(largest, distance(output, said, scores, row))
    })
  })
  return largest
}

function distance(output: OutputTensor, said: Said, scores: readonly Float32Array[], row: number): number {
  const names = scoreNames(output)
  const of = (name: string) => scores[names.indexOf(name)]![row]!
  if (output.activation === 'label') {
    const label = names[scores.findIndex((column) => column[row] === 1)]
    if (said.label !== label) throw new Error(`row ${row}: label ${said.label}, not ${label}`)
    return 0
  }
  const apart = (found: number | undefined, wanted: number) =>
    Math.abs((found ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted))
  const worst = (found: Record<string, number> | undefined) =>
    Math.max(...names.map((name) => apart(found?.[name], of(name))))
  if (output.kind === 'regression') return names.length === 1 ? apart(said.value, of('value')) : worst(said.targets)
  return output.kind === 'binary' ? apart(said.probability, of(output.positive!)) : worst(said.classes)
}
