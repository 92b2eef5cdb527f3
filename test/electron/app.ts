import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { electronBinary } from '../../build/electron.mjs'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Started {
  app: ElectronApplication
  window: Page
  folder: string
  /** What the app was started with, for a second instance. */
  args: string[]
  binary: string
}

/** The built app with a data folder and settings of its own. */
export async function start(more: readonly string[] = [], dataDir?: string): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'desktop-'))
  const binary = electronBinary()
  if (binary === undefined) throw new Error('the Electron binary is gone')
  const data = dataDir ?? join(folder, 'data')
  const args = [
    root,
    `--user-data-dir=${join(folder, 'user')}`,
    '--data',
    data,
    '--port',
    '0',
    '--allow-unsigned',
  ]
  const app = await _electron.launch({ executablePath: binary, args: [...args, ...more] })
  return { app, window: await app.firstWindow(), folder, args, binary }
}

export async function end({ app, folder }: Started): Promise<void> {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
}
