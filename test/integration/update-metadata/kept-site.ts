import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** A site that each test may spoil: one package is published and assigned, and `restore` puts everything back. */
export interface KeptSite {
  site: SignedSite
  rename(from: string, to: string): void
  restore(): void
}

export async function keptSite(): Promise<KeptSite> {
  const site = await signedSite()
  await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('bytes of a package') })
  await site.assign({ model: 'm', version: '1.0.0' })
  const dir = join(site.dir, 'metadata')
  const files = readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))] as const)
  const keys = { ...site.keys }
  return {
    site,
    rename: (from, to) => renameSync(join(dir, from), join(dir, to)),
    restore() {
      for (const name of readdirSync(dir)) rmSync(join(dir, name))
      for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes)
      Object.assign(site.keys, keys)
    },
  }
}
