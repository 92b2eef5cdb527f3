import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary, Turned } from '#core/contracts/deployment.ts'
import * as bad from '#support/bad-versions.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { installOn } from '#support/package.ts'
import { hasProc } from '#support/processes.ts'
import { type Base, smallBase, type Version, versionsOf } from '#support/versions.ts'

let edge: TestEdge
let base: Base
beforeAll(async () => {
  base = await smallBase()
  edge = await startTestEdge()
  await installOn(edge, base.bytes)
})
afterAll(() => edge?.remove())

const slots = async () =>
  (await edge.client.json<{ models: ModelSummary[] }>('GET', '/api/models')).models[0]!.slots
const activate = ({ manifest }: Version) =>
  edge.client.json<Turned>('POST', '/api/models/small/activate', {
    version: manifest.version,
    mode: 'replace',
    reason: 'a test',
  })
const answer = async () => {
  const time = new Date().toISOString()
  const { model, probability } = await edge.client.json<Decision>('POST', '/api/models/small/readings', {
    asset: 'x',
    time,
    values: { a: 0, b: 0 },
  })
  return { version: model.version, probability }
}

describe('a version that is bad on purpose', () => {
  it.each<[string, () => Promise<Version>, RegExp]>([
    [
      'lies about its golden vectors',
      () => bad.lyingGolden(base),
      /golden row 1, column 1 of "probability" should be 1\.1\d+ and is 0\.8\d+/,
    ],
    ['lies about its shape', () => bad.lyingShape(base), /"probability"/],
    ['crashes in a run', () => bad.crashing(base), /its process ended \(SIGFPE\)/],
    [
      'crashes as it is loaded',
      () => bad.crashingAtLoad(base),
      /cannot be loaded: its process ended \(SIGFPE\)/,
    ],
    [
      'spins for 30 s',
      () => bad.spinning(base, { edit: ({ operation }) => Object.assign(operation, { deadlineMs: 1000 }) }),
      /gave no answer within \d+ ms/,
    ],
    ...(hasProc
      ? ([
          ['asks for 10 GB in a run', () => bad.allocating10GB(base), /took more than 1024 MB of memory/],
          [
            'asks for 10 GB as it is loaded',
            () => bad.allocating10GBAtLoad(base),
            /cannot be loaded: it took more than 1024 MB of memory/,
          ],
        ] as [string, () => Promise<Version>, RegExp][])
      : []),
  ])('that %s is installed, and not activated; what runs is untouched', async (_, make, why) => {
    const before = (await slots()).running!
    const version = await make()
    const { slots: installed } = await installOn(edge, version.bytes)
    expect(installed.staged).toMatchObject({ version: '1.0.1', deployment: { state: 'staged' } })
    await expect(activate(version)).rejects.toThrow(why)
    const { running, previous, staged } = await slots()
    expect(running).toMatchObject({ digest: before.digest, deployment: before.deployment, lane: before.lane })
    expect(previous).toBeNull()
    expect(staged).toMatchObject({ deployment: { state: 'refused', reason: expect.stringMatching(why) } })
    expect(await answer()).toEqual({ version: '1.0.0', probability: 0.5 })
  })

  it('makes way for a good one, and back', async () => {
    const [good] = await versionsOf(base, 1, 0.001)
    await installOn(edge, good!.bytes)
    await activate(good!)
    const after = await answer()
    expect(after).toEqual({ version: '1.0.1', probability: expect.closeTo(0.501, 6) })
    await edge.client.json('POST', '/api/models/small/rollback', { reason: 'a test' })
    expect(await answer()).toEqual({ version: '1.0.0', probability: 0.5 })
  })
})
