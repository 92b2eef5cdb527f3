import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type KeptCheckpoint, keptCheckpointSchema } from '#core/audit/format.ts'
import { syncFolderSync } from '../journal/durable-file.ts'
import { jsonLines } from './json-lines.ts'

export const checkpointFilePath = (dataDir: string): string => join(dataDir, 'checkpoints.ndjson')

/** A line is far shorter; the last ones of the file lie within this. */
const tailBytes = 64 * 1024

/** `checkpoints.ndjson`: a line per checkpoint, only ever appended to, each durable before it counts. */
export class CheckpointFile {
  readonly #path: string

  constructor(dataDir: string) {
    this.#path = checkpointFilePath(dataDir)
  }

  /** Durable when it returns. What a power cut left of a line is taken away first. Throws the file system's error. */
  append(kept: KeptCheckpoint): void {
    const isNew = !existsSync(this.#path)
    const file = openSync(this.#path, isNew ? 'wx+' : 'r+', 0o600)
    try {
      const { size } = statSync(this.#path)
      const start = Math.max(0, size - tailBytes)
      const tail = this.#read(file, start, size - start)
      const whole = start + tail.lastIndexOf('\n') + 1
      const torn = whole < size && (whole > start || start === 0)
      if (torn) ftruncateSync(file, whole)
      // Far too long for a line of ours: left as it is, to be found.
      const foreign = whole < size && !torn ? '\n' : ''
      const line = Buffer.from(`${foreign}${JSON.stringify(kept)}\n`)
      let at = torn ? whole : size
      for (let done = 0; done < line.length; ) {
        const written = writeSync(file, line, done, line.length - done, at)
        done += written
        at += written
      }
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (isNew) syncFolderSync(dirname(this.#path))
  }

  /** The newest one that fits; undefined where there is none, or none near the end, or that cannot be read. */
  last(fits: (kept: KeptCheckpoint) => boolean = () => true): KeptCheckpoint | undefined {
    if (!existsSync(this.#path)) return undefined
    const file = openSync(this.#path, 'r')
    try {
      const { size } = statSync(this.#path)
      const start = Math.max(0, size - tailBytes)
      const lines = this.#read(file, start, size - start)
        .toString('utf8')
        .split('\n')
      for (const line of lines.slice(0, -1).reverse()) {
        const kept = parsed(line)
        if (kept && fits(kept)) return kept
      }
      return undefined
    } finally {
      closeSync(file)
    }
  }

  /** In order; `null` for a line that is none. What a power cut left at the end never counted. */
  async *each(): AsyncGenerator<KeptCheckpoint | null, void, void> {
    if (!existsSync(this.#path)) return
    for await (const { value, whole } of jsonLines(createReadStream(this.#path)))
      if (whole) yield keptCheckpointSchema.safeParse(value).data ?? null
  }

  #read(file: number, start: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, start))
  }
}

function parsed(line: string): KeptCheckpoint | undefined {
  try {
    return keptCheckpointSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // Told where the record is verified; here the one before counts.
  }
}
