import { expect } from 'vitest'
import * as make from '../bad-versions.ts'
import { hasProc } from '../processes.ts'
import type { Version } from '../versions.ts'
import { bad, type Row, type Scene, toNext } from './row.ts'
import { next } from './rows-ways.ts'

/** Deadline and memory of the bad versions: those of the long table are the real ones. */
export interface Limits {
  deadlineMs: number
  memoryMb: number
}

const refusedOnce = [...['verifying', 'staged', 'qualifying', 'refused'].map((state) => `1.0.9 ${state}`)]

/** A bad version is installed, and may not come to run. */
function refused(title: string, version: (scene: Scene) => Promise<Version>, why: RegExp): Row {
  return {
    row: 39,
    title: `${title}: not activated`,
    arrange: async (scene) => {
      await next(scene)
      expect(await scene.site.install(await version(scene))).toMatchObject({ code: 'done' })
    },
    act: async ({ site, id }) => [await site.activate(id, '1.0.9')],
    said: [[expect.stringMatching(/^(package|model)-refused$/), why]],
    chain: [...toNext, ...refusedOnce],
    slots: ['1.0.1 running', '1.0.0 previous', '1.0.9 refused'],
    audit: ['activation.refused'],
    check: async ({ site, id }, traffic) => {
      expect((await site.summary(id)).slots.staged?.deployment).toMatchObject({
        reason: expect.stringMatching(why),
      })
      // Nobody who sent readings noticed.
      expect([...traffic.refusals]).toEqual([])
    },
  }
}

/** Row 39: versions that must not run. */
export function unfit({ deadlineMs, memoryMb }: Limits): Row[] {
  const inTime = ({ operation }: Version['manifest']) => Object.assign(operation, { deadlineMs })
  const inMemory = ({ operation }: Version['manifest']) => Object.assign(operation, { memoryMb })
  return [
    refused(
      'golden vectors that do not match',
      ({ base }) => make.lyingGolden(base, bad),
      /golden row 1, column 1 of "probability" should be/,
    ),
    refused('a shape that is a lie', ({ base }) => make.lyingShape(base, bad), /"probability"/),
    refused('a crash in a run', ({ base }) => make.crashing(base, bad), /its process ended \(SIGFPE\)/),
    {
      ...refused(
        'a crash as it is loaded',
        ({ base }) => make.crashingAtLoad(base, bad),
        /its process ended \(SIGFPE\)/,
      ),
      long: true as const,
    },
    {
      ...refused(
        'a run that spins for 30 s',
        ({ base }) => make.spinning(base, { ...bad, edit: inTime }),
        /(no answer within|took longer than) \d+ ms/,
      ),
      long: true as const,
    },
    ...(hasProc
      ? [
          refused(
            'a run that allocates 10 GB',
            ({ base }) => make.allocating10GB(base, { ...bad, edit: inMemory }),
            new RegExp(`it took more than ${memoryMb} MB of memory`),
          ),
          {
            ...refused(
              'a load that allocates 10 GB',
              ({ base }) => make.allocating10GBAtLoad(base, { ...bad, edit: inMemory }),
              new RegExp(`it took more than ${memoryMb} MB of memory`),
            ),
            long: true as const,
          },
        ]
      : []),
  ]
}

const toBad = [...refusedOnce.slice(0, 3), '1.0.9 running', '1.0.0 previous']

/** Row 38: a version that qualified, and then crashes again and again. */
export const loops: Row[] = [
  {
    row: 38,
    title: 'a crash loop of the lane in the health window: rolled back',
    arrange: async ({ site, id, base }) => {
      expect(await site.install(await make.crashing(base, { ...bad, above: 50 }))).toMatchObject({
        code: 'done',
      })
      expect(await site.activate(id, '1.0.9')).toMatchObject({ code: 'done' })
    },
    act: async ({ site, id }) => {
      while ((await site.slots(id))[0] !== '1.0.0 running') await site.ask(id, { a: 60, b: 0 })
      return []
    },
    said: [],
    chain: [...toBad, '1.0.0 running', '1.0.9 rolled-back'],
    slots: ['1.0.0 running', null, '1.0.9 rolled-back'],
    audit: [],
    check: async ({ site, id }) => {
      const { slots, lastRollback } = await site.summary(id)
      expect(slots.staged?.deployment).toMatchObject({
        by: 'runtime',
        reason: expect.stringMatching(/its process ended \d times; the last: .*SIGFPE/),
      })
      expect(lastRollback).toMatchObject({ from: '1.0.9', to: '1.0.0', by: 'runtime' })
    },
  },
  {
    row: 38,
    title: 'a runtime that ends three times while a version is on trial: rolled back at its start',
    alone: true,
    arrange: next,
    act: async ({ site, id }) => {
      for (let boot = 1; boot <= 3; boot++) {
        expect((await site.slots(id))[0]).toBe('1.0.1 running')
        await site.kill()
        await site.start()
      }
      return []
    },
    said: [],
    chain: [...toNext, '1.0.0 running', '1.0.1 rolled-back'],
    slots: ['1.0.0 running', null, '1.0.1 rolled-back'],
    audit: [],
    check: async ({ site, id }) =>
      expect((await site.summary(id)).slots.staged?.deployment).toMatchObject({
        by: 'runtime',
        reason: 'the runtime ended 3 times while 1.0.1 was on trial',
      }),
  },
]
