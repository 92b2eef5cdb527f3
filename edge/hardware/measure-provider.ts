import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ProviderTrial } from '#core/contracts/hardware.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Golden } from '#core/contracts/package.ts'
import type { InferenceLane } from '../inference/lane.ts'
import type { Fed } from '../inference/to-tensors.ts'
import { type GoldenVerdict, goldenInputs, goldenRows, verifyGolden } from '../package/golden.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import { runOptions, runRows } from '../package/run-rows.ts'

export interface MeasureParts {
  /** Golden answers to compare with; absent: those of the package. */
  expected?: Golden['outputs']
  /** The batch in use; fewer rows are timed where so many would take longer than `longBatchMs`. */
  batchRows: number
  longBatchMs?: number
  /** The longest that so many rows may take, milliseconds. */
  deadlineMs: (rows: number) => number
  /** About how long the runs of each median may take together, milliseconds. */
  spendMs: number
  memoryOf: (pid: number) => number | null
}

export type Measured = Pick<ProviderTrial, 'golden' | 'latency' | 'memoryMb' | 'loadMs' | 'nodes'> & {
  verdict: GoldenVerdict
  onnxruntime: string
  /** What it answered to the golden vectors. */
  answers: Golden['outputs']
  /** What onnxruntime was built for. */
  listed: readonly string[]
}

const mostRuns = 31
const leastRuns = 3
/** A single run of more than this is not repeated. */
const longRunMs = 1000
/** And one of more than this stands, although it is the first. */
const veryLongRunMs = 5000

/** Loads, compares golden vectors, and times one row and a batch. Rejects where the lane fails or is taken away. */
export async function measureProvider(
  lane: InferenceLane,
  { manifest, golden }: Pick<LoadedPackage, 'manifest' | 'golden'>,
  { expected, memoryOf, ...timing }: MeasureParts,
): Promise<Measured> {
  const model = await lane.ready
  const nodes: Record<string, number> = {}
  const seen: InferenceLane = Object.create(lane, {
    infer: {
      value: async (...asked: Parameters<InferenceLane['infer']>) => {
        const answer = await lane.infer(...asked)
        Object.assign(nodes, answer.nodes)
        return answer
      },
    },
  })
  let answers: Golden['outputs'] = {}
  const verdict = await verifyGolden(seen, golden, manifest, {
    ...(expected && { expected }),
    deadlineMs: timing.deadlineMs,
    answered: (outputs) => {
      answers = outputs
    },
  })
  const { passed, of } = verdict
  const measured = {
    verdict,
    golden: passed === undefined || of === undefined ? null : { passed, of },
    onnxruntime: model.onnxruntimeVersion,
    answers,
    listed: (model.listed ?? []).map(({ name }) => name),
    loadMs: model.loadMs,
    nodes: Object.keys(nodes).length > 0 ? nodes : null,
  }
  if (!verdict.ok) return { ...measured, latency: null, memoryMb: null }
  const latency = await time(lane, golden, manifest, timing)
  const { status } = lane
  return { ...measured, latency, memoryMb: status.state === 'ready' ? memoryOf(status.pid) : null }
}

type Timing = Pick<MeasureParts, 'batchRows' | 'longBatchMs' | 'deadlineMs' | 'spendMs'>

async function time(
  lane: InferenceLane,
  golden: Golden,
  manifest: Manifest,
  { batchRows, longBatchMs = Number.POSITIVE_INFINITY, deadlineMs, spendMs }: Timing,
): Promise<NonNullable<ProviderTrial['latency']>> {
  const fed = goldenInputs(golden, manifest)
  const one = await median(spendMs, async () => {
    const { runMs } = await runRows(lane, fed, 1, runOptions(manifest, deadlineMs(1)))
    return runMs
  })
  const { noBatchAxis, fixedBatch } = manifest.operation
  const fitting = Math.max(1, Math.min(batchRows, Math.floor(longBatchMs / one.ms)))
  const rows = noBatchAxis ? 1 : (fixedBatch ?? fitting)
  if (rows === 1) return { oneMs: one.ms, batchRows: 1, batchMs: one.ms, runs: one.runs }
  const batch = repeated(fed, goldenRows(golden), rows)
  const many = await median(spendMs, async () => {
    const { runMs } = await runRows(lane, batch, rows, runOptions(manifest, deadlineMs(rows)))
    return runMs
  })
  return { oneMs: one.ms, batchRows: rows, batchMs: many.ms, runs: Math.min(one.runs, many.runs) }
}

/** The median of as many runs as fit; the first, which may compile something, does not count. */
async function median(spendMs: number, run: () => Promise<number>): Promise<{ ms: number; runs: number }> {
  const first = await run()
  if (first > veryLongRunMs) return { ms: first, runs: 1 }
  if (first > longRunMs) {
    const second = await run()
    if (second > longRunMs) return { ms: Math.min(first, second), runs: 1 }
  }
  const took: number[] = []
  let spent = 0
  while (took.length < mostRuns && (took.length < leastRuns || spent < spendMs)) {
    took.push(await run())
    spent += took.at(-1)!
  }
  return { ms: took.sort((a, b) => a - b)[took.length >> 1]!, runs: took.length }
}

/** `rows` rows out of `count`, from the first again and again. */
function repeated(fed: Fed, count: number, rows: number): Fed {
  const at = Array.from({ length: rows }, (_, row) => row % count)
  return Object.fromEntries(
    Object.entries(fed).map(([name, each]): [string, Fed[string]] => {
      if ('images' in each) return [name, { ...each, images: at.map((row) => each.images[row]!) }]
      const { data, width, dims } = each
      const filled = at.flatMap((row) => [...data.slice(row * width, (row + 1) * width)])
      const like = Array.isArray(data)
        ? (filled as string[])
        : data instanceof Float32Array
          ? Float32Array.from(filled as number[])
          : Float64Array.from(filled as number[])
      return [
        name,
        { ...each, data: like, ...(dims && { dims: dims.map((dim, k) => (k === 0 ? rows : dim)) }) },
      ]
    }),
  )
}

/** What a golden verdict means for a package that is to run here. @throws EdgewrightError package-refused */
export function refuseWrong({ manifest }: Pick<LoadedPackage, 'manifest'>, verdict: GoldenVerdict): void {
  if (verdict.ok) return
  const { id, version } = manifest
  throw new EdgewrightError(
    'package-refused',
    verdict.passed === undefined
      ? `${id} ${version} does not answer its golden vectors on this machine: ${verdict.reason}`
      : `${id} ${version} answers differently here than where it was packed: ${verdict.reason}`,
  )
}
