import type { InferenceLane, ModelFile } from '#edge/inference/lane.ts'
import { type LaneOptions, openLane as openReal } from '#edge/inference/open-lane.ts'
import { trace } from './trace.ts'

export * from '#edge/inference/open-lane.ts'

export function openLane(file: ModelFile, options?: LaneOptions): InferenceLane {
  const lane = openReal(file, options)
  const { infer } = lane
  lane.infer = async (request, deadlineMs) => {
    const started = performance.now()
    const answer = await infer.call(lane, request, deadlineMs)
    trace.laneMs += performance.now() - started
    trace.runMs += answer.runMs
    return answer
  }
  return lane
}
