import { toHex } from '../chain/hex.ts'
import { utf8 } from '../columns/utf8.ts'
import { ChainWalk } from './chain-walk.ts'
import { deviceOf, named, saysTheSame, sealedBytes, whyUnsigned, witnessOf } from './checkpoint.ts'
import { type Finding, finding, maxFindings, type RecordReport } from './finding.ts'
import { type EndLine, type HeaderLine, type KeptCheckpoint, lineSchema, type RecordTools } from './format.ts'
import { CheckpointJudge } from './judge.ts'

export interface VerifyOptions {
  /** The public key of the device, or its sha256 (hex), known from elsewhere: an export brings its own. */
  key?: string
  /** Checkpoints out of an older export of the same device, which this one must still hold. */
  also?: readonly KeptCheckpoint[]
}

export interface VerifiedExport {
  report: RecordReport
  /** Undefined where the file is no export. */
  header: HeaderLine | undefined
  /** What it brought, in order, the one taken for it at the end. */
  kept: KeptCheckpoint[]
  /** What `also` tells against it; not in its own report. */
  also: Finding[]
}

/**
 * Recomputes the chain of an export and holds it against the checkpoints that it brings. One pass, in memory that grows with
 * the checkpoints only. `lines`: each parsed as JSON, or the error where it is not.
 */
export async function verifyExport(
  lines: AsyncIterable<unknown>,
  tools: RecordTools,
  { key, also = [] }: VerifyOptions = {},
): Promise<VerifiedExport> {
  const reader = new Reader(tools, also)
  for await (const raw of lines) if (!reader.read(raw)) break
  return reader.verdict(key)
}

class Reader {
  readonly #tools: RecordTools
  readonly #also: readonly KeptCheckpoint[]
  readonly #findings: Finding[] = []
  readonly #kept: KeptCheckpoint[] = []
  #header: HeaderLine | undefined
  #walk: ChainWalk | undefined
  #inBlocks = false
  #end: EndLine | undefined
  #line = 0
  #blocks = 0
  #rows = 0
  #dropped = 0

  constructor(tools: RecordTools, also: readonly KeptCheckpoint[]) {
    this.#tools = tools
    this.#also = also
  }

