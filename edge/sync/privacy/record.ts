import { isDeepStrictEqual } from 'node:util'
import type { QualityMark } from '#core/contracts/decision.ts'
import { leaves, type Privacy } from '#core/contracts/privacy.ts'
import type { Value } from '#core/contracts/reading.ts'
import type { FeatureColumn, InferenceRecord, RowNotes } from '../../journal/journal.ts'
import { domains, type Pseudonym } from './pseudonyms.ts'
import { projectAsset, projectValues } from './values.ts'

/** Longer words in what was sent are no words: an image in base64, a document. */
const maxWord = 1000

/**
 * A block of readings as it may leave the site; 'raw': as it is · 'withheld': nothing in it may be told of a single reading, so it
 * is only counted. Attachments (images, series) never leave; of a raw one the hash does.
 */
export function projectRecord(
  record: InferenceRecord,
  privacy: Privacy,
  pseudonym: Pseudonym,
): InferenceRecord | 'raw' | 'withheld' {
  const names = record.features.map(({ name }) => name)
  const isRaw = (name: string) => leaves(privacy, name) === 'raw'
  if (privacy.asset !== 'raw' && !names.some(isRaw)) return 'withheld'
  const notes = new Map(
    [...record.notes].map(([row, note]) => [row, projectNotes(note, names, privacy, pseudonym)]),
  )
  const isWhole = privacy.asset === 'raw' && names.every(isRaw)
  if (isWhole && areNotesRaw(record.notes, names, privacy, pseudonym)) return 'raw'
  const assets = new Map(
    [...new Set(record.assets)].map((one) => [one, projectAsset(one, privacy, pseudonym) ?? '']),
  )
  return {
    ...record,
    readingIds: privacy.asset === 'raw' ? record.readingIds : record.readingIds.map(() => null),
    assets: record.assets.map((asset) => assets.get(asset)!),
    values: record.values.map((column, i) => projectColumn(names[i]!, column, privacy, pseudonym)),
    notes,
  }
}

function projectColumn(
  name: string,
  column: FeatureColumn,
  privacy: Privacy,
  pseudonym: Pseudonym,
): FeatureColumn {
  const how = leaves(privacy, name)
  if (how === 'raw') return column
  if (!Array.isArray(column)) return new Float64Array(column.length).fill(Number.NaN)
  if (how !== 'pseudonymised') return column.map(() => null)
  const known = new Map<string, string>()
  return column.map((word) => {
    if (word === null) return null
    const as = known.get(word) ?? pseudonym(domains.feature(name), word)
    known.set(word, as)
    return as
  })
}

/** Whether nothing of a block is kept back, by its notes alone: assets and features are raw. */
export const areNotesRaw = (
  notes: InferenceRecord['notes'],
  names: readonly string[],
  privacy: Privacy,
  pseudonym: Pseudonym,
): boolean =>
  [...notes.values()].every((note) => isDeepStrictEqual(projectNotes(note, names, privacy, pseudonym), note))

/** Words of marks and explanations tell values and assets; they leave where all that they can tell does. */
function projectNotes(
  note: RowNotes,
  names: readonly string[],
  privacy: Privacy,
  pseudonym: Pseudonym,
): RowNotes {
  const { quality, explanation, sent, ...rest } = note
  const isRaw = (name: string) => names.includes(name) && leaves(privacy, name) === 'raw'
  const all = privacy.asset === 'raw' && privacy.default === 'raw' && names.every(isRaw)
  const features = explanation?.features.filter(({ feature }) => isRaw(feature))
  return {
    ...rest,
    ...(quality && { quality: quality.map((mark) => projectMark(mark, names, all, isRaw, privacy)) }),
    ...(explanation &&
      features && {
        explanation: {
          features,
          text:
            all || (features.length > 0 && features.length === explanation.features.length)
              ? explanation.text
              : '',
        },
      }),
    ...(sent && { sent: projectSent(sent, privacy, pseudonym) }),
  }
}

function projectMark(
  { code, feature, message, progress }: QualityMark,
  names: readonly string[],
  all: boolean,
  isRaw: (name: string) => boolean,
  { asset }: Privacy,
): QualityMark {
  const isTold = all || (asset === 'raw' && feature !== undefined && isRaw(feature))
  return {
    code,
    // What a sender calls a feature that the model does not have may be anything.
    ...(feature !== undefined && (all || names.includes(feature)) && { feature }),
    message: isTold ? message : '',
    ...(progress && { progress }),
  }
}

function projectSent(
  sent: Record<string, Value>,
  privacy: Privacy,
  pseudonym: Pseudonym,
): Record<string, Value> {
  const isWord = (value: Value) =>
    !Array.isArray(value) && !(typeof value === 'string' && value.length > maxWord)
  const words = Object.fromEntries(Object.entries(sent).filter(([, value]) => isWord(value)))
  return projectValues(words, privacy, pseudonym).features
}
