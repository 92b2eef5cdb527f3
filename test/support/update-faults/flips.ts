import { readFileSync, writeFileSync } from 'node:fs'
import { openJournalReadOnly } from '#edge/journal/read-only.ts'
import { type Belief, beliefKey } from '#edge/update/believed.ts'

/** One byte of a file, to be turned into another. */
export interface Flip {
  where: string
  at: number
  /** Bits that are turned over. */
  mask: number
}

const bit = 0x01
/** Turns `a` into `A`: in a hex signature the same number, so that nothing of what was signed has changed. */
const letterCase = 0x20

/** Bytes of a metadata file that tell something: its ends and middle, one of a signature, one of a digest where it has any. */
export function flipsOf(text: string): Flip[] {
  const last = Buffer.byteLength(text) - 1
  const inside = (pattern: RegExp) => {
    const found = pattern.exec(text)
    return found ? Buffer.byteLength(text.slice(0, found.index + found[0].length - 1)) : undefined
  }
  const places: [string, number | undefined][] = [
    ['first', 0],
    ['middle', last >> 1],
    ['last', last],
    ['signature', inside(/"sig": "[0-9a-f]{20}/)],
    ['digest', inside(/"sha256": "[0-9a-f]{20}/)],
  ]
  return places.flatMap(([where, at]) => (at === undefined ? [] : [{ where, at, mask: bit }]))
}

/** A flip that changes how a signature is written, and not the signature. */
export function idleFlip(text: string): Flip {
  const found = /"sig": "[0-9]*[a-f]/.exec(text)
  if (!found) throw new Error('no letter stands in the first signature')
  return { where: 'case of a signature', at: found.index + found[0].length - 1, mask: letterCase }
}

export const ends = (length: number): Flip[] =>
  [0, length >> 1, length - 1].map((at) => ({ where: `byte ${at}`, at, mask: bit }))

/** Flips a byte of a file while `work` goes on. */
export async function whileFlipped<T>(path: string, { at, mask }: Flip, work: () => Promise<T>): Promise<T> {
  const bytes = readFileSync(path)
  const spoilt = Buffer.from(bytes)
  spoilt[at]! ^= mask
  writeFileSync(path, spoilt)
  try {
    return await work()
  } finally {
    writeFileSync(path, bytes)
  }
}

/** What the journal of a data folder holds of trust. */
export function beliefIn(dataDir: string): Belief {
  const journal = openJournalReadOnly(dataDir)
  try {
    const found = journal.state<Belief>(beliefKey)
    if (!found) throw new Error('nothing is believed here')
    return found
  } finally {
    journal.close()
  }
}
