import { existsSync, readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { writeDurablySync } from './durable-file.ts'

/**
 * Beside the database lies `journal.epoch`, written at each opening and each orderly closing. Where it does not fit the
 * database, the journal was restored from a copy: rows after the copy may have been sent before, so their numbers must
 * not be given again, and a new epoch begins.
 *
 * Found out: the database put back over a newer one, deleted, or copied to another place or disk (another inode).
 * Not found out: a whole disk or virtual machine set back, and an older copy written into the same file, without its
 * marker, that was made since the last opening of a runtime that then crashed. Such a journal needs a new epoch by hand:
 * delete `journal.epoch`.
 */
const markerSchema = z.object({
  epoch: z.string(),
  opens: z.int(),
  inode: z.string(),
  /** Rows over all streams, at opening or at closing. */
  rows: z.int(),
  closed: z.boolean(),
})
export type Marker = z.infer<typeof markerSchema>

export interface Life {
  epoch: string
  /** How often it was opened, this time not yet counted. */
  opens: number
  rows: number
}

/** Why this database must have been restored, in words; undefined where it continues what the marker speaks of. */
export function whyRestored(marker: Marker | undefined, life: Life, inode: string): string | undefined {
  if (!marker) return 'its marker is missing or unreadable'
  if (marker.epoch !== life.epoch) return 'its marker names another epoch'
  if (marker.inode !== inode) return 'its file is a copy'
  // A crash between counting an opening and writing the marker leaves the marker one behind.
  if (marker.opens !== life.opens && marker.opens !== life.opens - 1)
    return 'it was opened more often than it knows'
  if (life.rows < marker.rows || (marker.closed && life.rows !== marker.rows))
    return 'it holds other rows than when it was closed'
  return undefined
}

export function readMarker(path: string): Marker | undefined {
  if (!existsSync(path)) return undefined
  try {
    return markerSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined // Unreadable is as good as missing: a new epoch is the safe side.
  }
}

export function writeMarker(path: string, marker: Marker): void {
  writeDurablySync(path, JSON.stringify(marker))
}

export function inodeOf(path: string): string {
  return String(statSync(path, { bigint: true }).ino)
}
