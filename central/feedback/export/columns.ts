import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Value } from '#core/contracts/reading.ts'
import type { ExportLine } from '#core/contracts/review.ts'

/** What a column holds. json: text that is JSON. time: a moment. numbers, texts, booleans: lists of them, in CSV as JSON. */
export type ColumnKind = 'number' | 'text' | 'boolean' | 'json' | 'time' | 'numbers' | 'texts' | 'booleans'
export type Cell = number | string | boolean | null
export interface Column {
  name: string
  kind: ColumnKind
  /** null: nothing is there. */
  of: (line: ExportLine) => Cell | Cell[]
}

const json = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)

/** Features that were missing when the model was asked: null as served, and neither withheld nor unknown to that version. */
const missing = ({ features }: ExportLine) =>
  features && Object.keys(features.values).filter((name) => features.values[name] === null)

const column = (name: string, kind: ColumnKind, of: Column['of']): Column => ({ name, kind, of })

/** Before the columns of features, in this order. */
export const fixedColumns: readonly Column[] = [
  column('id', 'number', ({ id }) => id),
  column('model', 'text', ({ model }) => model.id),
  column('version', 'text', ({ model }) => model.version),
  column('digest', 'text', ({ model }) => model.digest),
  column('verdict', 'text', ({ decision }) => decision?.verdict ?? null),
  column('decided_by', 'text', ({ decision }) => decision?.by ?? null),
  column('probability', 'number', ({ decision }) => decision?.probability ?? null),
  column('value', 'number', ({ decision }) => decision?.value ?? null),
  column('class', 'text', ({ decision }) => decision?.label ?? null),
  column('decision', 'json', ({ decision }) => json(decision)),
  column('answer', 'text', ({ operator }) => operator.answer),
  column('note', 'text', ({ operator }) => operator.note),
  column('answered_by', 'text', ({ operator }) => operator.by),
  column('answered_at', 'time', ({ operator }) => operator.at),
  column('review', 'text', ({ review }) => review.state),
  column('label', 'text', ({ review }) => review.label),
  column('reviewer', 'text', ({ review }) => review.reviewer),
  column('comment', 'text', ({ review }) => review.comment),
  column('reviewed_at', 'time', ({ review }) => review.at),
  column('device', 'text', ({ provenance }) => provenance.device),
  column('machine', 'text', ({ provenance }) => provenance.machine),
  column('site', 'text', ({ provenance }) => provenance.site),
  column('asset', 'text', ({ provenance }) => provenance.asset),
  column('reading_id', 'text', ({ provenance }) => provenance.readingId),
  column('reading_time', 'text', ({ provenance }) => provenance.readingTime),
  column('alert_id', 'text', ({ provenance }) => provenance.alertId),
  column('rule', 'text', ({ provenance }) => provenance.rule),
  column('raised_at', 'time', ({ provenance }) => provenance.raisedAt),
  column('arrived_at', 'time', ({ provenance }) => provenance.arrivedAt),
  column('withheld', 'json', ({ features }) => json(features?.withheld)),
  column('pseudonymised', 'json', ({ features }) => json(features?.pseudonymised)),
  column('missing', 'json', (line) => json(missing(line))),
  column('window_steps', 'number', ({ features }) => features?.window?.steps ?? null),
  column('window_missing', 'text', ({ features }) => features?.window?.missing ?? null),
  column('window_withheld', 'json', ({ features }) => json(features?.window?.withheld)),
  column('window_times_ms', 'numbers', ({ features }) => features?.window?.timesMs ?? null),
]

export type FeatureKind = 'number' | 'text' | 'boolean' | 'series'
/** The kind of a value; undefined: missing, which is of any. */
export function kindOf(value: Value): FeatureKind | undefined {
  if (value === null) return undefined
  if (typeof value === 'number') return 'number'
  if (typeof value === 'string') return 'text'
  return typeof value === 'boolean' ? 'boolean' : 'series'
}

/** Wider tables are of no use to anybody, and each column costs memory. */
const mostColumns = 5000

/** Which features there are, and of which kinds; gathered in a first pass. */
export class FeatureKinds {
  readonly #single = new Map<string, Set<FeatureKind>>()
  readonly #windows = new Map<string, Set<FeatureKind>>()
  #columns = 0

  /** @throws EdgewrightError request-invalid where there are too many columns */
  see({ features }: ExportLine): void {
    for (const [name, value] of Object.entries(features?.values ?? {})) this.#see(this.#single, name, [value])
    for (const [name, list] of Object.entries(features?.window?.features ?? {}))
      this.#see(this.#windows, name, list)
  }

  #see(of: Map<string, Set<FeatureKind>>, name: string, values: readonly Value[]): void {
    const kinds = of.get(name) ?? new Set()
    of.set(name, kinds)
    for (const value of values) {
      const kind = kindOf(value)
      if (kind === undefined || kinds.has(kind)) continue
      kinds.add(kind)
      this.#columns += 1
      if (this.#columns > mostColumns)
        throw new EdgewrightError(
          'request-invalid',
          `these examples have more than ${mostColumns} features`,
          { hint: 'Export one model or version at a time, or as JSONL.' },
        )
    }
  }

  /** A column per feature and kind, in the order of their names, then those of windows. One that was always missing counts as a number. */
  columns(): Column[] {
    return [...columnsOf(this.#single, featureColumn), ...columnsOf(this.#windows, windowColumn)]
  }
}

function columnsOf(found: Map<string, Set<FeatureKind>>, make: typeof featureColumn): Column[] {
  const names = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return names.flatMap(([name, kinds]) =>
    (kinds.size === 0 ? (['number'] as const) : [...kinds].sort()).map((kind) => make(name, kind)),
  )
}

/** `feature.NAME` for numbers, else `feature.NAME:text`, `:boolean` or `:series`; `%` and `:` in a name as `%25` and `%3A`. */
function nameOf(group: 'feature' | 'window', name: string, kind: FeatureKind): string {
  const escaped = name.replaceAll('%', '%25').replaceAll(':', '%3A')
  return `${group}.${escaped}${kind === 'number' ? '' : `:${kind}`}`
}

function featureColumn(name: string, kind: FeatureKind): Column {
  const of = ({ features }: ExportLine) => {
    const value = features && Object.hasOwn(features.values, name) ? features.values[name]! : null
    if (value === null || kindOf(value) !== kind) return null
    return Array.isArray(value) ? JSON.stringify(value) : value
  }
  return { name: nameOf('feature', name, kind), kind: kind === 'series' ? 'json' : kind, of }
}

/** Its values one step after another, oldest first. */
function windowColumn(name: string, kind: FeatureKind): Column {
  const of = ({ features }: ExportLine) => {
    const lists = features?.window?.features
    const list = lists && Object.hasOwn(lists, name) ? lists[name]! : null
    return list?.map((value) => (kindOf(value) === kind ? value : null)) ?? null
  }
  const lists = { number: 'numbers', text: 'texts', boolean: 'booleans', series: 'json' } as const
  return { name: nameOf('window', name, kind), kind: lists[kind], of }
}
