import type { Feature } from '#core/contracts/manifest.ts'
import type { Baseline, FeatureBaseline } from '#core/contracts/package.ts'
import type { Column } from './columns.ts'
import { featureBaseline } from './feature-baseline.ts'
import { choosePrototypes } from './prototypes.ts'
import { seededRandom } from './random.ts'

/** A table of examples, its rows in the order in which they count. */
export interface Reference {
  rows: number
  /** Of the file, hex. */
  sha256: string
  columns: readonly Column[]
  /** Present where the rows are sorted by this column and are one series. */
  timeColumn?: string
  /** Why the rows are in no time order. */
  noTimeOrder: string
}

/** The features that a baseline can speak of: numbers, and categories by the numbers that stand for them. */
export const measured = (features: readonly Feature[]): Feature[] =>
  features.filter(({ kind }) => kind === 'number' || kind === 'category')

/** A feature's numbers as the model would be given them, before `fill`: words by their codes, NaN where there is none. */
export function featureValues(feature: Feature, column: Column): Float64Array {
  if (feature.kind === 'number') return column.numbers
  const codes = new Map(feature.words?.map((word, k) => [word, k]) ?? Object.entries(feature.codes ?? {}))
  const codeOf = (word: string) => codes.get(word) ?? Number.NaN
  const byWord = column.words.map(codeOf)
  return Float64Array.from(column.numbers, (x, row) => {
    const word = column.wordAt?.[row] ?? -1
    if (word >= 0) return byWord[word]!
    return Number.isNaN(x) ? Number.NaN : codeOf(String(x))
  })
}

/** What one reference cannot give, and why: never invented. */
const neverInOneReference = {
  temperature: 'calibrating the probabilities needs labelled rows that training has not seen',
  conformalScores: 'conformal scores need labelled rows that training has not seen',
  referenceRisk: 'the error rate on known answers needs labelled rows that training has not seen',
  outOfDistribution: 'not measured yet: the prototypes are there, a threshold for their distance is not',
  blockScores: 'block scores need at least 14 days in time order that training has not seen',
}

/**
 * `values`: [feature][row] out of `featureValues`. `usual`: rows on which no alert rule would be raised; prototypes are
 * chosen among them, or among `sample` where they are fewer than 32.
 */
export function makeBaseline(
  features: readonly Feature[],
  values: readonly Float64Array[],
  reference: Reference,
  rows: { usual: readonly number[]; sample: readonly number[] },
): { baseline: Baseline; prototypes: Float64Array } {
  const inTimeOrder = reference.timeColumn !== undefined
  const known: [string, FeatureBaseline][] = []
  const absent: Record<string, string> = { ...neverInOneReference }
  features.forEach((feature, f) => {
    const column = reference.columns.find((c) => c.name === feature.name)!
    const categories = feature.kind === 'category' && column.wordAt ? { categories: countWords(column) } : {}
    const entry = featureBaseline(values[f]!, {
      nulls: column.nulls,
      notFinite: column.notFinite,
      inTimeOrder,
      ...categories,
    })
    known.push([feature.name, entry])
    if (inTimeOrder && entry.tau === undefined)
      absent[`tau: ${feature.name}`] =
        'the value does not vary, or the reference is shorter than 50 autocorrelation times'
  })
  if (!inTimeOrder) absent['pRepeat, longestRun, tau'] = reference.noTimeOrder
  const among = rows.usual.length >= 32 ? rows.usual : rows.sample
  if (features.length === 0) absent['outOfDistribution'] = 'not measured yet: the model has no numbers'
  const chosen = features.length > 0 ? choosePrototypes(values, among, seededRandom(1)) : []
  return {
    baseline: {
      reference: {
        rows: reference.rows,
        sha256: reference.sha256,
        ...(reference.timeColumn !== undefined && { timeColumn: reference.timeColumn }),
      },
      features: Object.fromEntries(known),
      prototypes: {
        count: chosen.length,
        offset: 0,
        of: among === rows.usual ? 'rows-without-alert' : 'all-rows',
      },
      absent,
    },
    prototypes: Float64Array.from(chosen.flatMap((row) => values.map((column) => column[row]!))),
  }
}

function countWords(column: Column): Record<string, number> {
  const counts = new Array<number>(column.words.length).fill(0)
  for (const word of column.wordAt ?? []) if (word >= 0) counts[word]! += 1
  return Object.fromEntries(column.words.map((word, k) => [word, counts[k]!]))
}
