import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SigningKey } from '#central/registry/key.ts'
import type { SignedSite } from '../signed-site.ts'

export interface Saved {
  /** The folder, and the keys in memory, as they were. */
  restore: () => void
  remove: () => void
}

/** Keeps a signed repository as it is now, so that a test may break it and begin anew without signing all of it again. */
export function saved(site: SignedSite): Saved {
  const copy = mkdtempSync(join(tmpdir(), 'edgewright-saved-'))
  cpSync(site.dir, copy, { recursive: true })
  const keys: Record<string, SigningKey[]> = { ...site.keys }
  return {
    restore() {
      for (const folder of ['metadata', 'targets'])
        rmSync(join(site.dir, folder), { recursive: true, force: true })
      cpSync(copy, site.dir, { recursive: true })
      Object.assign(site.keys, keys)
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  }
}
