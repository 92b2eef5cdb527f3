import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { titleAndUnit } from './column-title.ts'
import {
  type Column,
  kindOf,
  looksLikeId,
  mediaKind,
  namedLikeLabel,
  namedLikeTime,
  textAt,
} from './columns.ts'
import { draftFeature } from './draft-manifest.ts'
import { isImage, planImage } from './plan-image.ts'
import { type DeclaredInput, type NoPlan, type PlanOptions, refuse } from './plan-types.ts'
import { type InputWidth, type Selection, selectColumns } from './select-columns.ts'
import { parseSeries } from './series-cell.ts'

export interface Plan {
  ok: true
  features: Feature[]
  tensors: InputTensor[]
  /** How each tensor's features were found, in words. */
  how: { tensor: string; how: string; features: string[] }[]
  leftOut: { name: string; why: string }[]
  fixedBatch?: number
  noBatchAxis?: true
  /** What a person should check. */
  check: string[]
}

/** How the columns of a reference could feed a model's inputs: as numbers, texts, images, series or windows of time. */
export function planInputs(
  inputs: readonly DeclaredInput[],
  columns: readonly Column[],
  options: PlanOptions,
): Plan | NoPlan {
  const images = columns.filter((column) => mediaKind(column) === 'image')
  const series = columns.filter((column) => mediaKind(column) === 'series')
  const tensors = new Map<string, InputTensor>()
  const check: string[] = []
  const open: DeclaredInput[] = []
  const batch = batchOf(inputs, images.length > 0)
  const free = [...images]
  for (const input of inputs) {
    const made =
      constant(input, inputs, batch, options) ??
      planImage(input, free, batch.none, options, check) ??
      ofSeries(input, series)
    if (made && 'ok' in made) return made
    if (made) tensors.set(input.name, made)
    else open.push(input)
  }
  const used = new Set(
    [...tensors.values()].flatMap((t) =>
      t.kind === 'image' ? [t.feature] : t.kind === 'series' ? t.features : [],
    ),
  )
  const left = columns.filter((column) => !used.has(column.name))
  const chosen = open.length > 0 ? choose(open, left, batch.none, options) : undefined
  if (chosen && !chosen.ok) return chosen
  for (const tensor of chosen?.tensors ?? []) tensors.set(tensor.name, tensor)
  const ordered = inputs.map(({ name }) => tensors.get(name)!)
  const how = ordered.flatMap((tensor) =>
    tensor.kind === 'constant'
      ? [{ tensor: tensor.name, how: `always ${tensor.value}`, features: [] }]
      : [
          {
            tensor: tensor.name,
            how: describe(tensor, chosen?.selection.how ?? ''),
            features: tensor.kind === 'image' ? [tensor.feature] : tensor.features,
          },
        ],
  )
  const names = [...new Set(how.flatMap(({ features }) => features))]
  return {
    ok: true,
    tensors: ordered,
    features: names.map((name) => featureOf(columns.find((c) => c.name === name)!, ordered)),
    how,
    leftOut:
      chosen?.selection.leftOut ?? left.map(({ name }) => ({ name, why: 'the model takes nothing of it' })),
    ...(batch.none
      ? { fixedBatch: 1, noBatchAxis: true }
      : batch.fixed !== undefined && { fixedBatch: batch.fixed }),
    check,
  }
}

/** The batch axis: fixed to a number, open, or not there: the only input is a row of numbers without one. */
function batchOf(inputs: readonly DeclaredInput[], hasImages: boolean): { fixed?: number; none: boolean } {
  const shaped = inputs.filter(({ shape }) => shape && shape.length > 0)
  const only = shaped.length === 1 ? shaped[0]!.shape! : []
  if (only.length === 1 && typeof only[0] === 'number' && only[0] > 1) return { none: true }
  if (hasImages && only.length === 3 && (isImage(only, 0) || isImage(only, 2))) return { none: true }
  const widest = Math.max(...shaped.map(({ shape }) => shape!.length), 0)
  const first = shaped.filter(({ shape }) => shape!.length === widest).map(({ shape }) => shape![0])
  const fixed = first.find((dim) => typeof dim === 'number')
  return { none: false, ...(typeof fixed === 'number' && { fixed }) }
}

