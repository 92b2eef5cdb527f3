import { join } from 'node:path'
import { Downloads } from './download/downloads.ts'
import { httpSource } from './sources/http-source.ts'
import { Updates, type UpdatesParts } from './updates.ts'

/** Updates of this machine, over HTTP and by stick. */
export function createUpdates(parts: Omit<UpdatesParts, 'downloads' | 'openSource' | 'platform'>): Updates {
  return new Updates({
    ...parts,
    platform: `${process.platform}-${process.arch}`,
    openSource: (address) => httpSource(address),
    downloads: new Downloads({ dir: join(parts.dataDir, 'updates') }),
  })
}
