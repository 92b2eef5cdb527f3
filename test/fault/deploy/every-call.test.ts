import { beforeAll, describe, expect, it } from 'vitest'
import { enterRing, killOnce, pointsOf, type Ring, refuseOnce, rings } from '#support/faults/every-call.ts'
import { lacking } from '#support/faults/needs.ts'
import { family, makeBase, type Scene } from '#support/faults/row.ts'
import { Site } from '#support/faults/site.ts'
import type { Point } from '#support/faults/strace.ts'
import type { Base } from '#support/versions.ts'

/** Rows 34 and 35 of UPDATES.md whole: every call that changes the data folder, of each operation. */

const faults = { SIGKILL: killOnce, EIO: refuseOnce } as const
const why = lacking(['strace'])

let base: Base
beforeAll(async () => {
  base = await makeBase()
})

async function onRing(ring: Ring, work: (scene: Scene) => Promise<void>): Promise<void> {
  const site = new Site()
  try {
    await site.start()
    const own = await family(base, 'every-call')
    expect(await site.install(own.versions[0]!)).toMatchObject({ code: 'done' })
    const scene = { site, id: 'every-call', ...own }
    await enterRing(scene, ring)
    await work(scene)
  } finally {
    await site.remove()
  }
}

/** Only an installation changes files beside the journal. */
const threadsOf = ({ what }: Ring): Point['thread'][] => (what === 'install' ? ['files', 'main'] : ['main'])
const cases = rings.flatMap((ring) =>
  threadsOf(ring).flatMap((thread) =>
    (['SIGKILL', 'EIO'] as const).map((fault) => ({ ring, what: ring.what, thread, fault })),
  ),
)

describe('every call that changes the data folder', () => {
  it.for(cases)(
    '$fault at each, of the $thread thread, during $what',
    { timeout: 1_200_000 },
    async ({ ring, thread, fault }, { skip, annotate }) => {
      skip(why !== undefined, why)
      await onRing(ring, async (scene) => {
        const points = await pointsOf(scene, ring, thread)
        let met = 0
        for (const point of points) {
          await ring.rewind(scene)
          if (await faults[fault](scene, ring, point)) met++
        }
        await annotate(`${met} of ${points.length} calls met with ${fault}`)
        process.stdout.write(
          `${ring.what}, ${thread} thread: ${met} of ${points.length} calls met ${fault}\n`,
        )
        expect(points.length).toBeGreaterThan(4)
        expect(met).toBeGreaterThanOrEqual(Math.floor(points.length * 0.8))
      })
    },
  )
})