  /** Whether the next line is of interest. */
  read(raw: unknown): boolean {
    this.#line++
    const parsed = lineSchema.safeParse(raw)
    if (!parsed.success) return this.#stop(`line ${this.#line} is not in the form of an export`)
    const line = parsed.data
    if (this.#end) return this.#stop(`there is more behind the end (line ${this.#line})`)
    if ((line.kind === 'edgewright-record') !== (this.#line === 1))
      return this.#stop(`line ${this.#line} stands in the wrong place`)
    switch (line.kind) {
      case 'edgewright-record':
        this.#header = line
        this.#walk = new ChainWalk(line, this.#tools)
        return true
      case 'checkpoint': {
        if (this.#inBlocks) return this.#stop(`line ${this.#line} stands in the wrong place`)
        const { kind: _, ...kept } = line
        this.#kept.push(kept)
        return true
      }
      case 'shape':
        // Its sha256 stands in the digest of each block that names it.
        if (toHex(this.#tools.sha256(utf8(line.json))) !== line.sha256)
          this.#findings.push(finding('edit', `what columns mean was edited (line ${this.#line})`))
        return true
      case 'block':
        this.#beginBlocks()
        this.#blocks++
        this.#rows += line.last - line.first + 1
        if (this.#header?.readings && line.columns === undefined && line.text === undefined && !line.dropped)
          this.#findings.push(finding('incomplete', `the content of line ${this.#line} is missing`))
        if (line.dropped) this.#dropped += line.last - line.first + 1
        this.#walk!.block(line)
        return true
      case 'end':
        this.#beginBlocks()
        this.#end = line
        return true
    }
  }

  verdict(key: string | undefined): VerifiedExport {
    const header = this.#header
    const judged = header ? this.#judge(header, key) : undefined
    if (!header) this.#findings.push(finding('incomplete', 'there is no export of a record here'))
    const findings = this.#findings.slice(0, maxFindings)
    const report: RecordReport = {
      ok: findings.length === 0,
      blocks: this.#blocks,
      rows: this.#rows,
      dropped: this.#dropped,
      ...(findings[0] && { problem: findings[0].text }),
      findings,
      device: header?.device ?? null,
      checkpoints: judged?.checkpoints ?? {
        count: 0,
        first: null,
        last: null,
        countersigned: null,
        strangers: 0,
      },
    }
    const kept = this.#end ? [...this.#kept, this.#end.end] : this.#kept
    return { report, header, kept, also: judged?.also ?? [] }
  }

  #judge(header: HeaderLine, key: string | undefined) {
    this.#beginBlocks()
    this.#beginAndEnd(header, key)
    const walk = this.#walk!
    const devices = [header.device, ...header.formerly]
    const until = this.#until(header)
    if (until) walk.end(until.checkpoint.signed.epoch)
    const own = new CheckpointJudge(this.#tools, walk.lookUp, devices, header.centrals)
    if (header.begin) own.see(header.begin, { begins: true })
    for (const kept of this.#kept) own.see(kept)
    // What breaks off lacks its end, and that is told.
    const told = this.#end ? own.findings : own.findings.filter(({ kind }) => kind !== 'truncate')
    this.#findings.push(...walk.findings, ...told)
    const also = new CheckpointJudge(this.#tools, walk.lookUp, devices)
    for (const kept of this.#also) {
      const { epoch, counter, streams } = kept.checkpoint.signed
      // Of rows that this export does not reach, it says nothing.
      if (header.to !== null && counter > header.until) continue
      if (Object.entries(streams).some(([stream, { seq }]) => walk.isBefore(stream, epoch, seq))) continue
      also.see(kept, { sequence: false })
    }
    return { checkpoints: own.checkpoints, also: also.findings }
  }

  #beginBlocks(): void {
    if (this.#inBlocks) return
    this.#inBlocks = true
    const begin = this.#header?.begin
    for (const { checkpoint } of [...(begin ? [begin] : []), ...this.#kept, ...this.#also])
      for (const [stream, { seq }] of Object.entries(checkpoint.signed.streams))
        this.#walk?.ask(stream, checkpoint.signed.epoch, seq)
    this.#walk?.sortAsked()
  }

  #until({ until }: HeaderLine): KeptCheckpoint | undefined {
    return this.#kept.findLast(({ checkpoint }) => checkpoint.signed.counter === until)
  }

  #beginAndEnd(header: HeaderLine, key: string | undefined): void {
    const tell = (kind: Finding['kind'], text: string) => this.#findings.push(finding(kind, text))
    if (deviceOf(header.publicKey, this.#tools.sha256) !== header.device)
      tell('unsigned', 'it names another device than its key belongs to')
    if (key !== undefined && key !== header.publicKey && key !== header.device)
      tell('unsigned', `device ${header.device} made it, and not the one whose key was given (${key})`)
    const end = this.#end
    const until = this.#until(header)
    if (!end) return void tell('incomplete', `it breaks off after line ${this.#line}, before its end`)
    if (!until) tell('incomplete', `checkpoint ${header.until}, up to which it should reach, is missing`)
    if (end.blocks !== this.#blocks || end.rows !== this.#rows)
      tell('incomplete', `it says that it holds ${end.blocks} blocks, and ${this.#blocks} are there`)
    const why = whyUnsigned(end.end, this.#tools)
    if (why !== undefined) tell('unsigned', `${named(witnessOf(end.end))} at its end: ${why}`)
    if (!this.#tools.isSigned(header.publicKey, sealedBytes(header, end), end.signature))
      tell('unsigned', 'the device did not sign its header and its end as they stand here')
    const counter = end.end.checkpoint.signed.counter
    if (counter === header.until ? until && !saysTheSame(until, end.end) : counter < header.until)
      tell('edit', `${named(witnessOf(end.end))} at its end is not the one that it speaks of`)
  }

  #stop(why: string): false {
    this.#findings.push(finding('incomplete', why))
    return false
  }
}
