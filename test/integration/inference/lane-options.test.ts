import { getPriority } from 'node:os'
import { afterEach, expect, it } from 'vitest'
import { listProviders, onnxruntimeBuild } from '#edge/inference/providers.ts'
import { residentMb } from '#edge/inference/resident.ts'
import { logistic } from '#support/models.ts'
import { openTestLane, type TestLane } from './fixture.ts'

const half = logistic({ weights: [1, 0], bias: 0 })
const linux = process.platform === 'linux'
const lanes: TestLane[] = []
afterEach(async () => {
  await Promise.all(lanes.splice(0).map((lane) => lane.remove()))
})
const pidOf = async (lane: TestLane) => {
  lanes.push(lane)
  await lane.until('ready')
  return lane.status.state === 'ready' ? lane.status.pid : 0
}

it('a lane yields as far as it is told, and others do not', async () => {
  const nice = await pidOf(await openTestLane(half, { priority: 15 }))
  const plain = await pidOf(await openTestLane(half))
  expect([getPriority(nice), getPriority(plain)]).toEqual([15, getPriority()])
})

it.skipIf(!linux)('how much memory a process takes is seen from outside', async () => {
  const lane = await openTestLane(half)
  const pid = await pidOf(lane)
  expect(residentMb(pid)).toBeGreaterThan(20)
  await lane.close()
  expect(residentMb(pid)).toBeNull()
  expect(residentMb(0)).toBeNull()
})

it('the lane says what it runs on, and what else its onnxruntime was built for', async () => {
  const lane = await openTestLane(half)
  lanes.push(lane)
  const { provider, listed, onnxruntimeVersion } = await lane.ready
  expect(provider).toBe('cpu')
  const asked = await listProviders()
  expect(listed).toEqual(asked.providers)
  expect(listed).toContainEqual({ name: 'cpu', bundled: true })
  expect(asked.onnxruntime).toBe(onnxruntimeVersion)
  expect(onnxruntimeBuild().version).toBe(onnxruntimeVersion)
})
