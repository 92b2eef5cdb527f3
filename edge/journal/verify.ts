import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Finding, finding, maxFindings, timeOf } from '#core/audit/finding.ts'
import { brokenLink, genesis, sameBytes, type Tip } from '#core/chain/chain.ts'
import { UnreadableColumnsError } from '#core/columns/decode.ts'
import type { Attachments } from './attachments.ts'
import { type BlockRow, type Head, readEpochs } from './blocks.ts'
import type { Catalog, Shape } from './catalog.ts'
import { eventsOf } from './events.ts'
import type { ChainReport } from './journal.ts'
import { keyOf } from './keys.ts'
import { type Attached, attachedIn } from './record.ts'
import type { Gap, Lost } from './retain.ts'
import { createBreather } from './slices.ts'
import { all, one, sha256 } from './sqlite.ts'
import { streamNames, streams } from './streams.ts'

const blocksAtOnce = 16

/** An unbroken run of blocks of one model that have no payload any more. */
interface Dropped {
  epoch: string
  model: string
  first: number
  last: number
  rows: number
}

type Where = Partial<Omit<Finding, 'kind' | 'text'>>

class Broken extends Error {
  readonly found: Finding
  constructor(text: string, where: Where = {}, kind: Finding['kind'] = 'edit') {
    super(text)
    this.found = finding(kind, text, where)
  }
}

/** An attachment whose bytes are still to be hashed. */
interface Unread {
  block: number
  sha256: string
  where: string
  at: Where
}

interface SoundShape {
  sha256: string
  model: string
  /** It has columns of texts, which may name attachments. */
  texts: boolean
}

/** Recomputes every digest from the payloads and attachments up, and tells each thing that does not hold, and where. */
export class Verification {
  readonly #db: DatabaseSync
  readonly #catalog: Catalog
  readonly #attachments: Attachments
  readonly #page: StatementSync
  readonly #head: StatementSync
  readonly #bounds: StatementSync
  readonly #soundShapes = new Map<number, SoundShape>()
  readonly #dropped: Dropped[] = []
  /** The run that the last block of each epoch and model belongs to. */
  readonly #openRuns = new Map<string, Dropped>()
  readonly #gaps: (Gap | Lost)[] = []
  readonly #unread: Unread[] = []
  readonly #breathe = createBreather()
  readonly #report = { blocks: 0, rows: 0, dropped: 0 }
  readonly #findings: Finding[] = []

