import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InferenceLane } from '#edge/inference/lane.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { goldenInputs, verifyGolden } from '#edge/package/golden.ts'
import { type LoadedPackage, readPackage } from '#edge/package/read-package.ts'
import { runOptions, runRows } from '#edge/package/run-rows.ts'
import * as bad from '#support/bad-versions.ts'
import { workFolder } from '#support/drafts.ts'
import { numbersOf } from '#support/fed.ts'
import { hasProc, residentMb } from '#support/processes.ts'
import { type Base, machineFailure, smallBase, type Version, versionsOf } from '#support/versions.ts'

const work = workFolder()
let small: Base
let mill: Base
beforeAll(async () => {
  ;[small, mill] = await Promise.all([smallBase(), machineFailure()])
})
afterAll(() => work.remove())

/** Reads a package as an installation does, opens a lane on its model as the runtime does, and closes it. */
async function opened<T>(version: Version, on: (lane: InferenceLane, loaded: LoadedPackage) => Promise<T>): Promise<T> {
  const into = work.path(crypto.randomUUID())
  mkdirSync(into)
  writeFileSync(`${into}/it.ewp`, version.bytes)
  const loaded = await readPackage(`${into}/it.ewp`, into)
  expect(loaded.manifest).toEqual(version.manifest)
  const { memoryMb } = loaded.manifest.operation
  const lane = openLane(loaded.modelFile, { threads: 1, crashLimit: 1, ...(memoryMb !== undefined && { memoryMb }) })
  try {
    return await on(lane, loaded)
  } finally {
    await lane.close()
  }
}

const loading = (version: Version) => opened(version, (lane) => lane.ready.then(() => 'loaded', (error: Error) => error.message))
const golden = (version: Version) =>
  opened(version, async (lane, { golden, manifest }) => {
    const verdict = await verifyGolden(lane, golden, manifest)
    return verdict.ok ? 'as signed' : verdict.reason
  })

/** Rows put to it one at a time, after its golden vectors: what each answers first, or why it does not. */
const inService = (version: Version, rows: number[][], deadlineMs = 20_000) =>
  opened(version, async (lane, { golden, manifest }) => {
    expect(await verifyGolden(lane, golden, manifest)).toMatchObject({ ok: true })
    const said: (number | string)[] = []
    for (const row of rows) {
      const fed = { [manifest.inputs.tensors[0]!.name]: { data: Float32Array.from(row), width: row.length } }
      const { outputs } = await runRows(lane, fed, 1, runOptions(manifest, deadlineMs)).catch((error: Error) => ({ outputs: error.message }))
      said.push(typeof outputs === 'string' ? outputs : numbersOf(outputs[manifest.outputs[0]!.name]).data[0]!)
    }
    return said
  })

describe.each(['small', 'machine-failure'])('bad versions of %s', (id) => {
  const base = () => (id === 'small' ? small : mill)

  it('lying about its golden vectors: they do not match', async () => {
    expect(await golden(await bad.lyingGolden(base()))).toMatch(/^golden row 1, column 1 of "probabilit\w+" should be/)
  })

  it('lying about its shape: seen at the golden vectors', async () => {
    expect(await golden(await bad.lyingShape(base()))).toMatch('xx')
  })

  it('crashing in a run: at the golden vectors', async () => {
    expect(await golden(await bad.crashing(base()))).toMatch(/SIGFPE/)
  })

  it('crashing as it is loaded', async () => {
    expect(await loading(await bad.crashingAtLoad(base()))).toMatch(/SIGFPE/)
  })

  it.skipIf(!hasProc)('asking for 10 GB: at the golden vectors', async () => {
    expect(await golden(await bad.allocating10GB(base()))).toMatch('more than 1024 MB of memory')
  })

  it.skipIf(!hasProc)('asking for 10 GB as it is loaded', async () => {
    expect(await loading(await bad.allocating10GBAtLoad(base()))).toMatch('more than 1024 MB of memory')
  })

  it('spinning: by its deadline', async () => {
    const version = await bad.spinning(base())
    expect(
      await opened(version, async (lane, { golden, manifest }) => {
        const fed = goldenInputs(golden, manifest)
        return runRows(lane, fed, 1, runOptions(manifest, 1000)).then(() => 'it answered', (error: Error) => error.message)
      }),
    ).toBe('the model gave no answer within 1000 ms')
  })

  it('slow: late but right', async () => {
    expect(await golden(await bad.slow(base()))).toBe('as signed')
  })
})

it('z', async () => {
    const r = await opened(await bad.crashing(small, {atRun: 5}), async (lane, l) => {
      const s: string[] = []
      for (let k = 0; k < 8; k++) s.push(await runRows(lane, goldenInputs(l.golden, l.manifest), 1, runOptions(l.manifest, 5000)).then(()=> 'ok', (e: Error)=>e.message))
      return s
    })
    console.log(r)
    const s = await bad.slow(small); const t = await bad.spinning(small, {seconds: 2})
    for (const v of [s,t]) console.log(await opened(v, async (lane, l) => { await lane.ready; const o: number[]=[]; for (let k=0;k<3;k++) o.push((await runRows(lane, goldenInputs(l.golden,l.manifest),1,runOptions(l.manifest,50000))).runMs); return o}))
    console.log(await opened(await bad.leaking(small), async (lane, l) => { await lane.ready; const o: number[]=[]; for (let k=0;k<62;k++) { await runRows(lane, goldenInputs(l.golden,l.manifest),1,runOptions(l.manifest,50000)); if (k%10===0||k%10===9) o.push(residentMb((lane.status as any).pid)) } return o}))
    const at = performance.now(); const v = await versionsOf(small, 20, 1e-3); console.log((performance.now()-at)/20)
    for (const k of [0, 19]) console.log(await golden(v[k]!), await inService(v[k]!, [[0,0]]))
    console.log(await inService(await bad.worse(mill, {feature:'torque', from: 42, over: 3}), [[0,300,310,1500,40,50],[0,300,310,1400,50,50]]))
})
