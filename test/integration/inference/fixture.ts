import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import type { InferenceLane } from '#edge/inference/lane.ts'
import { type LaneOptions, openLane } from '#edge/inference/open-lane.ts'
import { numbersOf } from '#support/fed.ts'

export interface TestLane extends InferenceLane {
  path: string
  /** Every status that its listeners heard. */
  heard: LaneStatus[]
  /** When the status is this one, now or later. */
  until(state: LaneStatus['state']): Promise<void>
  /** The lane's own answer for one row [a, 0]. */
  ask(a: number, deadlineMs?: number): Promise<number>
  /** Kills its process when it is ready, and waits until the lane has seen it. */
  killProcess(): Promise<void>
  remove(): Promise<void>
}

/** A lane in a folder of its own. The model has two features and one output, "probability". `bytes` lie on the disk. */
export async function openTestLane(
  model: Buffer,
  options: LaneOptions = {},
  bytes: Buffer = model,
): Promise<TestLane> {
  const dir = await mkdtemp(join(tmpdir(), 'edgewright-lane-'))
  const path = join(dir, 'model.onnx')
  await writeFile(path, bytes)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const lane = openLane({ path, sha256 }, { threads: 1, ...options })
  const heard: LaneStatus[] = []
  const waiting = new Set<() => void>()
  lane.onStatus((status) => {
    heard.push(status)
    for (const look of waiting) look()
  })
  const when = (is: (status: LaneStatus) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!is(lane.status)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const until = (state: LaneStatus['state']) => when((status) => status.state === state)
  return Object.assign(lane, {
    path,
    heard,
    until,
    async ask(a: number, deadlineMs = 20_000) {
      const request = {
        rows: 1,
        inputs: { input: { data: Float32Array.of(a, 0), width: 2 } },
        outputs: ['probability'],
      }
      const { data } = numbersOf((await lane.infer(request, deadlineMs)).outputs['probability'])
      return data[0]!
    },
    async killProcess() {
      await until('ready')
      if (lane.status.state !== 'ready') return
      process.kill(lane.status.pid, 'SIGKILL')
      await when((status) => status.state !== 'ready')
    },
    async remove() {
      await lane.close()
      await rm(dir, { recursive: true, force: true })
    },
  })
}

export const states = (statuses: LaneStatus[]) => statuses.map(({ state }) => state)
export const reasonOf = (status: LaneStatus | undefined) =>
  status && 'reason' in status ? status.reason : ''
