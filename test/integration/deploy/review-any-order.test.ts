import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { ActivateRequest } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { deploySite } from '#support/deploy-site.ts'
import { draws } from '#support/draws.ts'
import { smallBase, type Version, versionOf } from '#support/versions.ts'

let versions: Version[] = []
let site: ReturnType<typeof deploySite>

beforeAll(async () => {
  const base = await smallBase('m')
  versions = await Promise.all(
    [1, 2, 3, 4].map((release) => versionOf(base, { version: `1.${release}.0`, release })),
  )
})
afterEach(() => site.remove())

const who = { by: 'T. Okafor (admin)', reason: 'to and fro' }
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const rounds = 60
const settled = { timeout: 120_000, interval: 10 }
const wanted = ['install', 'activate', 'rollback']

/** What people, guardrails, crashes and a full disk may do at any moment, by name. */
function movesOn({ deployments, install, lanes, at }: typeof site, any: <T>(list: readonly T[]) => T) {
  const activate = (mode: { mode: 'replace' | 'shadow' } | { mode: 'canary'; percent: number }) => {
    // Mostly what may be activated; now and then what may not.
    const { staged } = deployments.list()[0]!.slots
    const { version } = any([
      any(versions).manifest,
      staged ?? any(versions).manifest,
      staged ?? any(versions).manifest,
    ])
    return deployments.activate('m', { version, reason: 'to and fro', ...mode } as ActivateRequest, who)
  }
  return {
    install: () => install(any(versions).bytes),
    activate: () => activate({ mode: 'replace' }),
    'activate again': () => activate({ mode: 'replace' }),
    shadow: () => activate({ mode: 'shadow' }),
    canary: () => activate({ mode: 'canary', percent: 50 }),
    rollback: () => deployments.rollback('m', who, 'admin'),
    drill: () => deployments.drill('m', who),
    promote: () => deployments.promote('m', who),
    abort: () => deployments.abort('m', who),
    tick: () => {
      at.nowMs += 6000
      return deployments.tick()
    },
    crash: async () => {
      const lane = any(lanes)
      if (any([true, false]) && lane.status.state === 'ready')
        lane.set({ state: 'failed', reason: 'it crashed' })
    },
  }
}

/** What answers, and what is said of it. */
const runsOn = ({ deployments, open }: typeof site) => {
  const { route } = deployments.pipeline('m')
  return {
    running: route.running.manifest.version,
    canary: route.canary?.version.manifest.version,
    lanes: open(),
  }
}
const toldOf = ({ deployments }: typeof site) => {
  const { running, previous, staged } = deployments.list()[0]!.slots
  const canary = staged?.deployment.state === 'canary' ? staged.version : undefined
  const lanes = [running, previous, staged].filter((slot) => slot?.lane).length
  return { running: running?.version, canary, lanes }
}

it.each([1, 2])('whatever is done at once, what is told runs, and nothing else: %i', async (seed) => {
  const drawn = draws(7919 * seed, 20_000).values()
  const draw = () => drawn.next().value ?? 0.5
  const any = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!
  site = deploySite({ laneMemoryMb: 35 })
  const { deployments } = site
  await site.install(versions[0]!.bytes)
  const write = site.journal.write.bind(site.journal)
  site.journal.write = (work) => {
    if (draw() < 0.02) return Promise.reject(new EdgewrightError('journal-unwritable', 'no space is left'))
    return draw() < 0.3 ? pause(4 * draw()).then(() => write(work)) : write(work)
  }
  site.hand.qualifying = () => pause(10 * draw())
  const moves = Object.entries(movesOn(site, any))
  const done = new Set<string>()
  const strange: unknown[] = []
  const codes = new Set<string>()
  let going = true

  const sender = (async () => {
    for (let k = 0; going; k++) {
      const time = new Date(site.at.nowMs + k).toISOString()
      const reading = { asset: `press ${k % 7}`, time, values: { a: 0.5, b: 0.25 } }
      const decided = await deployments
        .pipeline('m')
        .decide([reading])
        .catch((error: unknown) => {
          if (!(error instanceof EdgewrightError && error.code === 'journal-unwritable')) strange.push(error)
          return []
        })
      for (const { quality } of decided) for (const { code } of quality) codes.add(code)
      await pause(1)
    }
  })()
  // Chance may refuse one kind of move sixty times: on until each has happened, within bounds.
  const lacking = () => wanted.some((move) => !done.has(move))
  for (let round = 0; round < rounds || (lacking() && round < 4 * rounds); round++) {
    const chosen = [any(moves), any(moves), any(moves)].slice(0, 1 + Math.floor(3 * draw()))
    const ended = await Promise.allSettled(chosen.map(([, move]) => move()))
    for (const [k, one] of ended.entries())
      if (one.status === 'fulfilled') done.add(chosen[k]![0])
      else if (!(one.reason instanceof EdgewrightError)) strange.push(one.reason)
    await pause(30) // for what goes on by itself: a version taken back, a lane that is closed; a busy machine takes longer
    await vi.waitFor(() => expect({ round, ...runsOn(site) }).toEqual({ round, ...toldOf(site) }), settled)
    const { route } = deployments.pipeline('m')
    // As a lane does that is tried again.
    const lane = site.lanes.find((one) => one === route.running.lane)
    if (lane?.status.state === 'failed') lane.set({ state: 'ready', pid: 1 })
    expect(lane?.status.state).toBe('ready')
  }
  going = false
  await sender
  expect(strange).toEqual([])
  // A crashed version that has nothing to go back to answers nobody; beyond that every reading got its answer.
  expect([...codes].filter((code) => code !== 'no-model')).toEqual([])
  expect([...done]).toEqual(expect.arrayContaining(wanted))
})
