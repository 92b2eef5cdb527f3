import { randomInt } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DemoDesk, openDemoDesk } from '#cli/demo-desk.ts'
import type { EdgeClient } from '#cli/edge-client.ts'
import type { LocalPerson } from '#core/contracts/people.ts'
import type { Imported, ImportSummary, Updates } from '#core/contracts/update.ts'

/** Who the demo trusts, and who may act on it. */

const technician = 'Demo technician'

/**
 * A desk of this start, and its root as what the machine believes. The keys of an earlier start are gone with it, so its root
 * gives way: nobody could sign anything more for it. What was installed stays.
 */
export async function openDesk(client: EdgeClient, folder: string, now: () => number): Promise<DemoDesk> {
  await rm(folder, { recursive: true, force: true })
  const dir = join(folder, 'edgewright-repository')
  await mkdir(dir, { recursive: true })
  const desk = await openDemoDesk(dir, now)
  const { trust } = await client.json<Updates>('GET', '/api/updates')
  const { root, site } = desk
  await client.json('POST', '/api/trust', { root, site, ...(trust !== 'none' && { recover: true }) })
  return desk
}

/** As a technician imports a stick: read, look at the summary, confirm. */
export async function importFolder(client: EdgeClient, path: string): Promise<void> {
  const { id } = await client.json<ImportSummary>('POST', '/api/updates/import', { path })
  const { packages } = await client.json<Imported>('POST', `/api/updates/import/${id}/confirm`, {})
  const failed = packages.find(({ ok }) => !ok)
  if (failed) throw new Error(`${failed.model} ${failed.version}: ${failed.what}`)
}

/** Somebody to sign in as, with a PIN of this start. */
export async function demoTechnician(client: EdgeClient): Promise<{ name: string; pin: string }> {
  const pin = String(randomInt(100_000, 1_000_000))
  const { people } = await client.json<{ people: LocalPerson[] }>('GET', '/api/people')
  const found = people.find(({ name }) => name === technician)
  if (found) await client.json('POST', `/api/people/${found.id}/pin`, { pin })
  else await client.json('POST', '/api/people', { name: technician, role: 'technician', pin })
  return { name: technician, pin }
}
