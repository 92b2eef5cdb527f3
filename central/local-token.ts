import { randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A token of the data folder, for its owner only; made where there is none. The holder of `token` is admin, that of `metrics-token`
 * reads /metrics.
 */
export async function localToken(dataDir: string, name: 'token' | 'metrics-token'): Promise<string> {
  const path = join(dataDir, name)
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (token.length >= 32) {
      await chmod(path, 0o600)
      return token
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const token = randomBytes(32).toString('base64url')
  await writeFile(path, `${token}\n`, { mode: 0o600 })
  return token
}
