import { locked } from '#central/registry/lock.ts'
import { openRepository } from '#central/registry/repository.ts'
import { type Exported, exportToStick } from '#central/registry/stick.ts'
import { type Io, userPath } from './io.ts'

export interface UsbExportOptions {
  repo: string
  site?: string[]
  app?: boolean
}

/** Writes a repository onto a stick, and reads it back. */
export async function usbExport(
  io: Io,
  to: string,
  { repo, site, app }: UsbExportOptions,
): Promise<Exported> {
  const dir = userPath(io, repo)
  const done = await locked(dir, async () =>
    exportToStick(await openRepository(dir), userPath(io, to), {
      nowMs: Date.now(),
      ...(site && { sites: site }),
      ...(app && { app }),
    }),
  )
  if (!io.json) {
    const { folder, files, bytes, bytesWritten, packages, report } = done
    for (const path of packages) io.print(`  ${path}`)
    io.print(
      `${folder}: ${files} files, ${bytes} bytes (${bytesWritten} written now), read back and verified.`,
    )
    for (const warning of report.warnings) io.print(`Warning: ${warning}`)
  }
  return done
}