function constant(
  { name, dtype, shape }: DeclaredInput,
  inputs: readonly DeclaredInput[],
  batch: { fixed?: number; none: boolean },
  { constants }: PlanOptions,
): InputTensor | NoPlan | undefined {
  const given = constants && Object.hasOwn(constants, name) ? constants[name] : undefined
  // [1] beside inputs whose batch is open is one number for all rows.
  const single =
    shape?.length === 0 || (shape?.length === 1 && shape[0] === 1 && batch.fixed === undefined && !batch.none)
  if (given === undefined && !(single && inputs.length > 1)) return undefined
  const dims = (shape ?? []).map((dim, axis) =>
    typeof dim === 'number' ? dim : axis === 0 ? ('rows' as const) : 1,
  )
  const value = (text: string) =>
    dtype === 'string' ? text : dtype === 'bool' ? /^(?:true|1)$/i.test(text) : Number(text)
  if (given !== undefined) {
    const made = value(given)
    if (typeof made === 'number' && !Number.isFinite(made))
      return refuse(`"${given}" is no number for input "${name}"`)
    return { name, kind: 'constant', dtype, value: made, shape: dims }
  }
  if (dtype === 'bool') return { name, kind: 'constant', dtype, value: false, shape: dims }
  return refuse(
    `input "${name}" is a single ${dtype} for all rows, and nothing says which`,
    `Say it: --constant ${name}=VALUE.`,
  )
}

/** Cells with many numbers each feed what has a time axis. */
function ofSeries(
  { name, dtype, shape }: DeclaredInput,
  series: readonly Column[],
): InputTensor | NoPlan | undefined {
  if (series.length === 0 || !shape || shape.length < 2 || dtype === 'string') return undefined
  const length = parseSeries(series[0]!.words[0]!)!.length
  const count = series.length
  const row = shape.slice(1)
  const known = row.map((dim) => (typeof dim === 'number' ? dim : 0))
  const open = known.filter((dim) => dim === 0).length
  const size = known.reduce((a, b) => a * (b || 1), 1)
  if (open > 1 || (open === 0 ? size !== length * count : (length * count) % size !== 0)) return undefined
  const dims = known.map((dim) => dim || (length * count) / size)
  const layout = count > 1 && dims.at(-1) === length ? 'feature-time' : 'time-feature'
  const plain = layout === 'time-feature' ? [length, count] : [count, length]
  const same = dims.length === 2 && dims.every((dim, k) => dim === plain[k])
  return {
    name,
    kind: 'series',
    dtype,
    features: series.map((c) => c.name),
    layout,
    ...(!same && { shape: dims }),
  }
}

/** Numbers and texts: first one column per value of a row, then, where a row is more than a list, windows of time. */
function choose(
  inputs: readonly DeclaredInput[],
  columns: readonly Column[],
  noBatchAxis: boolean,
  options: PlanOptions,
): { ok: true; tensors: InputTensor[]; selection: Selection } | NoPlan {
  const rowOf = ({ shape }: DeclaredInput) => (noBatchAxis ? shape : shape?.slice(1))
  const flat = inputs.map((input): InputWidth => {
    const row = rowOf(input)
    const known = row?.every((dim) => typeof dim === 'number')
      ? row.reduce<number>((a, b) => a * Number(b), 1)
      : undefined
    // An open axis behind others, [rows, 1, ?], is no list of columns.
    return {
      name: input.name,
      ...(known !== undefined && { width: known }),
      ...(input.dtype === 'string' && { words: true }),
    }
  })
  const asList = inputs.every(
    (input) =>
      (rowOf(input)?.length ?? 1) <= 1 || flat.find((f) => f.name === input.name)?.width !== undefined,
  )
  const selection = asList ? selectColumns(flat, columns, options) : undefined
  if (selection?.ok)
    return {
      ok: true,
      selection,
      tensors: inputs.map((input, k) => {
        const { features } = selection.bound[k]!
        const row = rowOf(input)
        const shape = row?.map((dim) => (typeof dim === 'number' ? dim : features.length))
        const plain = shape === undefined || (shape.length === 1 && shape[0] === features.length)
        return { name: input.name, kind: 'columns', dtype: input.dtype, features, ...(!plain && { shape }) }
      }),
    }
  const measured = columns.filter(({ name }) => name !== options.group && !namedLikeTime(name))
  const single = (options.features ?? measurements(measured, options)).length === 1
  const windows = inputs.map((input) => windowOf(input, options, single))
  if (windows.every((window) => window !== undefined)) {
    const made = ofWindows(windows, measured, options)
    if (made.ok || !selection) return made
  }
  const hint =
    'Name the columns with --features, or give an input that is no feature its value: --constant NAME=VALUE.'
  return refuse(
    selection?.reason ??
      `the model takes rows of [${inputs.map((i) => rowOf(i)?.join(', ')).join('] and [')}], and no choice of the reference's columns fits`,
    inputs.length > 1 ? hint : undefined,
  )
}

/** The columns of numbers that neither number the rows nor are named like what a model predicts. */
function measurements(columns: readonly Column[], { label, time }: PlanOptions): Column[] {
  const numbers = columns.filter(
    (column) =>
      kindOf(column) === 'number' &&
      !namedLikeLabel(column.name) &&
      column.name !== label &&
      column.name !== time,
  )
  const real = numbers.filter((column) => !looksLikeId(column))
  return real.length > 0 ? real : numbers
}

