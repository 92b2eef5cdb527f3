import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { delimited, type Field, fieldsOf, head, lengthDelimited, numeric, type Source } from './wire.ts'
import type { ZipMapPlan } from './zip-map.ts'

/** A part of the original, or bytes of one's own. */
type Piece = { from: number; end: number } | Uint8Array

const lengthOf = (piece: Piece) => ('from' in piece ? piece.end - piece.from : piece.length)

/** Field numbers of onnx/onnx `onnx/onnx.proto3`. */
const modelField = { graph: 7, opsetImport: 8 }
const graphField = { node: 1, output: 12, valueInfo: 13 }
const float32 = 1
/** Identity has been since the first operator set; any that knows it will do. */
const identitySet = 13

/**
 * A model with its ZipMaps replaced by Cast, and their outputs by tables [?, classes] of float32. Everything else
 * is a part of the original, byte for byte. Throws a plain sentence where the file's form does not allow it.
 */
export function rewriteZipMaps(source: Source, plan: ZipMapPlan): Piece[] {
  const fields = [...fieldsOf(source)]
  const graphs = fields.filter(({ id, wire }) => id === modelField.graph && wire === lengthDelimited)
  const graph = graphs[0]
  if (!graph || graphs.length > 1) throw new Error('its graph is stored in several parts')
  const inner = graphPieces(source, graph, plan)
  const length = inner.reduce((sum, piece) => sum + lengthOf(piece), 0)
  const hasOpset = fields.some((field) => field.id === modelField.opsetImport && isDefaultSet(source, field))
  return [
    { from: 0, end: graph.start },
    head(modelField.graph, length),
    ...inner,
    { from: graph.end, end: source.size },
    ...(hasOpset ? [] : [delimited(modelField.opsetImport, numeric(2, identitySet))]),
  ]
}

function graphPieces(source: Source, graph: Field, { outputs, dropped, values }: ZipMapPlan): Piece[] {
  const byName = new Map(outputs.map((output) => [output.output, output]))
  const pieces: Piece[] = []
  let upTo = graph.from
  const replace = (field: Field, bytes: Uint8Array[]) => {
    pieces.push({ from: upTo, end: field.start }, ...bytes)
    upTo = field.end
  }
  let place = 0
  let identities = outputs.map(({ output, table }) => cast(table, output))
  for (const field of fieldsOf(source, graph.from, graph.end)) {
    if (field.id === graphField.node) {
      if (!dropped.has(place++)) continue
      // What they take is made before the first of the nodes that fall away.
      replace(field, identities)
      identities = []
    } else if (field.id === graphField.output) {
      const output = byName.get(nameOf(source, field))
      if (output) replace(field, [table(source, field, output.classes.length)])
    } else if (field.id === graphField.valueInfo && values.has(nameOf(source, field))) replace(field, [])
  }
  pieces.push({ from: upTo, end: graph.end })
  return pieces.filter((piece) => lengthOf(piece) > 0)
}

/** To float32, whatever the ZipMap was given: some pipelines give doubles. AttributeProto: name 1, i 3, type 20 (INT is 2). */
const cast = (from: string, to: string) =>
  delimited(
    graphField.node,
    delimited(1, from),
    delimited(2, to),
    delimited(4, 'Cast'),
    delimited(5, delimited(1, 'to'), numeric(3, float32), numeric(20, 2)),
  )

/** The declaration of an output as a table; what it says besides its type stays. */
function table(source: Source, output: Field, columns: number): Uint8Array {
  const rest = [...fieldsOf(source, output.from, output.end)].filter(({ id }) => id !== 2)
  const rows = delimited(1)
  const shape = delimited(2, rows, delimited(1, numeric(1, columns)))
  const type = delimited(2, delimited(1, numeric(1, float32), shape))
  return delimited(graphField.output, ...rest.map(({ start, end }) => source.slice(start, end)), type)
}

/** Of a ValueInfoProto. */
function nameOf(source: Source, { from, end }: Field): string {
  for (const field of fieldsOf(source, from, end))
    if (field.id === 1) return Buffer.from(source.slice(field.from, field.end)).toString('utf8')
  return ''
}

function isDefaultSet(source: Source, { from, end }: Field): boolean {
  for (const field of fieldsOf(source, from, end))
    if (field.id === 1 && field.end > field.from)
      return Buffer.from(source.slice(field.from, field.end)).toString('utf8') === 'ai.onnx'
  return true
}

const chunkBytes = 1 << 20

/** Writes pieces one after the other; no more than 1 MiB is held. Answers the sha256 (hex) and size of what was written. */
export function writePieces(
  source: Source,
  pieces: readonly Piece[],
  to: number,
): { sha256: string; size: number } {
  const hash = createHash('sha256')
  let size = 0
  const write = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at)
    hash.update(bytes)
    size += bytes.length
  }
  for (const piece of pieces) {
    if (!('from' in piece)) write(piece)
    else
      for (let at = piece.from; at < piece.end; at += chunkBytes)
        write(source.slice(at, Math.min(piece.end, at + chunkBytes)))
  }
  return { sha256: hash.digest('hex'), size }
}
