import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  copying,
  everythingIn,
  expectNothingLeft,
  firstRuns,
  inspecting,
  interruptedAt,
  loading,
  secondLane,
  type Way,
  ways,
  writing,
} from '#support/cancelling.ts'
import { type Ended, edgewright, temporaryOf } from '#support/command.ts'
import { workFolder } from '#support/drafts.ts'
import { rgbPng } from '#support/fake-png.ts'
import { buildModel, node, weights } from '#support/onnx-builder.ts'
import { hasProc } from '#support/processes.ts'

const side = 4096
const inputMb = (side * side * 3 * 4) / 1e6
/** Weights that nothing is made of, so that copying and writing the package take their time. */
const idleBytes = 384 * 2 ** 20

/** The mean of each colour, and three classes of it. One input is 201 MB. */
const model = buildModel({
  inputs: [{ name: 'image', type: 'float32', shape: ['n', side, side, 3] }],
  outputs: [{ name: 'probabilities', type: 'float32', shape: ['n', 3] }],
  weights: [
    weights('w', [3, 3], [4, -1, 0, 0, 3, -2, -3, 0, 5]),
    weights('b', [3], [0, 0.1, -0.1]),
    { name: 'idle', dims: [idleBytes / 4], data: [], external: { location: 'idle.bin', length: idleBytes } },
  ],
  nodes: [
    node('ReduceMean', ['image'], ['colour'], { axes: { ints: [1, 2] }, keepdims: { i: 0 } }),
    node('Gemm', ['colour', 'w', 'b'], ['z']),
    node('Softmax', ['z'], ['probabilities'], { axis: { i: 1 } }),
  ],
})

let work: ReturnType<typeof workFolder>
let drafted: Ended
const stoppedAfterMs: number[] = []
beforeAll(async () => {
  work = workFolder()
  mkdirSync(work.path('photos'))
  for (let k = 0; k < 3; k++)
    writeFileSync(
      work.path('photos', `${k}.png`),
      rgbPng(64, 64, (x, y) => [4 * x, (85 * k + y) % 256, 255 - 4 * y]),
    )
  writeFileSync(work.path('large.onnx'), model)
  writeFileSync(work.path('idle.bin'), '')
  truncateSync(work.path('idle.bin'), idleBytes)
  drafted = await edgewright(work.dir, 'new', 'large.onnx', '--reference', 'photos', '--id', 'large')
  expect(drafted).toMatchObject({ status: 0, stderr: '' })
}, 300_000)
afterAll(() => {
  work?.remove()
  process.stdout.write(
    `\nInterrupted with an input of ${inputMb.toFixed(0)} MB: over within ${Math.max(...stoppedAfterMs).toFixed(0)} ms, ${stoppedAfterMs.length} times\n\n`,
  )
})

async function cancel(moment: Parameters<typeof interruptedAt>[0], way: Way, ...args: string[]) {
  const before = everythingIn(work.dir)
  const ended = await interruptedAt(moment, way, work.dir, ...args)
  stoppedAfterMs.push(ended.afterMs)
  expectNothingLeft(ended, way, work.dir, before)
}

const [once, alone, impatient] = ways
const tryingGolden = secondLane()

describe.skipIf(!hasProc)('a model of an image of 4096 × 4096', () => {
  it.each([
    [inspecting.name, inspecting, once],
    [loading.name, loading, impatient],
    [firstRuns.name, firstRuns, once],
    [tryingGolden.name, tryingGolden, alone],
    [writing.name, writing, once],
    [writing.name, writing, impatient],
  ] as const)('pack, interrupted %s, leaves nothing behind', (_, moment, way) =>
    cancel(moment, way, 'pack', 'large'),
  )

  it.each([
    [inspecting.name, inspecting, once],
    [firstRuns.name, firstRuns, alone],
    ['while the draft is written', copying('made/here/idle.bin'), impatient],
  ] as const)('new, interrupted %s, leaves nothing behind', (_, moment, way) =>
    cancel(moment, way, 'new', 'large.onnx', '--reference', 'photos', '-o', 'made/here'),
  )

  it('is packed when nobody interrupts', async () => {
    const packed = await edgewright(work.dir, 'pack', 'large')
    expect(packed).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(temporaryOf(work.dir))).toEqual([])
    process.stdout.write(
      `\nAn input of ${inputMb.toFixed(0)} MB: new ${(drafted.tookMs / 1000).toFixed(1)} s, at most ${drafted.peakMb.toFixed(0)} MB; pack ${(packed.tookMs / 1000).toFixed(1)} s, at most ${packed.peakMb.toFixed(0)} MB\n`,
    )
    rmSync(work.path('large-1.0.0.ewp'))
  })
})
