import { afterEach, describe, expect, it } from 'vitest'
import { crashing } from '#support/bad-versions.ts'
import { until } from '#support/processes.ts'
import { expectedOf, type SwapEdge, startSwapEdge } from '#support/swap-edge.ts'
import { swapRecord } from '#support/swap-record.ts'
import { type Base, smallBase, type Version, versionOf, versionsOf } from '#support/versions.ts'

const production = '1.0.1'
const challenger = '1.1.0'
const load = { clients: 8, pauseMs: 20, rowsPerS: 1000 }
const apart = 0.01
/** What production answers; the challenger must answer nobody. */
const expected = (version: string, values: Record<string, number>) =>
  version === production ? expectedOf(apart)(version, values) : undefined
const crashLimit = 3

let swaps: SwapEdge | undefined
afterEach(async () => {
  await swaps?.remove()
  swaps = undefined
})

/** Production's version runs, and the challenger stands beside it. */
async function shadowed(make: (base: Base) => Promise<Version>): Promise<SwapEdge> {
  const base = await smallBase()
  base.manifest.operation.crashLimit = crashLimit
  const started = await startSwapEdge('small')
  swaps = started
  for (const version of await versionsOf(base, 1, apart)) await started.install(version)
  await started.install(await make(base))
  return started
}

/** Every answer is production's, right and in order, and the record knows of no other; the candidate's state says why it ended. */
async function staysUntouched(started: SwapEdge, harm: () => Promise<void>, reason: RegExp): Promise<void> {
  const senders = started.load(load, { features: ['a', 'b'], expected })
  const before = await started.summary()
  senders.start()
  await started.activate(challenger, 'shadow')
  await harm()
  await senders.stop()
  expect(senders.ledger.problems).toEqual([])
  expect(senders.ledger.unanswered()).toEqual([])

  const after = await started.summary()
  expect(after.slots.staged).toMatchObject({
    version: challenger,
    lane: null,
    deployment: { state: 'rolled-back', by: 'runtime', reason: expect.stringMatching(reason) },
  })
  expect(after.slots.running).toMatchObject({ version: production, lane: before.slots.running!.lane! })
  expect(after.answeredBy).toBe('model')
  await started.stop()
  expect(await swapRecord(started.dataDir, 'small', senders.ledger)).toMatchObject({
    rows: senders.ledger.sent,
    byVersion: { [production]: senders.ledger.sent },
    problems: [],
  })
}

/** Until the candidate stands in its slot, held. */
async function held(started: SwapEdge): Promise<void> {
  for (let state = ''; state !== 'rolled-back'; )
    state = (await started.summary()).slots.staged?.deployment.state ?? ''
}

describe('a shadow that crashes under load', () => {
  it.runIf(process.platform !== 'win32')(
    'has its process aborted again and again: nothing of it is noticed, and its state says why it ended',
    async () => {
      const started = await shadowed((base) => versionOf(base, { version: challenger, release: 9 }))
      const lane = async () => (await started.summary()).slots.staged?.lane
      await staysUntouched(
        started,
        async () => {
          for (let times = 0; times < crashLimit; times++) {
            let now = await lane()
            while (now?.state !== 'ready') now = await lane()
            const { pid } = now
            process.kill(pid, 'SIGABRT')
            await until('the process is gone', () => (isGone(pid) ? true : undefined))
          }
          await held(started)
        },
        /3 times.*SIGABRT/,
      )
    },
  )

  it.runIf(process.arch === 'x64')('crashes by itself in a run: the same', async () => {
    // Its golden vectors take two runs of a process; it dies of one that readings bring.
    const started = await shadowed((base) =>
      crashing(base, { version: challenger, release: 9, feature: 'a', above: 0.9999 }),
    )
    await staysUntouched(started, () => held(started), /3 times/)
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