  constructor(db: DatabaseSync, catalog: Catalog, attachments: Attachments) {
    this.#db = db
    this.#catalog = catalog
    this.#attachments = attachments
    this.#page = db.prepare(
      'SELECT * FROM blocks WHERE stream = ? AND epoch_n = ? AND first > ? ORDER BY first LIMIT ?',
    )
    this.#head = db.prepare('SELECT seq, digest, blocks, rows FROM heads WHERE stream = ?')
    this.#bounds = db.prepare('SELECT min(epoch_n) AS low, max(epoch_n) AS high FROM blocks WHERE stream = ?')
  }

  async run(): Promise<ChainReport> {
    // `events` comes last: a gap that retention records meanwhile is then seen after the blocks that it speaks of.
    for (const name of streamNames.toReversed()) await this.#stream(streams[name])
    // Where blocks are not what was written, neither are the gaps in them.
    if (this.#findings.length === 0) this.#try(() => this.#lossIsRecorded())
    const [first] = this.#findings
    if (!first) return { ok: true, ...this.#report }
    return { ok: false, ...this.#report, problem: first.text, findings: this.#findings }
  }

  /** Whether it held. What comes after is looked at all the same, so that each change is told. */
  #try(check: () => void): boolean {
    try {
      check()
      return true
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      if (this.#findings.length < maxFindings) this.#findings.push(error.found)
      return false
    }
  }

  async #stream(stream: number): Promise<void> {
    const epochs = readEpochs(this.#db)
    let before: Tip | null = null
    let blocks = 0
    let missing = false
    for (const [i, { n, epoch }] of epochs.entries()) {
      const where = `${streamNames[stream]}, epoch ${epoch.slice(0, 8)}`
      const tip: Tip = { epoch, seq: 0, digest: genesis(stream, epoch, before, sha256) }
      for (let first = -Infinity; ; ) {
        const page = all<BlockRow>(this.#page, stream, n, first, blocksAtOnce)
        for (const block of page) {
          missing ||= block.first > tip.seq + 1
          this.#try(() => this.#block(block, tip, where))
          tip.seq = block.last
          tip.digest = block.digest
          first = block.first
        }
        blocks += page.length
        if (page.length < blocksAtOnce) break
        await this.#readAttachments()
      }
      // No turn of the event loop since the last page: what the head says is of the same moment.
      const next = epochs[i + 1]
      const head = next ? next.tips[stream] : one<Head>(this.#head, stream)
      missing ||= !this.#try(() => isTheEnd(head, tip, stream, where))
      if (head) before = { epoch, seq: head.seq, digest: head.digest }
    }
    // Told above, where it is missing.
    if (!missing) this.#try(() => this.#nothingElse(stream, epochs[0]!.n, epochs.at(-1)!.n, blocks))
    await this.#readAttachments()
  }

  #block(block: BlockRow, tip: Tip, where: string): void {
    const shape = block.shape === null ? undefined : this.#shape(block.shape, where, block, tip.epoch)
    const header = {
      stream: block.stream,
      epoch: tip.epoch,
      first: block.first,
      last: block.last,
      atMs: block.at_ms,
      kind: block.kind,
      shape: shape?.sha256 ?? '',
      payloadSha256: block.sha256,
      prev: block.prev,
      digest: block.digest,
    }
    const at = placeOf(block, tip.epoch)
    const problem = brokenLink(tip, header, sha256)
    if (problem && block.first > tip.seq + 1)
      throw new Broken(
        `${where}: ${problem}, before what was written ${at.time}`,
        { ...at, first: tip.seq + 1, last: block.first - 1 },
        'delete',
      )
    if (problem) throw new Broken(`${where}: ${problem} (it says: written ${at.time})`, at)
    const rows = `rows ${block.first} to ${block.last}`
    const model = block.model === null ? undefined : this.#catalog.modelName(block.model)
    if (model !== (shape && keyOf(shape.model)))
      throw new Broken(`${where}: ${rows} are filed under another model`, at)
    const count = block.last - block.first + 1
    this.#report.blocks++
    this.#report.rows += count
    if (block.payload === null) {
      if (!shape) throw new Broken(`${where}: the content of ${rows} is missing`, at, 'delete')
      this.#report.dropped += count
      this.#drop({ epoch: tip.epoch, model: shape.model, first: block.first, last: block.last, rows: count })
    } else if (!sameBytes(sha256(block.payload), block.sha256)) {
      throw new Broken(`${where}: the content of ${rows} was edited (written ${at.time})`, at)
    } else {
      if (shape) this.#openRuns.delete(`${tip.epoch}/${shape.model}`)
      if (block.stream === streams.events && block.kind === 'gap')
        for (const event of eventsOf(block.payload)) this.#gaps.push(event.body as Gap | Lost)
    }
    if (shape) this.#filed(block, shape, `${where}: ${rows}`, at)
  }

  /** What lies beside a block is what its payload names, no more and no less; beside a dropped one nothing. */
  #filed(block: BlockRow, shape: SoundShape, where: string, at: Where): void {
    const named = new Map(block.payload && shape.texts ? attached(block.payload, where, at) : [])
    for (const { sha256, media, model } of this.#attachments.ofBlock(block.id)) {
      const filed = `${where}: the attachment ${sha256.slice(0, 12)}`
      if (!named.has(sha256))
        throw new Broken(`${filed} was not brought by any of them, or should be gone`, at)
      if (named.get(sha256) !== media || model !== block.model)
        throw new Broken(`${filed} is filed as another kind, or under another model`, at)
      named.delete(sha256)
      this.#unread.push({ block: block.id, sha256, where: filed, at })
    }
    for (const sha256 of named.keys())
      throw new Broken(`${where}: the attachment ${sha256.slice(0, 12)} is missing`, at, 'delete')
  }

  /** One at a time, with a turn of the event loop between. One that is gone by now, retention took meanwhile. */
  async #readAttachments(): Promise<void> {
    for (const { block, sha256, where, at } of this.#unread.splice(0)) {
      await this.#breathe()
      this.#try(() => {
        if (this.#attachments.isSound(block, sha256) === false) throw new Broken(`${where} was edited`, at)
      })
    }
    await this.#breathe()
  }

  #shape(id: number, where: string, block: BlockRow, epoch: string): SoundShape {
    const sound = this.#soundShapes.get(id)
    if (sound) return sound
    const row = this.#catalog.shapeRow(id)
    const at = placeOf(block, epoch)
    if (!row) throw new Broken(`${where}: what row ${block.first} means is missing`, at, 'delete')
    if (Buffer.from(sha256(row.json)).toString('hex') !== row.sha256)
      throw new Broken(`${where}: what row ${block.first} means was edited`, at)
    const { model, features } = JSON.parse(row.json) as Shape
    const shape = { sha256: row.sha256, model, texts: features.some(({ text }) => text) }
    this.#soundShapes.set(id, shape)
    return shape
  }

  #drop(block: Dropped): void {
    const key = `${block.epoch}/${block.model}`
    const run = this.#openRuns.get(key)
    if (run) {
      run.last = block.last
      run.rows += block.rows
    } else {
      this.#openRuns.set(key, block)
      this.#dropped.push(block)
    }
  }

  /** Retention writes down what it drops. What is gone and was not written down, somebody else took. */
  #lossIsRecorded(): void {
    for (const run of this.#dropped) {
      const recorded = this.#gaps
        .filter(
          (gap) =>
            gap.why === 'retention' &&
            gap.epoch === run.epoch &&
            gap.model === run.model &&
            gap.first <= run.last &&
            gap.last >= run.first,
        )
        .reduce((rows, gap) => rows + gap.rows, 0)
      if (recorded < run.rows)
        throw new Broken(
          `inference, epoch ${run.epoch.slice(0, 8)}: the content of ${run.rows - recorded} rows between ${run.first} and ${run.last} is missing, and no gap is recorded for it`,
          { stream: 'inference', epoch: run.epoch, first: run.first, last: run.last },
          'delete',
        )
    }
  }

  #nothingElse(stream: number, low: number, high: number, blocks: number): void {
    const bounds = one<{ low: number | null; high: number | null }>(this.#bounds, stream)!
    if ((bounds.low !== null && bounds.low < low) || (bounds.high !== null && bounds.high > high))
      throw new Broken(`${streamNames[stream]}: there are blocks of an epoch that never began`, {
        stream: streamNames[stream]!,
      })
    const head = one<Head>(this.#head, stream)!
    if (head.blocks !== blocks)
      throw new Broken(`${streamNames[stream]}: ${head.blocks} blocks were written, ${blocks} are there`, {
        stream: streamNames[stream]!,
      })
  }
}