interface Shaped {
  input: DeclaredInput
  /** In both orders; the first that columns can be found for counts. */
  orders: { layout: 'time-feature' | 'feature-time'; steps: number | undefined; width: number | undefined }[]
  row: readonly (number | string)[]
}

/** [rows, steps, features] in either order; axes of 1 beside them are kept by `shape`. */
function windowOf(input: DeclaredInput, { window }: PlanOptions, single: boolean): Shaped | undefined {
  const { shape, dtype } = input
  if (!shape || shape.length < 2 || dtype === 'string') return undefined
  const row = shape.slice(1)
  // [rows, 24] of a single measurement: its last 24 values. Of several, no one is taken unasked.
  if (row.length === 1) {
    const steps = single && typeof row[0] === 'number' && row[0] > 1 ? row[0] : undefined
    return steps === undefined
      ? undefined
      : { input, row, orders: [{ layout: 'time-feature', steps, width: 1 }] }
  }
  const long = row.filter((dim) => dim !== 1)
  const [a, b] = row.length === 2 ? row : long.length === 2 ? long : long.length === 1 ? [long[0]!, 1] : []
  if (a === undefined || b === undefined) return undefined
  const number = (dim: number | string) => (typeof dim === 'number' ? dim : undefined)
  return {
    input,
    row,
    orders: [
      { layout: 'time-feature', steps: number(a) ?? window, width: number(b) },
      { layout: 'feature-time', steps: number(b) ?? window, width: number(a) },
    ],
  }
}

function ofWindows(
  windows: readonly Shaped[],
  columns: readonly Column[],
  options: PlanOptions,
): { ok: true; tensors: InputTensor[]; selection: Selection } | NoPlan {
  const reasons: string[] = []
  // The order whose number of features is known comes first.
  const known = (order: number) => windows.every(({ orders }) => orders[order]?.width !== undefined)
  for (const order of known(0) || !known(1) ? [0, 1] : [1, 0]) {
    if (windows.some(({ orders }) => orders[order] === undefined)) continue
    const widths = windows.map(({ input, orders }): InputWidth => {
      const { width } = orders[order]!
      return { name: input.name, ...(width !== undefined && { width }) }
    })
    const selection = selectColumns(widths, columns, options)
    if (!selection.ok) {
      reasons.push(selection.reason)
      continue
    }
    const lacking = windows.find(({ orders }) => orders[order]!.steps === undefined)
    if (lacking)
      return refuse(
        `input "${lacking.input.name}" is a window of any length, and nothing says which`,
        'Say how many readings it has: --window 30.',
      )
    return {
      ok: true,
      selection,
      tensors: windows.map(({ input, orders, row }, k) => {
        const { layout, steps } = orders[order]!
        const { features } = selection.bound[k]!
        const dims = layout === 'time-feature' ? [steps!, features.length] : [features.length, steps!]
        const filled = [...dims].filter((dim) => dim !== 1)
        const shape = row.map((dim) => (dim === 1 ? 1 : (filled.shift() ?? 1)))
        const plain = row.length === 2
        return {
          name: input.name,
          kind: 'window',
          dtype: input.dtype,
          features,
          steps: steps!,
          layout,
          ...(!plain && { shape }),
        }
      }),
    }
  }
  return refuse(reasons[0]!)
}

function describe(tensor: InputTensor, how: string): string {
  switch (tensor.kind) {
    case 'window':
      return `windows of ${tensor.steps} readings, ${how}`
    case 'image':
      return `images of ${tensor.width} × ${tensor.height}, ${tensor.colour}`
    case 'series':
      return 'cells with many numbers each'
    default:
      return how
  }
}

/** A column as the tensors that it enters take it. */
function featureOf(column: Column, tensors: readonly InputTensor[]): Feature {
  const into = tensors.find((t) =>
    t.kind === 'image'
      ? t.feature === column.name
      : t.kind !== 'constant' && t.features.includes(column.name),
  )!
  const { title } = titleAndUnit(column.name)
  if (into.kind === 'image') return { name: column.name, title, kind: 'image', nullable: false }
  if (into.kind === 'series')
    return {
      name: column.name,
      title,
      kind: 'series',
      length: parseSeries(column.words[0]!)!.length,
      nullable: false,
    }
  const feature = draftFeature(column)
  if (into.dtype !== 'string') return feature
  const { codes: _codes, learned: _learned, unit: _unit, ...plain } = feature
  const texts = textAt(column).filter((text) => text !== null)
  const words = [...new Set(texts)]
  const repeat = kindOf(column) === 'category' || words.length <= 50
  return repeat && words.length < texts.length
    ? { ...plain, kind: 'category', words }
    : { ...plain, kind: 'text' }
}
