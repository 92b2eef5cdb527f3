import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { lacking } from '#support/faults/needs.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { Machine } from '#support/update-faults/machine.ts'
import { Packages } from '#support/update-faults/packages.ts'
import { Reader } from '#support/update-faults/reader.ts'
import { type Saved, saved } from '#support/update-faults/restorable.ts'
import { play, type Row } from '#support/update-faults/row.ts'
import { faultTable } from '#support/update-faults/table.ts'

/**
 * Rows 1 to 28 of UPDATES.md on one whole runtime, which runs 1.0.0 out of a signed repository. Each row breaks that repository,
 * or the way to it, together with something new: 1.1.0, which must not come, or, of rows that are accepted, 1.1.N, which must.
 */
let site: SignedSite
let server: RepositoryServer
let edge: TestEdge
let machine: Machine
let reader: Reader
let old: Saved
let renewed: Saved
const packages = new Packages()

beforeAll(async () => {
  // Waits between attempts are at random; here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0)
  site = await signedSite({ packages: [await packages.file('1.0.0')] })
  old = saved(site)
  await site.assign(await site.publish({ file: await packages.file('1.1.0') }))
  renewed = saved(site)
  old.restore()
  server = await serveRepository(site.dir)
  edge = await startTestEdge({ allowUnsigned: false })
  machine = new Machine(() => edge)
  await machine.trust(site.root(), site.site, server.url)
  await machine.check()
  expect(await machine.slots()).toEqual(['1.0.0 running', null, null])
  reader = new Reader(machine.client)
})
afterAll(async () => {
  await reader?.end()
  await edge?.remove()
  await server?.close()
  for (const one of [old, renewed, site, packages]) one?.remove()
  vi.restoreAllMocks()
})

let count = 0

/** A version that no row has brought here before. */
async function publishNext(activate: 'at-once' | 'by-technician'): Promise<string> {
  count += 1
  const version = `1.1.${count}`
  const published = await site.publish({ file: await packages.file(version, 2 + count) })
  await site.assign({ ...published, activate })
  return version
}

describe('the fault table, on a whole runtime', () => {
  it.for<Row>(faultTable)('$row: $title', async (row, { skip }) => {
    const why = lacking(row.needs)
    skip(why !== undefined, why)
    server.instead = () => false
    old.restore()
    const file = await packages.file('1.1.0')
    const scene = { site, server, machine, dataDir: edge.dataDir, version: '1.1.0', file }
    await play(row, scene, reader, async () => {
      if (row.expected.how !== 'accepted') return renewed.restore()
      old.restore()
      scene.version = await publishNext(row.expected.runs ? 'at-once' : 'by-technician')
    })
  })
})
