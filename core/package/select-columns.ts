import {
  type Column,
  countNumbers,
  isZeroOne,
  kindOf,
  looksLikeId,
  namedLikeLabel,
  someWords,
} from './columns.ts'

/** An input of the model: how many columns its last axis takes; undefined where the graph does not say. */
export interface InputWidth {
  name: string
  width?: number
  /** It takes texts: columns of words, or numbers as words. */
  words?: boolean
}

export interface SelectOptions {
  /** Names that a person gave, in the order of the inputs. */
  features?: readonly string[]
  /** Names that the graph's own metadata gives. */
  metadata?: readonly string[]
  label?: string
  time?: string
  /** Where the model does not say how many columns it takes: which guess to give, the likeliest being 0. */
  guess?: number
}

export interface Selection {
  ok: true
  /** Column names per input, in the order of its last axis. */
  bound: { tensor: string; features: string[] }[]
  how: string
  leftOut: { name: string; why: string }[]
}

export interface NoSelection {
  ok: false
  reason: string
}

/**
 * Which columns of a reference feed the model's inputs, and why the others do not. Tried in this order: the names a
 * person gave; inputs that are named like columns; names in the graph's metadata; then the file's own column order,
 * leaving out more and more of what is no measurement until exactly the width fits.
 */
export function selectColumns(
  inputs: readonly InputWidth[],
  columns: readonly Column[],
  options: SelectOptions,
): Selection | NoSelection {
  if (options.features) return byNames(inputs, columns, options.features, 'as --features says', true)
  return (
    byInputName(inputs, columns) ??
    (options.metadata &&
      usable(byNames(inputs, columns, options.metadata, "as the model's own metadata says", false))) ??
    byWidth(inputs, columns, options)
  )
}

const usable = (selection: Selection | NoSelection) => (selection.ok ? selection : undefined)

function byNames(
  inputs: readonly InputWidth[],
  columns: readonly Column[],
  names: readonly string[],
  how: string,
  exactly: boolean,
): Selection | NoSelection {
  const taken: string[] = []
  for (const name of names) {
    const column = findColumn(columns, name, exactly)
    if (!column)
      return { ok: false, reason: `the reference has no column "${name}"; it has ${list(columns)}` }
    if (taken.includes(column.name)) return { ok: false, reason: `column "${column.name}" is named twice` }
    taken.push(column.name)
  }
  const bound = distribute(inputs, taken)
  if (!bound)
    return {
      ok: false,
      reason: `the model takes ${describeInputs(inputs)}, and ${taken.length} columns are named`,
    }
  for (const [k, { features }] of bound.entries())
    for (const name of features) {
      const column = columns.find((c) => c.name === name)!
      if (!feeds(column, inputs[k]!.words ?? false))
        return { ok: false, reason: `column "${name}" cannot feed the model: ${whyUnusable(column)}` }
    }
  return { ok: true, bound, how, leftOut: others(columns, taken, () => `not named (${how})`) }
}

/** Whether a column may stand in a tensor of numbers, or in one of texts. */
function feeds(column: Column, words: boolean): boolean {
  const kind = kindOf(column)
  if (words) return kind !== 'empty'
  return kind === 'number' || kind === 'category'
}

/** One input per column, named like it. */
function byInputName(inputs: readonly InputWidth[], columns: readonly Column[]): Selection | undefined {
  if (inputs.some((input) => input.width !== undefined && input.width !== 1)) return undefined
  const selection = byNames(
    inputs,
    columns,
    inputs.map((input) => input.name),
    'each input has the name of a column',
    false,
  )
  return usable(selection)
}

