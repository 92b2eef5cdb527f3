import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from './durable-file.ts'

/** Shorter secrets are what a bad disk left of one: sessions that anybody could sign. */
const shortestToken = 20

/** The admin's secret: made once, readable by the owner only. */
export async function localToken(dataDir: string): Promise<string> {
  const path = join(dataDir, 'token')
  if (!existsSync(path) || readFileSync(path, 'utf8').trim().length < shortestToken) {
    await writeDurably(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  }
  await chmod(path, 0o600)
  return readFileSync(path, 'utf8').trim()
}
