import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, it } from 'vitest'
import {
  copying,
  everythingIn,
  expectNothingLeft,
  firstRuns,
  inspecting,
  interruptedAt,
  loading,
  type Moment,
  secondLane,
  type Way,
  ways,
  writing,
} from '#support/cancelling.ts'
import { type Ended, edgewright } from '#support/command.ts'
import { csvOf, workFolder } from '#support/drafts.ts'
import { slow } from '#support/models.ts'
import { buildModel, node, weights } from '#support/onnx-builder.ts'
import { hasProc } from '#support/processes.ts'

/** Of weights that nothing is made of: enough that reading, copying and packing them can be caught. */
const idleBytes = 96 * 2 ** 20

const heavy = buildModel({
  inputs: [{ name: 'input', type: 'float32', shape: ['rows', 2] }],
  outputs: [{ name: 'value', type: 'float32', shape: ['rows', 1] }],
  weights: [
    weights('w', [2, 1], [1, -1]),
    { name: 'idle', dims: [idleBytes / 4], data: [], external: { location: 'idle.bin', length: idleBytes } },
  ],
  nodes: [node('MatMul', ['input', 'w'], ['value'])],
})

let work: ReturnType<typeof workFolder>
beforeAll(async () => {
  work = workFolder()
  writeFileSync(work.path('rows.csv'), csvOf(['a', 'b'], 4))
  // Some 150 ms a run.
  writeFileSync(work.path('slow.onnx'), slow({ inputs: 2, iterations: 20 }))
  writeFileSync(work.path('heavy.onnx'), heavy)
  writeFileSync(work.path('idle.bin'), '')
  truncateSync(work.path('idle.bin'), idleBytes)
  for (const model of ['slow', 'heavy']) {
    const drafted = await edgewright(work.dir, 'new', `${model}.onnx`, '--reference', 'rows.csv')
    if (drafted.status !== 0) throw new Error(drafted.stderr)
  }
  mkdirSync(work.path('empty'))
})
afterAll(() => work.remove())

const tryingGolden = secondLane()
const [once, alone, impatient] = ways

/** Some moments are over in an instant: on a busy machine the command may be done before it hears. Then it is run again. */
const mostTries = 10
/** One that is done says what it made; a further Ctrl-C may meet it as it ends, when Node has taken its handlers away. */
const isDone = ({ status, signal, stdout }: Ended) => status === 0 || (signal === 'SIGINT' && stdout !== '')

async function cancel(moment: Moment, way: Way, ...args: string[]) {
  const before = everythingIn(work.dir)
  for (let tries = 1; ; tries++) {
    const ended = await interruptedAt(moment, way, work.dir, ...args)
    if (!isDone(ended) || tries === mostTries) return expectNothingLeft(ended, way, work.dir, before)
    for (const made of everythingIn(work.dir).filter((each) => !before.includes(each)))
      rmSync(work.path(made.split(' ')[0]!), { recursive: true, force: true })
  }
}

describe.skipIf(!hasProc)('edgewright pack that is interrupted leaves nothing behind', () => {
  it.each([
    [inspecting.name, inspecting, once, 'heavy'],
    [loading.name, loading, once, 'slow'],
    [firstRuns.name, firstRuns, impatient, 'slow'],
    [tryingGolden.name, tryingGolden, alone, 'slow'],
    [writing.name, writing, once, 'heavy'],
    [writing.name, writing, impatient, 'heavy'],
  ] as const)('%s', (_, moment, way, draft) => cancel(moment, way, 'pack', draft))
})

describe.skipIf(!hasProc)('edgewright new that is interrupted leaves nothing behind', () => {
  it.each([
    [inspecting.name, inspecting, once, 'heavy', 'made/here'],
    [loading.name, loading, once, 'slow', 'made/here'],
    [firstRuns.name, firstRuns, impatient, 'slow', 'made/here'],
    ['while the draft is written', copying('made/here/idle.bin'), alone, 'heavy', 'made/here'],
    ['into a folder that was there', copying('empty/idle.bin'), impatient, 'heavy', 'empty'],
  ] as const)('%s', (_, moment, way, model, dir) =>
    cancel(moment, way, 'new', `${model}.onnx`, '--reference', 'rows.csv', '-o', dir),
  )
})
