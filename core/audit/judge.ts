import { countersignatureOf, named, saysTheSame, whyUnsigned, witnessOf } from './checkpoint.ts'
import { type Finding, finding, maxFindings, type RecordReport, type Witness } from './finding.ts'
import type { KeptCheckpoint, RecordTools } from './format.ts'

/** What a record holds at a row: the block with it, or why there is none. */
export type Standing =
  | { last: number; head: string }
  /** The epoch ends before; `goesOn`: why the next one began, and when. */
  | { endsAt: number; goesOn: { why: string; at: string } | undefined }
  | 'unknown-epoch'

export type Lookup = (stream: string, epoch: string, seq: number) => Standing

interface Good {
  witness: Witness
  epoch: string
  seq: number
}

/**
 * Holds checkpoints, in the order of their counters, against the record that they speak of. Of each stream and epoch the first that
 * does not hold is told, with the last that does: what was changed lies between the two.
 */
export class CheckpointJudge {
  readonly findings: Finding[] = []
  readonly #tools: RecordTools
  readonly #lookup: Lookup
  readonly #devices: ReadonlySet<string>
  readonly #good = new Map<string, Good>()
  /** By stream and epoch: what follows there is no news. */
  readonly #broken = new Set<string>()
  readonly #unknown = new Set<string>()
  #before: KeptCheckpoint | undefined
  #first: Witness | null = null
  #countersigned: RecordReport['checkpoints']['countersigned'] = null
  #strangers = 0
  readonly #centrals: ReadonlySet<string>
  /** The checkpoint seen last is what the record holds. */
  #holds = false
  #count = 0

  /** `devices`: those whose word counts. `centrals`: keys whose countersignature does. */
  constructor(
    tools: RecordTools,
    lookup: Lookup,
    devices: Iterable<string>,
    centrals: Iterable<string> = [],
  ) {
    this.#centrals = new Set(centrals)
    this.#tools = tools
    this.#lookup = lookup
    this.#devices = new Set(devices)
  }

