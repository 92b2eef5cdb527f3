import { type BlockHeader, brokenLink, genesis, sameBytes, type Tip } from '../chain/chain.ts'
import { fromHex, toHex } from '../chain/hex.ts'
import { type Stream, streamNames, streams } from '../chain/streams.ts'
import { utf8 } from '../columns/utf8.ts'
import { type Finding, finding, maxFindings, timeOf } from './finding.ts'
import type { BlockLine, HeaderLine, RecordEpoch, RecordTools } from './format.ts'
import type { Standing } from './judge.ts'

/** Where a stream of the export stands: `at` is the index of its epoch, `begun` whether its beginning is known. */
interface Way {
  at: number
  tip: Tip
}

/** The rows of a stream and epoch that somebody will ask for, ascending, and what was found there. */
interface Asked {
  seqs: number[]
  next: number
  found: Map<number, Standing>
}

/** Recomputes the chain of an export, block by block, and remembers what stands at the rows that will be asked for. */
export class ChainWalk {
  readonly findings: Finding[] = []
  readonly #tools: RecordTools
  readonly #epochs: readonly RecordEpoch[]
  readonly #begin: HeaderLine['begin']
  readonly #ways = new Map<Stream, Way>()
  readonly #asked = new Map<string, Asked>()
  /** Where each epoch of a stream that is behind us really ended. */
  readonly #ends = new Map<string, number>()
  #stream: Stream = 'events'

  constructor(header: HeaderLine, tools: RecordTools) {
    this.#tools = tools
    this.#epochs = header.epochs
    this.#begin = header.begin
    for (const name of streamNames) this.#ways.set(name, this.#beginning(name))
  }

