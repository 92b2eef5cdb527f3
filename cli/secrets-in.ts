import { statSync } from 'node:fs'
import { join } from 'node:path'
import { deviceKeyPath, readDeviceKey } from '#edge/audit/device-key.ts'

/** What is secret in a data folder, and how it is kept, in words. */
export function secretsIn(dataDir: string): string[] {
  const key = readDeviceKey(dataDir)
  const found = key && ('damage' in key ? `damaged: ${key.damage}` : `device ${key.device}`)
  return [
    found === undefined
      ? 'device.key: none yet; the edge makes it when it first starts'
      : `device.key: ${found}; ${kept(deviceKeyPath(dataDir))}`,
    `token: ${kept(join(dataDir, 'token'))}`,
  ]
}

/** A file is all the protection that there is without a desktop: whoever is root, or has the disk, can read it. */
function kept(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 'none yet'
  if (process.platform === 'win32') return 'a file, protected as its folder is'
  const mode = found.mode & 0o777
  return (mode & 0o077) === 0
    ? 'an owner-only file, not encrypted by itself'
    : `a file that others may open too (mode ${mode.toString(8)}): chmod 600 ${path}`
}
