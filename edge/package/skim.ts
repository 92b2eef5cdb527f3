import { onnxMessages } from './onnx-proto.ts'
import { type Field, fieldsOf, head, lengthDelimited, type Source } from './wire.ts'

/** As deep as protobuf's own readers go. */
const maxDepth = 100
const labelPrefix = 'classlabels_'

type Known = Record<number, { type: string }>

/**
 * A model with nothing left but the fields that `onnxMessages` names: a few kilobytes for most. Weights and long
 * attributes (the nodes of a forest) are passed over where they lie; only class labels are kept.
 */
export function skim(source: Source): Buffer {
  const known = new Map<string, Known>()
  for (const [name, { fields }] of Object.entries(onnxMessages))
    known.set(name, Object.fromEntries(Object.values(fields).map(({ id, type }) => [id, { type }])))

  const message = (type: string, from: number, end: number, depth: number): Buffer => {
    if (depth > maxDepth) throw new Error(`it is nested more than ${maxDepth} deep`)
    const fields = known.get(type)!
    const kept: Uint8Array[] = []
    const all = type === 'AttributeProto' ? wanted(source, from, end) : fieldsOf(source, from, end)
    for (const field of all) {
      const inner = fields[field.id]?.type
      if (inner === undefined) continue
      if (field.wire !== lengthDelimited || !known.has(inner)) {
        kept.push(source.slice(field.start, field.end))
        continue
      }
      const bytes = message(inner, field.from, field.end, depth + 1)
      kept.push(head(field.id, bytes.length), bytes)
    }
    return Buffer.concat(kept)
  }
  return message('ModelProto', 0, source.size, 0)
}

const { name, ints, strings } = onnxMessages.AttributeProto.fields

/** An attribute without its numbers and texts, of which a forest has millions, but for class labels. */
function* wanted(source: Source, from: number, end: number): Generator<Field> {
  const labels = startsWith(source, find(source, from, end, name.id), labelPrefix)
  for (const field of fieldsOf(source, from, end))
    if (labels || (field.id !== ints.id && field.id !== strings.id)) yield field
}

function find(source: Source, from: number, end: number, id: number): Field | undefined {
  for (const field of fieldsOf(source, from, end)) if (field.id === id) return field
  return undefined
}

function startsWith(source: Source, field: Field | undefined, prefix: string): boolean {
  if (!field || field.end - field.from < prefix.length) return false
  return Buffer.from(source.slice(field.from, field.from + prefix.length)).toString('latin1') === prefix
}
