import type { Writable } from 'node:stream'
import { type Countersignature, witnessOf } from '#core/audit/checkpoint.ts'
import type { RecordReport, Witness } from '#core/audit/finding.ts'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Journal, JournalLog } from '../journal/journal.ts'
import { knownCentrals } from './centrals.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import { type CheckpointReason, Checkpoints, type Kept } from './checkpoints.ts'
import {
  type DeviceKey,
  type DeviceName,
  devicesKey,
  knownDevices,
  makeDeviceKey,
  noDeviceKey,
  openDeviceKey,
} from './device-key.ts'
import { type Exported, type ExportOptions, exportChunks, pour } from './export.ts'
import { signWith } from './tools.ts'
import { verifyRecord } from './verify-record.ts'

export interface AuditTrailParts {
  dataDir: string
  journal: Journal
  now: () => number
  /** What people call this machine. */
  machine: () => string
  log: JournalLog
}

/** `GET /api/audit/key` */
export interface DeviceKeyState {
  /** As it is known here; null: it never had a key. */
  device: string | null
  publicKey: string | null
  /** Why nothing can be signed, in words; null where it can. */
  problem: string | null
  /** The newest checkpoint; null: none yet. */
  checkpoint: Witness | null
  /** The newest that central has countersigned, and when it did; null: none yet. */
  countersigned: (Witness & { by: string; signedAt: string }) | null
}

/** What makes the record provable: the machine's key, its checkpoints, exports, and their verification. */
export class AuditTrail {
  readonly #parts: AuditTrailParts
  readonly #file: CheckpointFile
  readonly #checkpoints: Checkpoints
  #key: DeviceKey | { problem: string }
  #verifying: Promise<RecordReport> | undefined

  constructor(parts: AuditTrailParts) {
    this.#parts = parts
    this.#file = new CheckpointFile(parts.dataDir)
    this.#checkpoints = new Checkpoints(parts.journal, this.#file, parts.now)
    this.#key = { problem: 'it was not looked at yet' }
  }