/** The end of an epoch is where it was recorded to be. */
function isTheEnd(
  head: Pick<Head, 'seq' | 'digest'> | undefined,
  tip: Tip,
  stream: number,
  where: string,
): void {
  const at = { stream: streamNames[stream]!, epoch: tip.epoch }
  if (!head) throw new Broken(`${where}: where it ended is not recorded`, at)
  if (head.seq > tip.seq)
    throw new Broken(
      `${where}: rows ${tip.seq + 1} to ${head.seq} are missing: cut off at the end`,
      { ...at, first: tip.seq + 1, last: head.seq },
      'truncate',
    )
  if (head.seq < tip.seq || !sameBytes(head.digest, tip.digest))
    throw new Broken(`${where}: the end (row ${head.seq}) is not the recorded one`, { ...at, last: head.seq })
}

const placeOf = ({ stream, first, last, at_ms }: BlockRow, epoch: string) => ({
  stream: streamNames[stream]!,
  epoch,
  first,
  last,
  time: timeOf(at_ms),
})

function attached(payload: Uint8Array, where: string, at: Where): Attached[] {
  try {
    return attachedIn(payload)
  } catch (error) {
    if (!(error instanceof UnreadableColumnsError)) throw error
    throw new Broken(`${where} cannot be read: ${error.message}`, at)
  }
}
