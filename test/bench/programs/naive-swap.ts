import type { InferenceLane } from '#edge/inference/lane.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { width } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'
import { openSession } from './session.ts'

/** The way back without a version that stays loaded: the old model is loaded again. Arguments: model, its sha256, input, output. */
const [, , path, sha256, input, output] = process.argv
const file = { path: path!, sha256: sha256! }
const row = { data: new Float32Array(width), width }
const request = { rows: 1, inputs: { [input!]: row }, outputs: [output!] }

async function answering(): Promise<InferenceLane> {
  const lane = openLane(file)
  await lane.ready
  await lane.infer(request, 60_000)
  return lane
}

let lane = await answering()

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

// The lane ends before its parent: what it took counts as the benches' own then, not as others'.
process.once('SIGTERM', () => void lane.close().finally(() => process.exit(0)))

serve({
  /** The bad version's lane is closed, the old model loaded in a new one, and the first row answered; ms. */
  lane: () =>
    timed(async () => {
      await lane.close()
      lane = await answering()
    }),
  /** The same in a process that stays, with nothing between a crash of the model and the runtime; ms. */
  session: () => timed(async () => (await openSession(file.path, output!)).run(row.data)),
})
