import { fromHex } from '#core/chain/hex.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'

/** Where a stream of one epoch stands here. */
export interface Standing {
  /** Rows up to here are stored; 0: none. */
  ack: number
  /** Digest of the block that ends there; of 0: the epoch's beginning. */
  digest: Uint8Array
  /** Where the machine said that this epoch ended, once it began another; undefined: it goes on. */
  endsAt?: number
}

/**
 * gap: the machine must send from `expected` on. fork: it says something else than it said before; somebody has to look.
 * late: rows behind the end of a life that the machine has left. Of a process that is dead by now they are no contradiction.
 * fresh: in order, each following the one before; `known`: blocks that are here already, to be held against what is stored.
 */
export type Verdict =
  | { verdict: 'gap'; expected: number }
  | { verdict: 'fork'; words: string }
  | { verdict: 'late'; words: string; known: SyncBlock[] }
  | { verdict: 'fresh'; fresh: SyncBlock[]; known: SyncBlock[]; ack: number; digest: Uint8Array }

/** What is new of a batch (contiguous in itself, as decodeBatch sees to), and whether it follows what is here. Pure. */
export function accept(blocks: readonly SyncBlock[], standing: Standing): Verdict {
  const known = blocks.filter(({ last }) => last <= standing.ack)
  const fresh = blocks.slice(known.length)
  const begin = fresh[0]
  // Blocks never change, and what is stored ends where one of them ended; merged windows alone come in other pieces.
  if (begin && begin.first <= standing.ack && begin.thinned === undefined)
    return {
      verdict: 'fork',
      words: `rows ${begin.first} to ${begin.last} reach over row ${standing.ack}, at which the rows that came before them ended`,
    }
  if (begin && begin.first !== standing.ack + 1) return { verdict: 'gap', expected: standing.ack + 1 }
  let { ack, digest } = standing
  let late: string | undefined
  for (const block of fresh) {
    if (!same(fromHex(block.prev), digest))
      return {
        verdict: 'fork',
        words: `rows ${block.first} to ${block.last} do not follow the rows that came before them`,
      }
    if (standing.endsAt !== undefined && block.last > standing.endsAt)
      late ??= `row ${block.last} came, though the machine said that this record ended at row ${standing.endsAt}`
    ;({ last: ack } = block)
    digest = fromHex(block.digest)
  }
  if (late !== undefined) return { verdict: 'late', words: late, known }
  return { verdict: 'fresh', fresh, known, ack, digest }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
