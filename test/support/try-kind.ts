import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Decision } from '#core/contracts/decision.ts'
import { featuresOf } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { parseCell } from '#core/package/cell.ts'
import { parseSeries } from '#core/package/series-cell.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { openCsv } from '#edge/package/csv.ts'
import { type Draft, draftFolder } from '#edge/package/draft-folder.ts'
import { packFolder } from '#edge/package/pack-folder.ts'
import type { TestEdge } from './edge.ts'
import { installOn } from './package.ts'
import { differences, type Expected, rawDifference } from './same-answers.ts'

/** How an input of a model that is tried gets its values: written by whoever made it, and not by what is tried. */
export interface Feed {
  input: string
  from: 'columns' | 'window' | 'image' | 'series' | 'constant'
  dtype: string
  /** With the batch axis as 1. */
  shape: number[]
  columns?: string[]
  steps?: number
  layout?: string
  scale?: number
  mean?: number[]
  std?: number[]
  order?: string
}

export interface About {
  kind: string
  madeBy: string
  /** As the model declares them: type and shape. */
  inputs: Record<string, string>
  outputs: Record<string, string>
  feed: Feed[]
  /** What a person would have to tell `new`. */
  new?: {
    features?: string[]
    label?: string
    time?: string
    group?: string
    window?: number
    constants?: Record<string, string>
  }
  wrong?: string
}

export interface Tried {
  about: About
  manifest: Manifest
  draft: Draft
  compared: number
  /** Of decisions; relative to the answer where that is above 1. */
  largestDifference: number
  /** Of the model's own outputs over the Open Inference Protocol; null where it takes windows. */
  rawDifference: number | null
  /** A reading that the model answered. */
  good: Reading
  send: (readings: Reading[]) => Promise<Decision[]>
}

export const aboutOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')) as About

/** Folders of models, in order; `broken` holds those that must be refused. */
export const foldersIn = (zoo: string) =>
  readdirSync(zoo)
    .filter((name) => existsSync(join(zoo, name, 'about.json')))
    .sort()

/** `new`, with nothing but the model, its reference and what a person would have to say. */
export function draftKind(folder: string, dir: string, id: string, open = openLane): Promise<Draft> {
  const model = ['model.onnx', 'model.ort'].map((name) => join(folder, name)).find(existsSync)!
  const reference = join(folder, 'reference.csv')
  return draftFolder({ ...aboutOf(folder).new, model, reference, dir: () => dir, owner: 'test', id }, open)
}

/**
 * Drafts, packs and installs a model with nothing but its file and its reference, sends its first rows as readings, and
 * compares each decision with what onnxruntime answers directly.
 */
export async function tryKind(edge: TestEdge, folder: string, work: string, id: string): Promise<Tried> {
  const about = aboutOf(folder)
  const expected = JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Expected
  const draft = await draftKind(folder, join(work, id), id)
  preprocess(draft.dir, about.feed)
  const packed = await packFolder(draft.dir, () => join(work, `${id}.ewp`), openLane)
  await installOn(edge, readFileSync(packed.file))

  const { manifest } = packed
  const send = (readings: Reading[]) =>
    edge.client.json<Decision[]>('POST', `/api/models/${id}/readings`, readings)
  const count = Object.values(expected)[0]!.length
  const readings = await readingsOf(join(folder, 'reference.csv'), folder, manifest, draft.group)
  const decisions = await send(readings)
  const answered = decisions
    .map((decision, row) => ({ decision, reading: readings[row]! }))
    .filter(({ decision: { verdict } }) => verdict === 'normal' || verdict === 'alert')
    .slice(0, count)
  if (answered.length < count)
    throw new Error(
      `${answered.length} of ${count} are answered; the first other: ${JSON.stringify(decisions.find((d) => d.quality.length > 0)?.quality)}`,
    )
  return {
    about,
    manifest,
    draft,
    compared: answered.length,
    largestDifference: differences(
      manifest,
      answered.map(({ decision }) => decision),
      expected,
    ),
    rawDifference: await rawDifference(
      edge,
      manifest,
      answered.map(({ reading }) => reading),
      expected,
    ),
    good: answered[0]!.reading,
    send,
  }
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
async function readingsOf(
  path: string,
  folder: string,
  { inputs }: Manifest,
  group?: string,
): Promise<Reading[]> {
  const csv = await openCsv(path)
  const readings: Reading[] = []
  const startMs = Date.now() - 3600_000
  const longest = Math.max(
    1,
    ...inputs.tensors.map((tensor) => (tensor.kind === 'window' ? tensor.steps : 1)),
  )
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

/** What of a manifest's inputs can be known from how the model was fed: independent of what drafted it. */
export const fedBy = ({ inputs: { tensors } }: Manifest) =>
  tensors.map((tensor) => ({
    input: tensor.name,
    from: tensor.kind,
    dtype: tensor.dtype,
    columns: featuresOf(tensor),
    ...(tensor.kind === 'window' && { steps: tensor.steps }),
    ...((tensor.kind === 'window' || tensor.kind === 'image') && { layout: layouts[tensor.layout] }),
  }))

const layouts = {
  'time-feature': 'NTF',
  'feature-time': 'NFT',
  'channels-first': 'NCHW',
  'channels-last': 'NHWC',
}
