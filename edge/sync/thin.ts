import { z } from 'zod'
import { fromUtf8, utf8 } from '#core/columns/utf8.ts'
import { metricsWindowKind, metricsWindowSchema } from '#core/contracts/metrics-window.ts'
import { mergeWindows, spanOfAge } from '#core/sync/merge-windows.ts'
import type { ChainBlock } from '../journal/chain-reader.ts'

const rowsSchema = z.array(
  z.object({
    kind: z.literal(metricsWindowKind),
    timeMs: z.number(),
    by: z.string(),
    body: metricsWindowSchema,
  }),
)
type Rows = z.infer<typeof rowsSchema>

/** Blocks of windows that can be told as one: the same epoch, and the same stretch of time. */
export interface Run {
  blocks: ChainBlock[]
  rows: Rows
  /** Its beginning, epoch ms, and its length. */
  fromMs: number
  spanMs: number
}

/** A block of windows as a run of one; undefined where it is to be told as it is: too young, or not windows alone. */
export function runOf(block: ChainBlock, nowMs: number): Run | undefined {
  // By the machine's clock at that time: a block of the future is young.
  const spanMs = spanOfAge(nowMs - block.atMs)
  if (spanMs === undefined || !block.payload || block.kind !== metricsWindowKind) return undefined
  const parsed = rowsSchema.safeParse(JSON.parse(fromUtf8(block.payload)))
  if (!parsed.success) return undefined
  const starts = new Set(parsed.data.map(({ body }) => Math.floor(body.fromMs / spanMs)))
  const [start] = starts
  if (starts.size !== 1 || start === undefined) return undefined
  return { blocks: [block], rows: parsed.data, fromMs: start * spanMs, spanMs }
}

/** Whether the second goes on where the first ends. */
export const goesOn = (a: Run, b: Run): boolean =>
  a.fromMs === b.fromMs &&
  a.spanMs === b.spanMs &&
  a.blocks[0]!.epoch === b.blocks[0]!.epoch &&
  a.blocks.at(-1)!.last + 1 === b.blocks[0]!.first

/** One row for each version of each model, at the time of its newest window. */
export function merge({ rows }: Run): Uint8Array {
  const byVersion = new Map<string, Rows>()
  for (const row of rows) {
    const { model, version, digest } = row.body
    const key = JSON.stringify([model, version, digest])
    byVersion.set(key, [...(byVersion.get(key) ?? []), row])
  }
  const merged = [...byVersion.values()].map((some) => {
    const { kind, timeMs, by } = some.at(-1)!
    return { kind, timeMs, by, body: mergeWindows(some.map(({ body }) => body)) }
  })
  return utf8(JSON.stringify(merged))
}
