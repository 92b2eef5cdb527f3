import { expect } from 'vitest'
import { type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'
import type { Updates } from '#core/contracts/update.ts'
import type { Need } from '../faults/needs.ts'
import type { RepositoryServer } from '../repository-server.ts'
import type { SignedSite } from '../signed-site.ts'
import { type Checked, id, type Machine } from './machine.ts'
import type { Reader } from './reader.ts'

/** A machine that runs 1.0.0 and believes what assigns it, and a repository that has assigned a newer version since. */
export interface Scene {
  site: SignedSite
  server: RepositoryServer
  machine: Machine
  dataDir: string
  /** The version that is assigned now. */
  version: string
  /** The package of 1.1.0. */
  file: string
}

/** The metadata is refused: nothing of what stands in `held` is newer than before; without it, nothing at all is. */
interface Refused {
  how: 'refused'
  code: ErrorCode
  why: RegExp
  held?: string[]
  /** Version of root, where a newer one is believed though it leads to nothing. */
  root?: number
}

/** The metadata holds; what it assigns does not come, and the reason is told with the assignment. */
interface Vain {
  how: 'vain'
  /** Kind of the one event. */
  audit: string
  why: RegExp
  /** Names of the files that stay behind: what has come is kept, to go on with. */
  leaves?: RegExp[]
}

/** The newer version is there in the end, and nothing was refused on the way but what `refusals` names. */
interface Accepted {
  how: 'accepted'
  /** It is assigned to run at once, which takes longer; else a technician is waited for. */
  runs?: true
  refusals?: RegExp[]
}

/** One row of the fault table (UPDATES.md). */
export interface Row {
  row: number
  title: string
  needs?: Need[]
  /** Before the machine sees the repository for the first time. */
  arrange?: (scene: Scene) => unknown
  /** Makes the fault in a repository that holds something new. What it gives undoes what the repository does not hold. */
  fault: (scene: Scene) => unknown
  expected: Refused | Vain | Accepted
  check?: (scene: Scene, checked: Checked) => unknown
}

export const refused = (
  why: RegExp,
  more: Partial<Pick<Refused, 'code' | 'held' | 'root'>> = {},
): Refused => ({ how: 'refused', code: 'update-refused', why, ...more })
export const vain = (why: RegExp, audit = 'update.refused'): Vain => ({ how: 'vain', audit, why })
export const accepted: Accepted = { how: 'accepted' }

/** Plays a row on a machine that is up to date, after `renew` has put something new into the repository. */
export async function play(row: Row, scene: Scene, reader: Reader, renew: () => unknown): Promise<void> {
  const { site, server, machine } = scene
  await row.arrange?.(scene)
  await machine.trust(site.root(), site.site, server.url)
  // The machine's own first check may come in between; after the second of these it is over.
  for (const _ of [1, 2]) expect(await machine.check()).toMatchObject({ code: 'done' })
  const slots = await machine.slots()
  expect(slots[0]).toBe('1.0.0 running')
  const [before, packages] = [await machine.updates(), machine.packages()]
  const refusals = await machine.refusals()
  const answered = reader.watch()
  await renew()
  server.asked.splice(0)

  const undo = await row.fault(scene)
  try {
    const checked = await machine.check()

    const told = await refusals()
    if (row.expected.how === 'accepted') {
      expect(checked).toMatchObject({ code: 'done', updates: { trust: 'current' } })
      expect(await machine.slots()).toEqual(
        row.expected.runs
          ? [`${scene.version} running`, '1.0.0 previous', null]
          : ['1.0.0 running', slots[1], `${scene.version} staged`],
      )
      expect(told.map(({ reason }) => reason)).toEqual(
        (row.expected.refusals ?? []).map((why) => expect.stringMatching(why)),
      )
      await answered('1.0.0', scene.version)
    } else {
      const { why } = row.expected
      if (row.expected.how === 'refused') expectRefused(checked, before, row.expected)
      else expectVain(checked, row.expected)
      const kind = row.expected.how === 'vain' ? row.expected.audit : /^update\.(refused|unreachable)$/
      expect(told).toEqual([{ kind: expect.stringMatching(kind), reason: expect.stringMatching(why) }])
      expect(await machine.slots()).toEqual(slots)
      expect(machine.packages()).toBe(packages)
      const leaves = row.expected.how === 'vain' ? (row.expected.leaves ?? []) : []
      expect(machine.leftovers()).toEqual(leaves.map((name) => expect.stringMatching(name)))
      await answered('1.0.0')
    }
    await row.check?.(scene, checked)
  } finally {
    if (typeof undo === 'function') await undo()
  }
}

const versions = ({ root, view }: Updates): Record<string, number> => ({
  ...view?.versions,
  root: root?.version ?? 0,
})

function expectRefused(checked: Checked, before: Updates, { code, why, held, root }: Refused): void {
  const { updates, ...how } = checked
  expect(how).toEqual({ code, status: errorRegistry[code].status, message: expect.stringMatching(why) })
  expect(updates.lastCheck).toMatchObject({ ok: false, problem: how.message })
  expect(updates.root?.version).toBe(root ?? before.root?.version)
  if (!held) expect(updates.view).toEqual(before.view)
  for (const role of held ?? [])
    expect(versions(updates)[role] ?? 0, role).toBeLessThanOrEqual(versions(before)[role] ?? 0)
  // What else holds is believed, and brings nothing in.
  for (const one of held ? (updates.view?.assigned ?? []) : [])
    expect(one).toMatchObject({ package: null, problem: expect.any(String) })
}

function expectVain({ code, updates }: Checked, { why }: Vain): void {
  expect(code).toBe('done')
  const mine = updates.progress.filter(({ model }) => model === id)
  expect(mine).toMatchObject(mine.map(() => ({ state: 'failed', reason: expect.stringMatching(why) })))
  expect(mine.length + (updates.view?.problem?.match(why) ? 1 : 0)).toBe(1)
}
