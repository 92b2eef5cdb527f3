import { streams } from '../chain/streams.ts'
import { saysTheSame, witnessOf } from './checkpoint.ts'
import { type Finding, finding, maxFindings, type RecordReport, timeOf } from './finding.ts'
import { type BlockLine, blockLineSchema, type RecordTools } from './format.ts'
import { clone } from './judge.ts'
import { type VerifiedExport, type VerifyOptions, verifyExport } from './verify-export.ts'

/** The lines of two files, each from its start: they are read twice. */
export interface TwoExports {
  newer: () => AsyncIterable<unknown>
  older: () => AsyncIterable<unknown>
}

/**
 * Holds two exports of one device against each other: what the older attests must stand in the newer, and a block that both
 * have must be the same. The report is the newer's, with what the two together show.
 */
export async function compareExports(
  open: TwoExports,
  tools: RecordTools,
  options: Pick<VerifyOptions, 'key'> = {},
): Promise<RecordReport> {
  const older = await verifyExport(open.older(), tools, options)
  const newer = await verifyExport(open.newer(), tools, { ...options, also: older.kept })
  const before = older.report.findings.map((found) => ({
    ...found,
    text: `in the older export: ${found.text}`,
  }))
  const together = older.header && newer.header ? await compared(open, older, newer) : []
  const findings = [...newer.report.findings, ...together, ...before].slice(0, maxFindings)
  const [first] = findings
  return { ...newer.report, ok: !first, ...(first && { problem: first.text }), findings }
}

async function compared(open: TwoExports, older: VerifiedExport, newer: VerifiedExport): Promise<Finding[]> {
  const [device, other] = [newer.report.device, older.report.device]
  if (device !== other && !newer.header!.formerly.includes(other ?? ''))
    return [finding('unsigned', `two devices made them, ${device} and ${other}: there is nothing to compare`)]
  const epochs = newer.header!.epochs.map(({ epoch }) => epoch)
  const different = await firstDifferences(open, epochs)
  // The block that differs says more than the checkpoint behind it.
  const rest = newer.also.filter((a) => a.kind !== 'fork' || !different.some((d) => d.stream === a.stream))
  return [...different, ...clones(older, newer), ...rest]
}

function clones(older: VerifiedExport, newer: VerifiedExport): Finding[] {
  const known = new Map(older.kept.map((kept) => [kept.checkpoint.signed.counter, kept]))
  for (const kept of newer.kept) {
    const other = known.get(kept.checkpoint.signed.counter)
    if (other && !saysTheSame(other, kept))
      return [clone(kept.checkpoint.signed.counter, witnessOf(other), witnessOf(kept))]
  }
  return []
}

/** Of each stream the first rows that both have, in blocks that differ. `epochs`: of the newer, in their order. */
async function firstDifferences(open: TwoExports, epochs: readonly string[]): Promise<Finding[]> {
  const found: Finding[] = []
  const place = ({ stream, epoch, first }: BlockLine) => {
    const at = epochs.indexOf(epoch)
    return [streams[stream], at < 0 ? Infinity : at, first] as const
  }
  const newer = blocks(open.newer())
  let next = await newer.next()
  for await (const block of blocks(open.older())) {
    if (found.some(({ stream }) => stream === block.stream)) continue
    while (next.value && next.value.digest !== block.digest && isBefore(place(next.value), place(block)))
      next = await newer.next()
    if (!next.value) break
    const same = next.value.stream === block.stream && next.value.epoch === block.epoch
    if (same && next.value.first <= block.last && next.value.digest !== block.digest)
      found.push(difference(block, next.value))
  }
  await newer.return(undefined)
  return found
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((x, i) => x !== b[i])
  return at >= 0 && a[at]! < b[at]!
}

function difference(older: BlockLine, newer: BlockLine): Finding {
  const { stream, epoch, first } = older
  const last = Math.max(older.last, newer.last)
  const [was, is] = [timeOf(older.atMs), timeOf(newer.atMs)]
  const text = `${stream}, epoch ${epoch.slice(0, 8)}: rows ${first} to ${last} are the first that differ: the older export has them of ${was}, the newer of ${is}`
  return finding('fork', text, { stream, epoch, first, last, time: is ?? null })
}

async function* blocks(lines: AsyncIterable<unknown>): AsyncGenerator<BlockLine, undefined, void> {
  for await (const line of lines) {
    const parsed = blockLineSchema.safeParse(line)
    if (parsed.success) yield parsed.data
  }
  return undefined
}