  /** Before the first block: `lookUp` will want to know what stands at this row. */
  ask(stream: string, epoch: string, seq: number): void {
    const key = `${stream}/${epoch}`
    const asked: Asked = this.#asked.get(key) ?? { seqs: [], next: 0, found: new Map() }
    if (!this.#asked.has(key)) this.#asked.set(key, asked)
    asked.seqs.push(seq)
  }

  sortAsked(): void {
    for (const asked of this.#asked.values()) asked.seqs = [...new Set(asked.seqs)].sort((a, b) => a - b)
    for (const [name, { tip }] of this.#ways) this.#answer(name, tip, tip.seq)
  }

  block(line: BlockLine): void {
    const { stream, epoch } = line
    const at = this.#indexOf(epoch)
    const way = this.#ways.get(stream)!
    if (at < way.at || streams[stream] < streams[this.#stream]) {
      const text = `${stream}: a block of epoch ${epoch.slice(0, 8)} stands where none of it belongs`
      this.#tell(finding('edit', text, place(line)))
      return
    }
    this.#stream = stream
    while (way.at < at) this.#nextEpoch(stream, way)
    const problem = brokenLink(way.tip, header(line), this.#tools.sha256) ?? this.#content(line)
    if (problem !== undefined) {
      const inIt = `${stream}, epoch ${epoch.slice(0, 8)}: ${problem}`
      const gap = line.first > way.tip.seq + 1 && { first: way.tip.seq + 1, last: line.first - 1 }
      const found = gap
        ? finding('delete', `${inIt}, before what was written ${timeOf(line.atMs)}`, {
            ...place(line),
            ...gap,
          })
        : finding('edit', `${inIt} (it says: written ${timeOf(line.atMs)})`, place(line))
      this.#tell(found)
    }
    // From what stands there, so that each change is told once and not with all that follows.
    way.tip = { epoch, seq: Math.max(line.last, way.tip.seq), digest: fromHex(line.digest) }
    this.#answer(stream, way.tip, line.first)
  }

  /** After the last block, which may be of any epoch up to this one. */
  end(epoch: string): void {
    for (const [name, way] of this.#ways) while (way.at < this.#indexOf(epoch)) this.#nextEpoch(name, way)
  }

  /** Only rows that were asked for, and only after `end`. */
  readonly lookUp = (stream: string, epoch: string, seq: number): Standing => {
    const index = this.#indexOf(epoch)
    const way = this.#ways.get(stream as Stream)
    if (index < 0 || !way) return 'unknown-epoch'
    const found = this.#asked.get(`${stream}/${epoch}`)?.found.get(seq)
    if (found) return found
    const next = this.#epochs[index + 1]
    const endsAt = this.#ends.get(`${stream}/${epoch}`) ?? way.tip.seq
    return { endsAt: Math.min(endsAt, seq - 1), goesOn: next && { why: next.why, at: next.startedAt } }
  }

  /** Whether a place lies before the blocks of this export: nothing can be said of it. */
  isBefore(stream: string, epoch: string, seq: number): boolean {
    if (!this.#begin) return false
    const { signed } = this.#begin.checkpoint
    const [asked, begun] = [this.#indexOf(epoch), this.#indexOf(signed.epoch)]
    return asked >= 0 && (asked < begun || (asked === begun && seq < (signed.streams[stream]?.seq ?? 0)))
  }

  #beginning(stream: Stream): Way {
    const begin = this.#begin?.checkpoint.signed
    const at = begin ? this.#indexOf(begin.epoch) : 0
    const place = begin?.streams[stream]
    if (begin && place && at >= 0)
      return { at, tip: { epoch: begin.epoch, seq: place.seq, digest: fromHex(place.head) } }
    return { at: 0, tip: this.#genesis(stream, 0) }
  }

  /** The first row of an epoch follows where the epoch before is recorded to have ended. */
  #genesis(stream: Stream, at: number): Tip {
    const [before, { epoch, tips }] = [this.#epochs[at - 1], this.#epochs[at]!]
    const tip = tips[streams[stream]]
    const ended = before && tip ? { epoch: before.epoch, seq: tip.seq, digest: fromHex(tip.head) } : null
    return { epoch, seq: 0, digest: genesis(streams[stream], epoch, ended, this.#tools.sha256) }
  }

  #indexOf(epoch: string): number {
    return this.#epochs.findIndex((known) => known.epoch === epoch)
  }

  #nextEpoch(stream: Stream, way: Way): void {
    const next = this.#epochs[way.at + 1]!
    const ended = next.tips[streams[stream]]
    const { epoch, seq, digest } = way.tip
    const in_ = `${stream}, epoch ${epoch.slice(0, 8)}`
    if (ended && ended.seq > seq)
      this.#tell(
        finding('truncate', `${in_}: rows ${seq + 1} to ${ended.seq} are missing: cut off at the end`, {
          stream,
          epoch,
          first: seq + 1,
          last: ended.seq,
        }),
      )
    else if (!ended || ended.seq < seq || !sameBytes(fromHex(ended.head), digest))
      this.#tell(
        finding('edit', `${in_}: the end (row ${ended?.seq ?? 0}) is not the recorded one`, {
          stream,
          epoch,
        }),
      )
    this.#ends.set(`${stream}/${epoch}`, seq)
    way.at++
    way.tip = this.#genesis(stream, way.at)
    this.#answer(stream, way.tip, 0)
  }

  /** What was asked of the rows `first` to the tip's. */
  #answer(stream: string, tip: Tip, first: number): void {
    const asked = this.#asked.get(`${stream}/${tip.epoch}`)
    if (!asked) return
    for (; asked.next < asked.seqs.length && asked.seqs[asked.next]! <= tip.seq; asked.next++)
      if (asked.seqs[asked.next]! >= first)
        asked.found.set(asked.seqs[asked.next]!, { last: tip.seq, head: toHex(tip.digest) })
  }

  #content({ text, columns, sha256, first, last, stream }: BlockLine): string | undefined {
    const bytes = text !== undefined ? utf8(text) : columns !== undefined && this.#tools.fromBase64(columns)
    if (bytes === false)
      return stream === 'inference' || stream === 'raw'
        ? undefined
        : `the content of rows ${first} to ${last} is missing`
    return sameBytes(this.#tools.sha256(bytes), fromHex(sha256))
      ? undefined
      : `the content of rows ${first} to ${last} was edited`
  }

  #tell(found: Finding): void {
    if (this.findings.length < maxFindings) this.findings.push(found)
  }
}

function header(line: BlockLine): BlockHeader & { digest: Uint8Array } {
  return {
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
  }
}

const place = ({ stream, epoch, first, last, atMs }: BlockLine) => ({
  stream,
  epoch,
  first,
  last,
  time: timeOf(atMs),
})
