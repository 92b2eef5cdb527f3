import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '../registry/files.ts'

const infoSchema = z.object({ pid: z.int(), address: z.string(), publicUrl: z.string() })
/** What a running central says of itself in `DATA/central.json`. It may be stale: only the lock says whether one runs. */
export type CentralInfo = z.infer<typeof infoSchema>

const pathIn = (dataDir: string) => join(dataDir, 'central.json')

export const writeCentralInfo = (dataDir: string, info: CentralInfo) =>
  writeWhole(pathIn(dataDir), `${JSON.stringify(info)}\n`)

export const removeCentralInfo = (dataDir: string) => rm(pathIn(dataDir), { force: true })

export function readCentralInfo(dataDir: string): CentralInfo | undefined {
  try {
    return infoSchema.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')))
  } catch {
    return undefined // Absent or torn: none runs there, or it is only just starting.
  }
}