function byWidth(
  inputs: readonly InputWidth[],
  columns: readonly Column[],
  options: SelectOptions,
): Selection | NoSelection {
  const texts = inputs.filter(({ words }) => words)
  if (texts.length > 0) return byKind(texts, inputs, columns, options)
  const wanted = totalWidth(inputs)
  if (wanted === undefined && inputs.length === 1) return byGuess(inputs, columns, options)
  if (wanted === undefined)
    return {
      ok: false,
      reason: `the graph does not say how many columns ${describeInputs(inputs)} takes; the reference has ${list(columns)}`,
    }
  // A measurement with a bad cell is not left out in silence: what fits without it would feed the model other columns.
  const spoilt = columns.some((c) => isSpoilt(c) && c.name !== options.label && c.name !== options.time)
  for (const withWords of spoilt ? [] : [true, false])
    for (const attempt of attempts) {
      const why = new Map<string, string>()
      for (const step of attempt) {
        const left = columns.filter((c) => !why.has(c.name))
        for (const column of step.leaveOut(left, options, withWords))
          why.set(column.name, step.why(column, options))
      }
      const left = columns.filter((c) => !why.has(c.name)).map((c) => c.name)
      // Never unasked: a model that is fed its own answer looks right and is not.
      if (left.some(namedLikeLabel)) continue
      const bound = left.length === wanted ? distribute(inputs, left) : undefined
      if (bound)
        return {
          ok: true,
          bound,
          how: `by their number, in the file's order`,
          leftOut: others(columns, left, (name) => why.get(name) ?? ''),
        }
    }
  return {
    ok: false,
    reason: `the model takes ${describeInputs(inputs)}, and no choice of the reference's columns fits; it has ${list(columns)}${suspects(columns, options)}`,
  }
}

/** One input of any width: what looks like a measurement, then more and less than that. */
function byGuess(
  inputs: readonly InputWidth[],
  columns: readonly Column[],
  options: SelectOptions,
): Selection | NoSelection {
  const orders = [
    [unfit, ids, labels],
    [unfit, labels],
    [unfit, ids, labels, last],
  ]
  const steps = orders[options.guess ?? 0]
  const why = new Map<string, string>()
  for (const step of steps ?? []) {
    const left = columns.filter((c) => !why.has(c.name))
    for (const column of step.leaveOut(left, options, false)) why.set(column.name, step.why(column, options))
  }
  const left = columns.filter((c) => !why.has(c.name)).map((c) => c.name)
  const bound = steps && left.length > 0 ? distribute(inputs, left) : undefined
  if (bound)
    return {
      ok: true,
      bound,
      how: 'since the model does not say how many, all that look like measurements',
      leftOut: others(columns, left, (name) => why.get(name) ?? ''),
    }
  return {
    ok: false,
    reason: `the graph does not say how many columns ${describeInputs(inputs)} takes; the reference has ${list(columns)}`,
  }
}

/** Words feed the inputs of texts, and what is left the others. */
function byKind(
  texts: readonly InputWidth[],
  inputs: readonly InputWidth[],
  columns: readonly Column[],
  options: SelectOptions,
): Selection | NoSelection {
  const wordy = (column: Column) =>
    column.words.length > 0 && column.name !== options.label && column.name !== options.time
  const words = columns.filter((column) => wordy(column) && !namedLikeLabel(column.name))
  const bound = distribute(
    texts,
    words.map(({ name }) => name),
  )
  if (!bound)
    return {
      ok: false,
      reason: `the model takes texts (${describeInputs(texts)}), and the reference has ${words.length} columns of words: ${list(words)}`,
    }
  const others = inputs.filter(({ words }) => !words)
  const left = columns.filter((column) => !words.includes(column))
  const rest = others.length > 0 ? selectColumns(others, left, options) : undefined
  if (rest && !rest.ok) return rest
  return {
    ok: true,
    how: 'words for texts, the others by their number',
    bound: inputs.map(
      ({ name }) => [...bound, ...(rest?.bound ?? [])].find(({ tensor }) => tensor === name)!,
    ),
    leftOut: rest?.leftOut ?? left.map(({ name }) => ({ name, why: 'no words' })),
  }
}

/** Numbers but for a few cells. */
const isSpoilt = (column: Column): boolean =>
  kindOf(column) === 'mixed' && countNumbers(column) >= 0.9 * (column.numbers.length - column.nulls)