  get checkpoints(): RecordReport['checkpoints'] {
    const last = this.#before ? witnessOf(this.#before) : null
    return {
      ...{ count: this.#count, first: this.#first, last },
      ...{ countersigned: this.#countersigned, strangers: this.#strangers },
    }
  }

  /**
   * `begins`: those before it are left out rightly. `sequence: false`: out of another record, whose counters have no place in
   * this one's.
   */
  see(kept: KeptCheckpoint, { sequence = true, begins = false } = {}): void {
    const witness = witnessOf(kept)
    const where = { stream: 'checkpoints', first: witness.counter, last: witness.counter, time: witness.at }
    const why = this.#devices.has(kept.checkpoint.signed.device)
      ? whyUnsigned(kept, this.#tools)
      : 'another device signed it'
    if (why !== undefined) {
      this.#tell(finding('unsigned', `${named(witness)} counts for nothing: ${why}`, where))
      return
    }
    if (!sequence || this.#follows(kept, witness, begins)) this.#holds = this.#placed(kept, witness)
    if (sequence) this.#countersignature(kept, witness)
  }

  #placed(kept: KeptCheckpoint, witness: Witness): boolean {
    const { epoch, streams } = kept.checkpoint.signed
    for (const [stream, place] of Object.entries(streams))
      if (!this.#broken.has(`${stream}/${epoch}`)) this.#place(stream, epoch, place, witness)
    return Object.keys(streams).every((stream) => !this.#broken.has(`${stream}/${epoch}`))
  }

  #countersignature(kept: KeptCheckpoint, witness: Witness): void {
    const found = countersignatureOf(kept, this.#centrals, this.#tools)
    if (found === 'stranger') this.#strangers++
    if (found === 'holds' && this.#holds) this.#countersigned = { ...witness, by: kept.countersignature!.by }
    if (found !== 'broken') return
    const where = { stream: 'checkpoints', first: witness.counter, last: witness.counter, time: witness.at }
    const text = `${named(witness)}: central's countersignature under it does not hold`
    this.#tell(finding('unsigned', text, where))
  }

  #follows(kept: KeptCheckpoint, witness: Witness, begins: boolean): boolean {
    const before = this.#before
    this.#before = kept
    this.#first ??= witness
    const expected = (before?.checkpoint.signed.counter ?? 0) + 1
    const where = { stream: 'checkpoints', time: witness.at }
    if (before && witness.counter === expected - 1) {
      if (saysTheSame(before, kept)) return false // it came back with a countersignature
      this.#tell(clone(witness.counter, witnessOf(before), witness))
    } else if (before && witness.counter < expected) {
      const text = `${named(witness)} stands behind ${named(witnessOf(before))}: reordered, or put back to an earlier state`
      this.#tell(finding('fork', text, { ...where, first: witness.counter, last: expected - 1 }))
    } else if (witness.counter > expected && !(begins && !before)) {
      const range = { first: expected, last: witness.counter - 1 }
      const text = `${checkpoints(range)} missing before ${named(witness)}`
      this.#tell(finding('delete', text, { ...where, ...range }))
    }
    this.#count++
    return true
  }

  #place(stream: string, epoch: string, place: { seq: number; head: string }, witness: Witness): void {
    const standing = this.#lookup(stream, epoch, place.seq)
    const holds =
      typeof standing === 'object' &&
      'last' in standing &&
      standing.last === place.seq &&
      standing.head === place.head
    if (holds) {
      this.#good.set(stream, { witness, epoch, seq: place.seq })
      return
    }
    this.#broken.add(`${stream}/${epoch}`)
    if (standing === 'unknown-epoch') {
      if (this.#unknown.has(epoch)) return
      this.#unknown.add(epoch)
    }
    this.#tell(mismatch(standing, { stream, epoch, seq: place.seq }, witness, this.#good.get(stream)))
  }

  #tell(found: Finding): void {
    if (this.findings.length < maxFindings) this.findings.push(found)
  }
}

/** What it means that a record does not have at a place what a checkpoint attests there. */
function mismatch(
  standing: Standing,
  { stream, epoch, seq }: { stream: string; epoch: string; seq: number },
  witness: Witness,
  good: Good | undefined,
): Finding {
  if (standing === 'unknown-epoch') {
    const text = `epoch ${epoch.slice(0, 8)}, which ${named(witness)} attests, is unknown to the record: it was replaced, or put back to a state before that`
    return finding('fork', text, { epoch, since: witness })
  }
  const where = { stream, epoch, since: witness }
  const inIt = `${stream}, epoch ${epoch.slice(0, 8)}`
  if ('endsAt' in standing) {
    const rows = { first: standing.endsAt + 1, last: seq }
    const gone = `${inIt}: ${words(rows)} missing, which ${named(witness)} attests`
    const { goesOn } = standing
    return goesOn
      ? finding(
          'fork',
          `${gone}: the record was put back to an earlier state, and goes on in a new epoch since ${goesOn.at} (${goesOn.why})`,
          { ...where, ...rows },
        )
      : finding('truncate', `${gone}: cut off at the end after that`, { ...where, ...rows })
  }
  const rows = { first: Math.min(good?.epoch === epoch ? good.seq + 1 : 1, seq), last: seq }
  const still = good ? `; ${named(good.witness)} still holds` : ''
  const text = `${inIt}: other rows stand at ${rows.first} to ${rows.last} than ${named(witness)} attests: rewritten after that, digests and all${still}`
  return finding('fork', text, { ...where, ...rows })
}

/** One number, two records. */
export function clone(counter: number, one: Witness, other: Witness): Finding {
  return finding(
    'clone',
    `the device's key signed two different checkpoints ${counter} (of ${one.at} and of ${other.at}): it is in use on two disks, or a disk was set back to an earlier state`,
    { stream: 'checkpoints', first: counter, last: counter, time: other.at, since: one },
  )
}

const words = ({ first, last }: { first: number; last: number }) =>
  first === last ? `row ${first} is` : `rows ${first} to ${last} are`
const checkpoints = ({ first, last }: { first: number; last: number }) =>
  first === last ? `checkpoint ${first} is` : `checkpoints ${first} to ${last} are`
