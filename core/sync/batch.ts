import type { BlockLine } from '../audit/format.ts'
import { type BlockHeader, blockDigest, brokenLink, type Hash, sameBytes } from '../chain/chain.ts'
import { fromHex, toHex } from '../chain/hex.ts'
import { type Stream, streams } from '../chain/streams.ts'
import { fromUtf8, utf8 } from '../columns/utf8.ts'
import { EdgewrightError } from '../contracts/errors.ts'
import {
  type BatchHeader,
  batchHeaderSchema,
  type SyncBlock,
  type SyncLine,
  syncLineSchema,
} from '../contracts/sync.ts'

/** What no digest of a journal needs, and only the sender knows. */
export type Sender = Pick<BatchHeader, 'bootId' | 'monoMs' | 'wallMs'>

export interface Batch {
  header: BatchHeader
  /** Of all its blocks. */
  stream: Stream
  lines: SyncLine[]
  /** Columns as bytes, of the blocks that had to be looked at for their hash; of all others they are decoded by whoever needs them. */
  columns: ReadonlyMap<SyncBlock, Uint8Array>
}

export interface BatchLimits {
  /** Uncompressed. */
  maxBytes: number
  maxLines: number
  /** With it columns are compared with their hash. */
  fromBase64?: (text: string) => Uint8Array
}

const lineFeed = 10

/**
 * NDJSON, uncompressed: the header, then these lines. They are shapes and at least one block; the blocks are of one stream and one
 * epoch, and follow one another.
 */
export function encodeBatch(sender: Sender, lines: readonly SyncLine[], sha256: Hash): Uint8Array {
  const blocks = lines.filter((line) => line.kind === 'block')
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (!first || !last) throw new RangeError('A batch needs at least one block.')
  const body = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const header: BatchHeader = {
    kind: 'batch',
    format: 1,
    epoch: first.epoch,
    first: first.first,
    last: last.last,
    count: blocks.length,
    sha256: toHex(sha256(body)),
    ...sender,
  }
  const head = utf8(`${JSON.stringify(header)}\n`)
  const out = new Uint8Array(head.length + body.length)
  out.set(head)
  out.set(body, head.length)
  return out
}

/**
 * Reads what `encodeBatch` wrote and believes nothing of it: hash, counts, that each block follows the one before, that its digest
 * is that of its header, and that content which claims to be the journal's own has the hash in that header. What came
 * before the batch is not known here: hold the first block's `prev` against it.
 * @throws EdgewrightError sync-damaged, with the number of the line
 */
export function decodeBatch(bytes: Uint8Array, limits: BatchLimits, sha256: Hash): Batch {
  if (bytes.length > limits.maxBytes)
    throw damaged(`it has ${bytes.length} bytes, and at most ${limits.maxBytes} are taken`)
  const end = bytes.indexOf(lineFeed)
  if (end < 0) throw damaged('its header does not end')
  const header = parsed(batchHeaderSchema, text(bytes.subarray(0, end)), 1)
  const body = bytes.subarray(end + 1)
  if (toHex(sha256(body)) !== header.sha256) throw damaged('its lines are not those that its header names')
  const written = text(body).split('\n')
  if (written.pop() !== '') throw damaged('its last line does not end')
  if (written.length > limits.maxLines)
    throw damaged(`it has ${written.length} lines, and at most ${limits.maxLines} are taken`)
  const lines = written.map((line, i) => parsed(syncLineSchema, line, i + 2))
  const columns = new Map<SyncBlock, Uint8Array>()
  return { header, stream: checked(header, lines, { ...limits, columns }, sha256), lines, columns }
}

/** The header that a block's digest covers. */
export const chainHeaderOf = (line: BlockLine): BlockHeader & { digest: Uint8Array } => ({
  stream: streams[line.stream],
  epoch: line.epoch,
  first: line.first,
  last: line.last,
  atMs: line.atMs,
  kind: line.of,
  shape: line.shape,
  payloadSha256: fromHex(line.sha256),
  prev: fromHex(line.prev),
  digest: fromHex(line.digest),
})