/** Columns that may be why nothing fits: one bad cell, or a name that looks like the label's. */
function suspects(columns: readonly Column[], options: SelectOptions): string {
  const left = [unfit, labels].flatMap((step) =>
    step.leaveOut(columns, options, true).map((c) => `"${c.name}" is not taken: ${step.why(c, options)}`),
  )
  return left.length === 0 ? '' : `; ${left.join('; ')}`
}

interface Step {
  leaveOut(left: readonly Column[], options: SelectOptions, withWords: boolean): Column[]
  why(column: Column, options: SelectOptions): string
}

const unfit: Step = {
  leaveOut: (left, options, withWords) =>
    left.filter((c) => {
      const kind = kindOf(c)
      const fits = c.name !== '' && (kind === 'number' || (kind === 'category' && withWords))
      return !fits || c.name === options.label || c.name === options.time
    }),
  why: (c, options) =>
    c.name === options.label ? 'the label' : c.name === options.time ? "the rows' time" : whyUnusable(c),
}
const ids: Step = { leaveOut: (left) => left.filter(looksLikeId), why: () => 'numbers the rows' }
const labels: Step = {
  leaveOut: (left) => left.filter((c) => namedLikeLabel(c.name)),
  why: () => 'named like what a model predicts',
}
const last: Step = { leaveOut: (left) => left.slice(-1), why: () => 'the last column, often the label' }
const flags: Step = { leaveOut: (left) => left.filter(isZeroOne), why: () => 'only 0 and 1, often a label' }

const attempts: readonly (readonly Step[])[] = [
  [unfit],
  [unfit, ids],
  [unfit, ids, labels],
  [unfit, ids, labels, last],
  [unfit, ids, labels, flags],
  [unfit, ids, labels, last, flags],
]

function whyUnusable(column: Column): string {
  if (column.name === '') return 'has no name'
  switch (kindOf(column)) {
    case 'empty':
      return 'empty'
    case 'mixed':
      return `words among numbers (${someWords(column)})`
    case 'text':
      return 'text that hardly repeats'
    default:
      return 'words'
  }
}

function totalWidth(inputs: readonly InputWidth[]): number | undefined {
  return inputs.reduce<number | undefined>(
    (sum, { width }) => (sum === undefined || width === undefined ? undefined : sum + width),
    0,
  )
}

/** Hands the names out to the inputs, in order; a single input without a declared width takes all. */
function distribute(inputs: readonly InputWidth[], names: readonly string[]): Selection['bound'] | undefined {
  const total =
    inputs.length === 1
      ? (inputs[0]!.width ?? names.length)
      : inputs.reduce((sum, { width }) => sum + (width ?? 1), 0)
  if (total !== names.length) return undefined
  let at = 0
  return inputs.map(({ name, width }) => {
    const take = inputs.length === 1 ? names.length : (width ?? 1)
    at += take
    return { tensor: name, features: names.slice(at - take, at) }
  })
}

/** Exporters write 'Air_temperature__K_' for 'Air temperature [K]'. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')

function findColumn(columns: readonly Column[], name: string, exactly: boolean): Column | undefined {
  const same = columns.find((c) => c.name === name)
  if (same || exactly) return same
  const alike = columns.filter((c) => plain(c.name) === plain(name))
  return alike.length === 1 ? alike[0] : undefined
}

function others(
  columns: readonly Column[],
  taken: readonly string[],
  why: (name: string) => string,
): Selection['leftOut'] {
  return columns.filter((c) => !taken.includes(c.name)).map(({ name }) => ({ name, why: why(name) }))
}

const list = (columns: readonly Column[]) => columns.map((c) => `"${c.name}"`).join(', ')

function describeInputs(inputs: readonly InputWidth[]): string {
  return inputs
    .map(({ name, width }) => `"${name}"${width === undefined ? '' : ` [rows, ${width}]`}`)
    .join(' and ')
}
