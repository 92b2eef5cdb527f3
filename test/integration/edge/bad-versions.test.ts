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
let bases: Record<string, Base>
beforeAll(async () => {
  bases = { small: await smallBase(), 'machine-failure': await machineFailure() }
})
afterAll(() => work.remove())

/** Reads a package as an installation does and opens a lane on its model as the runtime does, for as long as `on` takes. */
async function opened<T>(
  version: Version,
  on: (lane: InferenceLane, loaded: LoadedPackage) => Promise<T>,
): Promise<T> {
  const into = work.path(crypto.randomUUID())
  mkdirSync(into)
  writeFileSync(`${into}/version.ewp`, version.bytes)
  const loaded = await readPackage(`${into}/version.ewp`, into)
  expect(loaded.manifest).toEqual(version.manifest)
  const { memoryMb } = loaded.manifest.operation
  const lane = openLane(loaded.modelFile, {
    threads: 1,
    crashLimit: 1,
    ...(memoryMb !== undefined && { memoryMb }),
  })
  try {
    return await on(lane, loaded)
  } finally {
    await lane.close()
  }
}

/** Whatever it resolves to as `fine`, or the reason for which it does not. */
const orWhy = <T>(promise: Promise<T>, fine: string) =>
  promise.then(
    () => fine,
    (error: Error) => error.message,
  )

const load = (version: Version) => opened(version, (lane) => orWhy(lane.ready, 'loaded'))

const golden = (version: Version) =>
  opened(version, async (lane, { golden, manifest }) => {
    const verdict = await verifyGolden(lane, golden, manifest)
    return verdict.ok ? 'as signed' : verdict.reason
  })

/** The first golden row put to it so many times. */
async function ask(version: Version, times: number, deadlineMs = 20_000): Promise<string[]> {
  return opened(version, async (lane, loaded) => {
    const said: string[] = []
    for (let k = 0; k < times; k++) said.push(await askOnce(lane, loaded, deadlineMs))
    return said
  })
}
const askOnce = (lane: InferenceLane, { golden, manifest }: LoadedPackage, deadlineMs: number) =>
  orWhy(runRows(lane, goldenInputs(golden, manifest), 1, runOptions(manifest, deadlineMs)), 'answered')

/** What is answered first to one row. */
async function answer(lane: InferenceLane, { manifest }: LoadedPackage, row: number[]): Promise<number> {
  const { tensors } = manifest.inputs
  const fed = { [tensors[0]!.name]: { data: Float32Array.from(row), width: row.length } }
  const { outputs } = await runRows(lane, fed, 1, runOptions(manifest, 20_000))
  return numbersOf(outputs[manifest.outputs[0]!.name]).data[0]!
}

describe.each(['small', 'machine-failure'])('bad versions of %s', (id) => {
  const base = () => bases[id]!

  it('lying about its golden vectors: they do not match', async () => {
    expect(await golden(await bad.lyingGolden(base()))).toMatch(
      /^golden row 1, column 1 of "probabilit\w+" should be/,
    )
  })

  it('lying about its shape: loads, and does not match', async () => {
    const version = await bad.lyingShape(base())
    expect(await load(version)).toBe('loaded')
    expect(await golden(version)).toMatch(/"probabilit\w+"/)
  })

  it('crashing in a run: at the golden vectors', async () => {
    const version = await bad.crashing(base())
    expect(await load(version)).toBe('loaded')
    expect(await golden(version)).toContain('its process ended (SIGFPE)')
  })

  it('crashing as it is loaded', async () => {
    expect(await load(await bad.crashingAtLoad(base()))).toContain('its process ended (SIGFPE)')
  })

  it.skipIf(!hasProc)('asking for 10 GB in a run: at the golden vectors', async () => {
    const version = await bad.allocating10GB(base())
    expect(await load(version)).toBe('loaded')
    expect(await golden(version)).toContain('it took more than 1024 MB of memory')
  })

  it.skipIf(!hasProc)('asking for 10 GB as it is loaded', async () => {
    expect(await load(await bad.allocating10GBAtLoad(base()))).toContain(
      'it took more than 1024 MB of memory',
    )
  })

  it('spinning: loads, and only a deadline ends it', async () => {
    const version = await bad.spinning(base())
    const said = await ask(version, 1, 1000)
    expect(said).toEqual(['the model gave no answer within 1000 ms'])
  })

  it('slow: as signed, in many times the time', async () => {
    const version = await bad.slow(base(), { times: 100 })
    expect(await golden(version)).toBe('as signed')
    const said = await ask(version, 1, 20)
    expect(said).toEqual(['the model gave no answer within 20 ms'])
  })
})

