import { cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { enterRing, type Ring, rings, serves } from '#support/faults/every-call.ts'
import { lacking } from '#support/faults/needs.ts'
import { operations } from '#support/faults/operations.ts'
import { cutPower, remainsOf } from '#support/faults/power-cut.ts'
import { family, makeBase, type Scene } from '#support/faults/row.ts'
import { Site } from '#support/faults/site.ts'
import { record } from '#support/faults/strace.ts'
import type { Base } from '#support/versions.ts'

/** Row 34, the other half: a power cut, after which what was not fsynced is gone. power-cut.ts says what it does not cover. */

const changing = 'openat,write,pwrite64,fsync,fdatasync,rename,mkdir,unlink,rmdir'
const why = lacking(['strace'])
/** When the power goes: at an fsync of the runtime, so many ms after the command, or after its answer. */
interface Moment {
  fsync?: number
  ms?: number
}
const moments: Moment[] = [{ fsync: 1 }, { fsync: 2 }, { fsync: 3 }, { ms: 20 }, { ms: 130 }, {}]

let base: Base
beforeAll(async () => {
  base = await makeBase()
})

interface Cut {
  code: string | undefined
  folder: string
  before: string
  trace: string
}

/** Kills the runtime at that moment of the operation, with every call recorded up to it. */
async function cutAt(scene: Scene, ring: Ring, moment: Moment): Promise<Cut> {
  const { site } = scene
  const before = join(site.dir, 'before')
  await site.stop()
  rmSync(before, { recursive: true, force: true })
  cpSync(site.dataDir, before, { recursive: true })
  await site.start()
  const { fsync: killAtFsync, ms } = moment
  const trace = await record(site.edge.pid, join(site.dir, 'trace'), changing, killAtFsync)
  const running = operations[ring.what].run(scene)
  const done = running.then(({ code }) => code)
  const code = await (ms === undefined ? done : Promise.race([done, sleep(ms).then(() => undefined)]))
  await site.kill()
  await running
  return { code, folder: site.dataDir, before, trace: await trace.end() }
}

describe('a power cut', () => {
  const cases = rings.flatMap((ring) =>
    (['lost', 'kept'] as const).map((names) => ({ ring, what: ring.what, names })),
  )
  it.for(cases)(
    'during $what, names that were not synced are $names: old or new, whole, and done again',
    async ({ ring, names }, { skip }) => {
      skip(why !== undefined, why)
      const site = new Site()
      const counted = { cuts: 0, lost: 0 }
      try {
        await site.start()
        const own = await family(base, 'cut')
        expect(await site.install(own.versions[0]!)).toMatchObject({ code: 'done' })
        const scene: Scene = { site, id: 'cut', ...own }
        await enterRing(scene, ring)
        for (const moment of moments) {
          const { code, folder, before, trace } = await cutAt(scene, ring, moment)
          const sizeBefore = (path: string) => {
            const old = join(before, path.slice(folder.length))
            return existsSync(old) ? statSync(old).size : 0
          }
          const remains = remainsOf(trace, folder, sizeBefore)
          const copy = `${folder}-after`
          cpSync(folder, copy, { recursive: true })
          cutPower(copy, folder, before, remains, names)
          rmSync(folder, { recursive: true })
          renameSync(copy, folder)
          counted.cuts++
          counted.lost += remains.sizes.size + remains.unsure.length

          await site.start()
          const version = await serves(scene)
          const { slots, before: old } = operations[ring.what]
          const isDone = (await site.slots('cut')).join() === slots.join()
          expect([old, slots[0]]).toContain(`${version} running`)
          // What was answered is durable.
          if (code === 'done') expect(isDone, JSON.stringify(moment)).toBe(true)
          expect(await site.client().json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
          if (!isDone) expect(await operations[ring.what].run(scene)).toMatchObject({ code: 'done' })
          expect(await site.slots('cut')).toEqual(slots)
          await ring.rewind(scene)
        }
        process.stdout.write(
          `${ring.what}: ${counted.cuts} power cuts, ${counted.lost} unsynced changes ${names}\n`,
        )
      } finally {
        await site.remove()
      }
    },
  )
})
