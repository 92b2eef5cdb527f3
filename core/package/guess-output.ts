import type { OutputTensor } from '#core/contracts/manifest.ts'

/** What an output looked like on rows of the reference. */
export interface OutputSample {
  name: string
  /** Row-major, rows × width. */
  data: Float32Array
  width: number
  /** Names out of the model's metadata, where there are as many as classes. */
  classNames?: readonly string[]
}

export interface OutputGuess {
  output: OutputTensor
  /** What was seen, and what a person should check. */
  seen: string
}

const sumTolerance = 1e-3

/** Decides from looking what an output means. A guess: every case says what it went by. */
export function guessOutput({ name, data, width, classNames }: OutputSample): OutputGuess {
  const rows = finiteRows(data, width)
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

  if (width === 1) {
    if (logits)
      return binary(
        'sigmoid',
        'one column named like logits: a sigmoid makes it the probability of one class',
      )
    if (within) return binary('none', 'one column within 0 and 1: the probability of one class')
    return {
      output: { name, title, kind: 'regression', classes: [], activation: 'none' },
      seen: 'one column outside 0 and 1: a value',
    }
  }
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

function finiteRows(data: Float32Array, width: number): number[][] {
  const rows: number[][] = []
  for (let at = 0; at < data.length; at += width) {
    const row = [...data.subarray(at, at + width)]
    if (row.every(Number.isFinite)) rows.push(row)
  }
  return rows
}

/** Of the outputs that can be used, the one whose name speaks most of probability; else the first. */
export function preferredOutput(names: readonly string[]): string | undefined {
  for (const hint of [/prob/i, /softmax|sigmoid|score|logit/i])
    for (const name of names) if (hint.test(name)) return name
  return names[0]
}
