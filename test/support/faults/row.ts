import { expect } from 'vitest'
import type { AddressedEvent } from '#edge/journal/journal.ts'
import { logistic } from '../models.ts'
import { packaged } from '../package.ts'
import { type Base, baseOf, type Version, versionOf, versionsOf } from '../versions.ts'
import type { Need } from './needs.ts'
import { type Outcome, Site, type SiteOptions, type Slots } from './site.ts'
import { apart, type Traffic } from './traffic.ts'

/** Where a row plays: one model, of which 1.0.0 runs, and good versions 1.0.1 to 1.0.3 to bring in. */
export interface Scene {
  site: Site
  id: string
  base: Base
  versions: Version[]
}

/** One row of the fault table (UPDATES.md). */
export interface Row {
  row: number
  title: string
  needs?: Need[]
  /** On a data folder and a runtime of its own. */
  alone?: SiteOptions | true
  /** Of the long table only. */
  long?: true
  /** No readings while `act` goes on: they would move what is counted, or nobody could answer them. */
  quiet?: true
  arrange?: (scene: Scene) => Promise<unknown>
  /** Makes the fault, and gives how the commands ended that met it. */
  act: (scene: Scene) => Promise<Outcome[]>
  /** How each of them ended: its code, and its words. */
  said: [code: string, words?: RegExp][]
  /** Every state that a version entered, in order, after 1.0.0 came to run. */
  chain: string[]
  slots: Slots
  /** Kinds of events that `act` left in the record beside the chain, in order. */
  audit: string[]
  /** Nobody can answer at the end. */
  stopped?: true
  check?: (scene: Scene, traffic: Traffic) => Promise<unknown>
}

export const first = ['1.0.0 verifying', '1.0.0 staged', '1.0.0 qualifying', '1.0.0 running']
/** How 1.0.1 comes to run. */
export const toNext = [
  ...['1.0.1 verifying', '1.0.1 staged', '1.0.1 qualifying', '1.0.1 running', '1.0.0 previous'],
]
/** Versions from this patch number on are bad, and what they answer is not looked at. */
const firstBad = 5
export const bad = { version: '1.0.9', release: 9 }

/** Long enough that no trial ends while a test lasts. */
const healthWindowS = 600

export async function makeBase(): Promise<Base> {
  const edit = ({ operation }: Base['manifest']) => Object.assign(operation, { healthWindowS })
  const model = logistic({ weights: [1, 1], bias: 0 })
  return baseOf(await packaged({ id: 'base', model, features: ['a', 'b'], edit }))
}

/** The same under another id: 1.0.0, and good versions after it. */
export async function family(base: Base, id: string, n = 3): Promise<{ base: Base; versions: Version[] }> {
  const edit = (manifest: Base['manifest']) => Object.assign(manifest, { id })
  const { bytes } = await versionOf(base, { version: '1.0.0', release: 1, edit })
  const own = await baseOf(bytes)
  return { base: own, versions: [own, ...(await versionsOf(own, n, apart))] }
}

const noise = /^(runtime\.|session\.|alert\.|lane\.|checkpoint$)/

/** The record beside the chain of states since then: what was done, by whom. */
async function audit(site: Site, since: AddressedEvent | undefined): Promise<AddressedEvent[]> {
  const page = await site
    .client()
    .json<{ rows: AddressedEvent[] }>('GET', '/api/audit?stream=events&limit=1000')
  const isLater = ({ epoch, seq }: AddressedEvent) => !since || epoch !== since.epoch || seq > since.seq
  return page.rows.reverse().filter((row) => isLater(row) && !noise.test(row.kind))
}

async function lastEvent(site: Site): Promise<AddressedEvent | undefined> {
  const page = await site.client().json<{ rows: AddressedEvent[] }>('GET', '/api/audit?stream=events&limit=1')
  return page.rows[0]
}

/** Plays a row, and holds what became of it to what the table says. */
export async function play(row: Row, base: Base, id: string, shared: () => Promise<Site>): Promise<void> {
  const site = row.alone ? new Site(row.alone === true ? {} : row.alone) : await shared()
  try {
    if (row.alone) await site.start()
    const own = await family(base, id)
    expect(await site.install(own.versions[0]!)).toMatchObject({ code: 'done' })
    const scene: Scene = { site, id, ...own }
    const traffic = site.traffic(id)
    await traffic.more()
    await row.arrange?.(scene)
    if (row.quiet) await traffic.end(isGood)
    const [serving] = (await site.summary(id)).slots.running ? await site.slots(id) : [null]
    const running = serving?.split(' ')[0]
    const bytes = running === undefined ? undefined : site.bytesOf(id, running)
    const before = await lastEvent(site)

    const outcomes = await row.act(scene)

    expect(outcomes.map(({ code, message }) => [code, message])).toEqual(
      row.said.map(([code, words = /.*/]) => [code, expect.stringMatching(words)]),
    )
    expect(await site.chain(id)).toEqual([...first, ...row.chain])
    expect(await site.slots(id)).toEqual(row.slots)
    expect((await audit(site, before)).map(({ kind }) => kind)).toEqual(row.audit)
    expect(site.leftovers()).toEqual([])
    if (running !== undefined && row.slots[0] === `${running} running` && !row.stopped)
      expect(site.bytesOf(id, running)).toBe(bytes)
    await row.check?.(scene, traffic)
    if (row.stopped) return
    if (!row.quiet) return await traffic.end(isGood)
    const after = site.traffic(id, 'after')
    await after.end(isGood)
  } finally {
    if (row.alone) await site.remove()
  }
}

const isGood = (version: string) => Number(version.split('.')[2]) < firstBad
