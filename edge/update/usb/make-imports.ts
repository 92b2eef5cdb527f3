import { statfs } from 'node:fs/promises'
import { download } from '../download/download.ts'
import { folderSource } from '../sources/folder-source.ts'
import { type ImportParts, Imports } from './import.ts'
import { stickLimits } from './limits.ts'
import type { Checked } from './target.ts'
import { type WriteBackParts, writeBackOf } from './write-back.ts'

/** A stick that fails twice in a row is told of; a person stands beside it and can put it in again. */
const tries = 2

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

type Given<C extends Checked> = Pick<
  ImportParts<C>,
  'dataDir' | 'target' | 'audit' | 'failed' | 'now' | 'randomUUID'
> &
  Pick<WriteBackParts, 'machine' | 'exportAudit' | 'logFile'>

/** The import of this machine, with the parts that read folders and copy files. `limits`: other than usual, for tests. */
export function makeImports<C extends Checked>(given: Given<C>, limits = stickLimits): Imports<C> {
  const { machine, exportAudit, logFile, ...parts } = given
  return new Imports({
    ...parts,
    limits,
    freeBytes,
    open: folderSource,
    bring: (source, wanted, options) =>
      download(source, wanted, { ...options, limits: { tries, reserveBytes: limits.reserveBytes } }),
    writeBack: writeBackOf({ machine, exportAudit, logFile, freeBytes, now: given.now }),
  })
}