describe('what shows in service only', () => {
  const small = () => bases['small']!
  const mill = () => bases['machine-failure']!

  it('crashing on some readings: as signed, and answers the others', async () => {
    const version = await bad.crashing(small(), { above: 50 })
    expect(await golden(version)).toBe('as signed')
    await opened(version, async (lane, loaded) => {
      expect(await answer(lane, loaded, [0, 0])).toBe(0.5)
      await expect(answer(lane, loaded, [51, 0])).rejects.toThrow('its process ended (SIGFPE)')
    })
  })

  it.skipIf(!hasProc)('crashing at the nth run: not before, and not after', async () => {
    const version = await bad.crashing(small(), { atRun: 5 })
    const said = await ask(version, 5)
    expect(said.slice(0, 4)).toEqual(new Array(4).fill('answered'))
    expect(said[4]).toContain('its process ended (SIGFPE)')
  })

  it.skipIf(!hasProc)('leaking: as signed, and grows by what it says', async () => {
    const version = await bad.leaking(small(), { everyRuns: 5, steps: 3, megabytes: 40 })
    const megabytes = await opened(version, async (lane, loaded) => {
      await lane.ready
      const pid = lane.status.state === 'ready' ? lane.status.pid : 0
      const seen: number[] = []
      for (let k = 0; k < 15; k++) {
        expect(await askOnce(lane, loaded, 20_000)).toBe('answered')
        seen.push(residentMb(pid)!)
      }
      return seen
    })
    for (const k of [1, 2, 3]) expect(megabytes[5 * k - 1]! - megabytes[0]!).toBeGreaterThan(40 * k)
  })

  it('worse: as signed, with false alarms', async () => {
    const usual = [0, 300, 310, 1450, 46, 50]
    const version = await bad.worse(mill(), { feature: 'torque', from: 42, over: 2 })
    expect(await golden(version)).toBe('as signed')
    const asked = (it: Version) => opened(it, (lane, loaded) => answer(lane, loaded, usual))
    expect(await asked(mill())).toBeLessThan(0.04)
    expect(await asked(version)).toBeGreaterThan(0.5)
  })
})

describe('good versions', () => {
  it('answer as their golden vectors say, and each tells whose answer it is', async () => {
    const versions = await versionsOf(bases['small']!, 3, 0.001)
    expect(new Set(versions.map(({ bytes }) => bytes.toString('hex'))).size).toBe(3)
    const answers: number[] = []
    for (const [k, version] of versions.entries()) {
      expect(version.manifest).toMatchObject({ version: `1.0.${k + 1}`, release: k + 2 })
      expect(await golden(version)).toBe('as signed')
      answers.push(await opened(version, (lane, loaded) => answer(lane, loaded, [0, 0])))
    }
    answers.forEach((found, k) => {
      expect(found).toBeCloseTo(0.5 + 0.001 * (k + 1), 6)
    })
  })

  it('can share one model in packages of their own', async () => {
    const [first, second] = await versionsOf(bases['small']!, 2)
    expect(first!.bytes.equals(second!.bytes)).toBe(false)
    expect(await golden(second!)).toBe('as signed')
  })
})
