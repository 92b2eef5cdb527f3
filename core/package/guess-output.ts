import type { OutputTensor } from '#core/contracts/output-tensor.ts'

/** What an output looked like on rows of the reference. */
export interface OutputSample {
  name: string
  /** As the graph declares it. */
  dtype: string
  /** Row-major, rows × width. */
  data: ArrayLike<number | string>
  width: number
  /** Names out of the model, where there are as many as classes. */
  classNames?: readonly string[]
  /** Values that the model is given per row: an autoencoder gives as many back. */
  inputWidth: number
}

export interface OutputGuess {
  output: OutputTensor
  /** What was seen, and what a person should check. */
  seen: string
}

const sumTolerance = 1e-3
/** More columns than these, without names, are no classes. */
const maxClasses = 100
/** More different whole numbers than this are counts, not labels. */
const maxLabels = 50

/** Decides from looking what an output means. A guess: every case says what it went by. Undefined for texts that name no class. */
export function guessOutput(sample: OutputSample): OutputGuess | undefined {
  const { name, dtype, data, width, classNames, inputWidth } = sample
  if (width === 1 && (dtype === 'string' || dtype === 'bool' || /int/.test(dtype))) {
    const label = guessLabel(sample)
    if (label) return label
  }
  if (dtype === 'string') return undefined
  const rows = finiteRows(data as ArrayLike<number>, width)
  const within = rows.every((row) => row.every((x) => x >= 0 && x <= 1))
  const logits = /logit/i.test(name)
  const title = 'Prediction'
  const labels = (count: number) =>
    classNames?.length === count ? [...classNames] : Array.from({ length: count }, (_, k) => String(k))
  const binary = (activation: OutputTensor['activation'], seen: string): OutputGuess => {
    const classes = labels(2)
    return {
      output: { name, title, kind: 'binary', classes, positive: classes[1]!, activation },
      seen: `${seen}; "${classes[1]}" is taken for the class to watch`,
    }
  }
  const several = (
    kind: 'multiclass' | 'multilabel',
    activation: OutputTensor['activation'],
    seen: string,
  ): OutputGuess => ({
    output: { name, title, kind, classes: labels(width), activation },
    seen,
  })
  const regression = (seen: string): OutputGuess => ({
    output: {
      name,
      title,
      kind: 'regression',
      classes: [],
      ...(width > 1 && { targets: Array.from({ length: width }, (_, k) => String(k)) }),
      activation: 'none',
    },
    seen,
  })

  if (width === 1) {
    if (logits)
      return binary(
        'sigmoid',
        'one column named like logits: a sigmoid makes it the probability of one class',
      )
    if (within) return binary('none', 'one column within 0 and 1: the probability of one class')
    return regression('one column outside 0 and 1: a value')
  }
  const valued =
    /^scores?$|^variable|^(?:y_?)?pred|value|regress|recon|forecast|horizon|quantile|embed|latent/i.test(name)
  if (width > maxClasses && !classNames)
    return regression(`${width} columns without names: ${width} values (targets)`)
  if (!logits && !within && classNames?.length !== width && (valued || width === inputWidth))
    return regression(`${width} columns outside 0 and 1: ${width} values (targets)`)
  if (logits || !within) {
    const why = logits ? `${width} columns named like logits` : `${width} columns outside 0 and 1`
    return width === 2
      ? binary('softmax', `${why}: a softmax makes them the probabilities of two classes`)
      : several('multiclass', 'softmax', `${why}: a softmax makes them the probabilities of ${width} classes`)
  }
  if (rows.every((row) => Math.abs(row.reduce((a, b) => a + b, 0) - 1) <= sumTolerance))
    return width === 2
      ? binary('none', 'two columns that sum to 1: the probabilities of two classes')
      : several('multiclass', 'none', `${width} columns that sum to 1: the probabilities of ${width} classes`)
  return several(
    'multilabel',
    'none',
    `${width} columns within 0 and 1 that do not sum to 1: ${width} labels, each with its own probability`,
  )
}

/** A column of texts, or of a few whole numbers: the class itself. */
function guessLabel({ name, data, classNames }: OutputSample): OutputGuess | undefined {
  const seen = [...new Set(Array.from(data, String))].sort(
    (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1),
  )
  if (seen.length > maxLabels) return undefined
  const known = classNames && seen.every((label) => classNames.includes(label)) ? [...classNames] : seen
  const classes = known.length > 1 ? known : pairOf(known[0]!)
  const output: OutputTensor = {
    name,
    title: 'Prediction',
    kind: classes.length === 2 ? 'binary' : 'multiclass',
    classes,
    // −1 is the outlier where 1 is none (scikit-learn).
    ...(classes.length === 2 && { positive: classes[0] === '-1' ? '-1' : classes[1]! }),
    activation: 'label',
  }
  return {
    output,
    seen: `the class itself (${seen.slice(0, 5).join(', ')}), without a word on how sure the model is`,
  }
}

/** The class that was seen and the one that was not. */
const pairOf = (label: string): string[] =>
  label === '0' || label === '1' ? ['0', '1'] : [label, `not ${label}`]

function finiteRows(data: ArrayLike<number>, width: number): number[][] {
  const rows: number[][] = []
  for (let at = 0; at < data.length; at += width) {
    const row = Array.from({ length: width }, (_, k) => data[at + k]!)
    if (row.every(Number.isFinite)) rows.push(row)
  }
  return rows
}

/** Outputs beside the first that a decision reports too, at most. */
const maxOthers = 4

/**
 * Which of the outputs are used, the first to be reported first: the one whose name speaks most of probability, else the
 * first with fractions. A label is left out where another output says how sure the model is of it.
 */
export function chooseOutputs(outputs: readonly { name: string; dtype?: string; width?: number }[]): {
  used: string[]
  leftOut: { name: string; why: string }[]
} {
  const isLabel = ({ dtype, name }: { name: string; dtype?: string }) =>
    dtype === 'string' || (/int|bool/.test(dtype ?? '') && !/prob|score/i.test(name))
  const graded = outputs.filter((output) => !isLabel(output))
  // scikit-learn's clusters and outliers: "scores" are distances, and say less than the label beside them.
  const distances =
    graded.length > 0 && graded.length < outputs.length && graded.every(({ name }) => /^scores?$/i.test(name))
  const ranked =
    graded.length > 0 && !distances ? graded : outputs.filter((output) => !distances || isLabel(output))
  const first = preferredOutput(ranked.map(({ name }) => name))!
  const leftOut: { name: string; why: string }[] = []
  const used = [first]
  for (const output of outputs) {
    if (output.name === first) continue
    if (isLabel(output) && graded.length > 0 && !distances)
      leftOut.push({ name: output.name, why: 'the class alone; another output says how sure' })
    else if ((output.width ?? 1) > 50)
      leftOut.push({ name: output.name, why: `${output.width} values per row` })
    else if (used.length > maxOthers) leftOut.push({ name: output.name, why: 'enough outputs are used' })
    else used.push(output.name)
  }
  return { used, leftOut }
}

/** Of the outputs that can be used, the one whose name speaks most of probability; else the first. */
export function preferredOutput(names: readonly string[]): string | undefined {
  for (const hint of [/prob/i, /softmax|sigmoid|score|logit/i])
    for (const name of names) if (hint.test(name)) return name
  return names[0]
}
