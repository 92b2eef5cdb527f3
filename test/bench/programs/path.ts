import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Decision } from '#core/contracts/decision.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { paceOf } from '#edge/ingest/pace.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { openJournal } from '#edge/journal/open.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { Pipeline } from '#edge/pipeline.ts'
import { type PoolReading, poolReadings } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** The whole reading path in one process, its lane in another, as edge/main.ts puts it together. Arguments: folder, package. */
const [, , dir, packageFile] = process.argv

export interface PathOrder {
  ms: number
  /** Submissions under way at once, and readings in each. */
  submissions: number
  size: number
  maxBatch: number
  /** Readings carry their sender's own ids. */
  ids: boolean
}

export interface PathSample {
  rate: number
  alerts: number
  /** The runtime's share: CPU time of this process, µs a row. */
  cpuUs: number
}

mkdirSync(dir!, { recursive: true })
const loaded = await readPackage(packageFile!, dir!)
const now = Date.now
const failed = (error: unknown) => {
  throw error
}
const journal = openJournal(join(dir!, 'journal'), { now, randomUUID })
const alerts = new AlertDesk({ journal, now, randomUUID, failed })
const lane = openLane(loaded.modelFile)
await lane.ready
const decider = createDecider(loaded.manifest, loaded.baseline)
alerts.watch(loaded.manifest, decider)
let raised = 0
alerts.onChange(() => {
  raised += 1
})
const pool = poolReadings()
let nextId = 0
const pipelines = new Map<number, Pipeline>()

function pipelineOf(maxBatch: number): Pipeline {
  const known = pipelines.get(maxBatch)
  if (known) return known
  const manifest = { ...loaded.manifest, operation: { ...loaded.manifest.operation, maxBatch } }
  const made = new Pipeline(
    { running: { manifest, lane, validator: createValidator(manifest), decider, pace: paceOf(manifest) } },
    { journal, alerts, now, elapsed: () => performance.now(), failed },
  )
  pipelines.set(maxBatch, made)
  return made
}

let lastTime = { ms: 0, text: '' }

/** Written once a millisecond: it is the sender's work, not the path's. */
function timeNow(): string {
  const ms = now()
  if (ms !== lastTime.ms) lastTime = { ms, text: new Date(ms).toISOString() }
  return lastTime.text
}

async function run({ ms, submissions, size, maxBatch, ids }: PathOrder): Promise<PathSample> {
  const pipeline = pipelineOf(maxBatch)
  const started = performance.now()
  const cpu = process.cpuUsage()
  const alertsBefore = raised
  let at = 0
  let count = 0
  const submit = async () => {
    while (performance.now() - started < ms) {
      const rows = pool.slice(at, at + size)
      at = (at + size) % pool.length
      const time = timeNow()
      const sent: PoolReading[] = rows.map(({ asset, values }) =>
        ids ? { id: `bench-${nextId++}`, asset, time, values } : { asset, time, values },
      )
      const decisions = await pipeline.decide(sent)
      check(decisions, size)
      count += decisions.length
    }
  }
  await Promise.all(Array.from({ length: submissions }, submit))
  const { user, system } = process.cpuUsage(cpu)
  return {
    rate: (1000 * count) / (performance.now() - started),
    alerts: raised - alertsBefore,
    cpuUs: (user + system) / count,
  }
}

function check(decisions: Decision[], size: number): void {
  const bad = decisions.find(({ verdict }) => verdict !== 'normal' && verdict !== 'alert')
  if (bad || decisions.length !== size)
    throw new Error(`not every reading was decided: ${JSON.stringify(bad)}`)
}

// The lane ends before its parent: what it took counts as the benches' own then, not as others'.
process.once('SIGTERM', () => {
  void lane
    .close()
    .then(() => journal.close())
    .finally(() => process.exit(0))
})

serve({ run })
