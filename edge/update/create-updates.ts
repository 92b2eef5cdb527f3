import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CheckedUpdate } from './check.ts'
import { Downloads } from './download/downloads.ts'
import { httpSource } from './sources/http-source.ts'
import { Updates, type UpdatesParts } from './updates.ts'
import type { Imports } from './usb/import.ts'
import { makeImports } from './usb/make-imports.ts'
import type { WriteBackParts } from './usb/write-back.ts'

type Given = Omit<UpdatesParts, 'downloads' | 'openSource' | 'platform'> &
  Pick<WriteBackParts, 'machine' | 'exportAudit'>

/** Updates of this machine, over HTTP and by stick. */
export function createUpdates({ machine, exportAudit, ...parts }: Given): {
  updates: Updates
  imports: Imports<CheckedUpdate>
} {
  const { dataDir, audit, failed, now } = parts
  const updates = new Updates({
    ...parts,
    platform: `${process.platform}-${process.arch}`,
    openSource: (address, signal) => httpSource(address, { signal }),
    downloads: new Downloads({ dir: join(dataDir, 'updates') }),
  })
  const imports = makeImports<CheckedUpdate>({
    ...{ dataDir, audit, failed, now, randomUUID, machine, exportAudit },
    target: updates,
    logFile: join(dataDir, 'logs', 'runtime.log'),
  })
  return { updates, imports }
}