interface Looked extends BatchLimits {
  /** Filled on the way. */
  columns: Map<SyncBlock, Uint8Array>
}

function checked(
  { epoch, first, last, count }: BatchHeader,
  lines: readonly SyncLine[],
  limits: Looked,
  sha256: Hash,
): Stream {
  let before: SyncBlock | undefined
  let begun: SyncBlock | undefined
  let blocks = 0
  for (const [i, line] of lines.entries()) {
    const refuse = (why: string) => damaged(why, i + 2)
    if (line.kind === 'shape') {
      if (toHex(sha256(utf8(line.json))) !== line.sha256) throw refuse('the shape is not what its hash names')
      continue
    }
    blocks++
    begun ??= line
    if (line.epoch !== epoch) throw refuse(`the block belongs to epoch ${line.epoch}, not to ${epoch}`)
    if (line.stream !== begun.stream)
      throw refuse(`the block is of stream ${line.stream}, those before of ${begun.stream}`)
    const problem = unlinked(before, line, sha256) ?? badContent(line, limits, sha256)
    if (problem !== undefined) throw refuse(problem)
    before = line
  }
  if (!begun || !before) throw damaged('it has no blocks')
  if (blocks !== count) throw damaged(`it has ${blocks} blocks, and its header names ${count}`)
  if (begun.first !== first || before.last !== last)
    throw damaged(`it holds rows ${begun.first} to ${before.last}, and its header names ${first} to ${last}`)
  return begun.stream
}

function unlinked(before: SyncBlock | undefined, line: SyncBlock, sha256: Hash): string | undefined {
  if (line.thinned !== undefined) {
    // Its digest is that of the last block in it, whose header is no longer there: the ends are all that can be compared.
    if (line.last < line.first) return `rows ${line.first} to ${line.last} are in the wrong order`
    if (before && line.first !== before.last + 1)
      return `row ${line.first} does not follow row ${before.last}`
    return before && line.prev !== before.digest
      ? `rows ${line.first} to ${line.last} do not follow the rows before them`
      : undefined
  }
  const header = chainHeaderOf(line)
  if (before) {
    const tip = { epoch: before.epoch, seq: before.last, digest: fromHex(before.digest) }
    return brokenLink(tip, header, sha256)
  }
  if (line.last < line.first) return `rows ${line.first} to ${line.last} are in the wrong order`
  return sameBytes(blockDigest(header, sha256), header.digest)
    ? undefined
    : `the header of rows ${line.first} to ${line.last} was edited`
}

function badContent(
  line: SyncBlock,
  { fromBase64, columns: looked }: Looked,
  sha256: Hash,
): string | undefined {
  const { text, columns, dropped, withheld, projected, thinned } = line
  const said = [text, columns, dropped, withheld].filter((one) => one !== undefined).length
  if (said !== 1) return `rows ${line.first} to ${line.last} have ${said} contents, one is needed`
  if (text === undefined && columns === undefined) return undefined
  if (projected || thinned !== undefined) return undefined
  const bytes = text !== undefined ? utf8(text) : fromBase64?.(columns!)
  if (columns !== undefined && bytes) looked.set(line, bytes)
  return !bytes || toHex(sha256(bytes)) === line.sha256
    ? undefined
    : `the content of rows ${line.first} to ${line.last} was edited`
}

function parsed<T>(
  schema: { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: Error } },
  line: string,
  number: number,
): T {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw damaged('it is not JSON', number)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { issues } = result.error as { issues?: { path: PropertyKey[]; message: string }[] }
  const why = issues?.[0] ? `${issues[0].path.join('.') || 'it'}: ${issues[0].message}` : result.error.message
  throw damaged(why, number)
}

function text(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw damaged('it is not UTF-8')
  }
}

function damaged(why: string, line?: number): EdgewrightError {
  const where = line === undefined ? '' : `, line ${line}`
  return new EdgewrightError('sync-damaged', `The batch cannot be taken${where}: ${why}.`)
}