  /**
   * Reads the key, and makes it where this machine never had one. Without a usable key everything else goes on: it says so in
   * the log and in the record, and signs nothing until the file is put back (`tick` looks) or renewed. Never rejects.
   */
  async open(): Promise<void> {
    const { dataDir, journal, now, log } = this.#parts
    const before = 'problem' in this.#key ? this.#key.problem : undefined
    try {
      const known = knownDevices(journal)
      const opened = openDeviceKey(dataDir, known.at(-1))
      if ('key' in opened) {
        if (known.length === 0) await this.#know(opened.key, 'device-key.made', 'runtime', {})
        this.#key = opened.key
        return
      }
      this.#key = opened
      if (opened.problem === before) return
      log.error(opened, 'The key of this machine cannot be used: nothing is signed.')
      const refused = event('device-key.refused', now(), 'runtime', opened)
      await journal
        .write((tx) => tx.events('events', [refused]))
        .catch((err: unknown) => log.error({ err }, 'That could not be journaled.'))
    } catch (error) {
      this.#key = { problem: (error as Error).message }
      if (this.#key.problem !== before)
        log.error({ err: error }, 'The key of this machine could not be made or read.')
    }
  }

  get key(): DeviceKeyState {
    const known = knownDevices(this.#parts.journal).at(-1)
    const { newest, countersigned } = this.#checkpoints
    const { by = '', at = '' } = countersigned?.countersignature ?? {}
    return {
      device: known?.device ?? null,
      publicKey: known?.publicKey ?? null,
      problem: 'problem' in this.#key ? this.#key.problem : null,
      checkpoint: newest ? witnessOf(newest) : null,
      countersigned: countersigned ? { ...witnessOf(countersigned), by, signedAt: at } : null,
    }
  }

  /** This machine's own key. @throws EdgewrightError device-key-refused */
  get deviceKey(): DeviceKey {
    return this.#usableKey()
  }

  /** The newest checkpoint, where nobody has countersigned it. What a former key signed, nobody takes of this device. */
  get unwitnessed(): KeptCheckpoint | undefined {
    const { newest } = this.#checkpoints
    const isOurs = newest?.checkpoint.signed.device === knownDevices(this.#parts.journal).at(-1)?.device
    return newest?.countersignature || !isOurs ? undefined : newest
  }

  /** Keeps what central put under a checkpoint, where the key that it gave this machine (`central`, hex) says the same. */
  countersign(counter: number, by: Countersignature, central: string | undefined): Promise<Kept> {
    return this.#checkpoints.countersign(counter, by, central)
  }

  /**
   * A new key in place of one that cannot be used: from now on another device. Recorded, with who and why.
   * @throws EdgewrightError device-key-refused: the key that there is signs well
   */
  async renewKey(by: string, reason: string): Promise<DeviceKeyState> {
    if (!('problem' in this.#key))
      throw new EdgewrightError('device-key-refused', 'the key of this machine is sound and stays', {
        hint: 'A new key would be a new device. Nothing needs to be done.',
      })
    const { problem } = this.#key
    const former = knownDevices(this.#parts.journal).at(-1)?.device ?? null
    const key = makeDeviceKey(this.#parts.dataDir)
    await this.#know(key, 'device-key.replaced', by, { former, problem, reason })
    this.#key = key
    await this.#checkpoints.take(key, 'new-key')
    return this.key
  }

  /** @throws EdgewrightError device-key-refused, disk-unwritable, journal-unwritable */
  async checkpoint(why: CheckpointReason): Promise<Witness> {
    const { checkpoint } = await this.#checkpoints.take(this.#usableKey(), why)
    return { counter: checkpoint.signed.counter, at: checkpoint.signed.at }
  }

  /** Now and then: takes a checkpoint where none was taken for an hour. */
  async tick(): Promise<void> {
    if ('problem' in this.#key) await this.open()
    if (!('problem' in this.#key) && this.#checkpoints.isDue) await this.checkpoint('hourly')
  }

  /** The last word of an orderly stop, just before the journal closes. */
  async close(): Promise<void> {
    if (!('problem' in this.#key)) await this.checkpoint('stop')
  }

  /** As verifyRecord; whoever asks while one is under way gets its answer. */
  verify(): Promise<RecordReport> {
    this.#verifying ??= verifyRecord(this.#parts.journal, this.#file).finally(() => {
      this.#verifying = undefined
    })
    return this.#verifying
  }

  /**
   * Takes a checkpoint, then gives the record up to it as NDJSON, piece by piece. Rejects at once where it cannot be signed.
   * @throws EdgewrightError device-key-refused, disk-unwritable, journal-unwritable
   */
  async export(options: ExportOptions = {}): Promise<AsyncGenerator<string, Exported, void>> {
    const { journal, machine } = this.#parts
    const key = this.#usableKey()
    const end = await this.#checkpoints.take(key, 'export')
    const sign = (bytes: Uint8Array) => signWith(key.privateKey, bytes)
    const formerly = knownDevices(journal).map(({ device }) => device)
    const centrals = knownCentrals(journal).map(({ publicKey }) => publicKey)
    const parts = { journal, file: this.#file, machine: machine(), formerly, centrals, end, sign }
    return exportChunks(parts, options)
  }

  #usableKey(): DeviceKey {
    if ('problem' in this.#key) throw noDeviceKey(this.#key.problem)
    return this.#key
  }

  async #know({ device, publicKey }: DeviceName, kind: string, by: string, more: object): Promise<void> {
    const { journal, now } = this.#parts
    const known = [...knownDevices(journal), { device, publicKey }]
    await journal.write((tx) => {
      tx.putState(devicesKey, known)
      tx.events('events', [event(kind, now(), by, { device, publicKey, ...more })])
    })
  }
}

const event = (kind: string, timeMs: number, by: string, body: object) => ({ kind, timeMs, by, body })

/**
 * Writes the record to `into` (a file on a stick, a response), NDJSON, and ends it: header, checkpoints, blocks, an end line
 * with a fresh signed checkpoint. In bounded memory, waiting for `into`; whoever wants it bounded in bytes gives a writable
 * that fails beyond, and whoever needs it durable syncs the file afterwards. A text without its end line is no export:
 * `edgewright audit verify FILE` says so. Records nothing: the caller says who exported (event `audit.exported`).
 * @throws EdgewrightError device-key-refused, disk-unwritable, journal-unwritable; what `into` fails with
 */
export async function exportAudit(
  trail: AuditTrail,
  into: Writable,
  options: ExportOptions = {},
): Promise<Exported> {
  return pour(await trail.export(options), into)
}
