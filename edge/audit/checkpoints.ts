import { type Countersignature, countersignatureOf, signedBytes, witnessOf } from '#core/audit/checkpoint.ts'
import { timeOf } from '#core/audit/finding.ts'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { toHex } from '#core/chain/hex.ts'
import type { Checkpoint } from '#core/contracts/audit.ts'
import type { Journal } from '../journal/journal.ts'
import { Turns } from '../turns.ts'
import { centralKeys } from './centrals.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import type { DeviceKey } from './device-key.ts'
import { recordTools, signWith } from './tools.ts'

/** Body of the event `checkpoint`. */
export interface CheckpointEvent {
  why: CheckpointReason
  kept: KeptCheckpoint
}
export type CheckpointReason = 'hourly' | 'stop' | 'export' | 'new-key' | 'connected'

/** late: a newer one was taken meanwhile · stranger: by another key than central's · broken: it does not hold */
export type Kept = 'kept' | 'late' | 'stranger' | 'broken'

/** What does not hold is as if it were not there: central is asked again. */
const withoutStranger = (
  kept: KeptCheckpoint | undefined,
  holds: (kept: KeptCheckpoint) => boolean,
): KeptCheckpoint | undefined => {
  if (!kept?.countersignature || holds(kept)) return kept
  const { countersignature: _, ...rest } = kept
  return rest
}

const hourMs = 3600_000
/** In the journal's state: the last number that was given. */
export const counterKey = 'audit:counter'

/** Signs where the streams of the journal stand, and keeps it twice: in the journal, and in a file beside it. */
export class Checkpoints {
  readonly #journal: Journal
  readonly #file: CheckpointFile
  readonly #now: () => number
  readonly #turns = new Turns()
  #newest: KeptCheckpoint | undefined
  #countersigned: KeptCheckpoint | undefined

  constructor(journal: Journal, file: CheckpointFile, now: () => number) {
    this.#journal = journal
    this.#file = file
    this.#now = now
    const centrals = centralKeys(journal)
    const holds = (kept: KeptCheckpoint) => countersignatureOf(kept, centrals, recordTools) === 'holds'
    this.#newest = withoutStranger(file.last(), holds)
    this.#countersigned = file.last(holds)
  }

  get newest(): KeptCheckpoint | undefined {
    return this.#newest
  }

  /** The newest one that central has countersigned. */
  get countersigned(): KeptCheckpoint | undefined {
    return this.#countersigned
  }

  /**
   * Keeps what central put under the newest checkpoint: its line again, whole. Of an older one it is not kept: each attests all
   * before it, and the lines are in order. `central`: the only key whose word counts, hex. Rejects with the disk's error.
   */
  countersign(
    counter: number,
    countersignature: Countersignature,
    central: string | undefined,
  ): Promise<Kept> {
    return this.#turns.take(async () => {
      const newest = this.#newest
      if (newest?.checkpoint.signed.counter !== counter || newest.countersignature) return 'late'
      const kept = { ...newest, countersignature }
      const centrals = new Set(central === undefined ? [] : [central])
      const found = countersignatureOf(kept, centrals, recordTools)
      if (found === 'stranger' || found === 'broken') return found
      this.#file.append(kept)
      this.#newest = kept
      this.#countersigned = kept
      return 'kept'
    })
  }

  /** None was taken for an hour, by this machine's clock, whichever way that went. */
  get isDue(): boolean {
    return !this.#newest || Math.abs(this.#now() - Date.parse(witnessOf(this.#newest).at)) >= hourMs
  }

  /**
   * One at a time; durable in both places when it resolves. First in the file: what the journal speaks of must be there.
   * Rejects with the disk's error, or `journal-unwritable`; its number is then not given again if the file has it.
   */
  take(key: DeviceKey, why: CheckpointReason): Promise<KeptCheckpoint> {
    return this.#turns.take(() => this.#take(key, why))
  }

  async #take(key: DeviceKey, why: CheckpointReason): Promise<KeptCheckpoint> {
    const counter =
      Math.max(
        this.#file.last()?.checkpoint.signed.counter ?? 0,
        this.#journal.state<number>(counterKey) ?? 0,
      ) + 1
    const nowMs = this.#now()
    const { epoch, streams } = this.#journal.chain.heads()
    const signed: Checkpoint['signed'] = {
      device: key.device,
      epoch,
      counter,
      at: timeOf(nowMs) ?? '',
      streams: Object.fromEntries(
        Object.entries(streams).map(([name, { blocks, rows, seq, digest }]) => [
          name,
          { blocks, rows, seq, head: toHex(digest) },
        ]),
      ),
    }
    const checkpoint = { signed, signature: signWith(key.privateKey, signedBytes(signed)) }
    const kept: KeptCheckpoint = { checkpoint, publicKey: key.publicKey }
    this.#file.append(kept)
    this.#newest = kept
    const body: CheckpointEvent = { why, kept }
    await this.#journal.write((tx) => {
      tx.putState(counterKey, counter)
      tx.events('events', [{ kind: 'checkpoint', timeMs: nowMs, by: 'runtime', body }])
    })
    return kept
  }
}
