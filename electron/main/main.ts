import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from 'electron'
import { readFlags } from './decide/flags.ts'
import { places } from './decide/places.ts'
import { declareOwnPages } from './own-pages.ts'
import { startApp } from './start-app.ts'
import { openLog, Store } from './store.ts'

/** The desktop app. Electron calls only: what is decided is decided in `decide/`, and how it hangs together in `desktop.ts`. */

// Every page is sandboxed, also one that says nothing of it.
app.enableSandbox()
app.setAppUserModelId('edgewright.desktop')
declareOwnPages()

const args = process.argv.slice(app.isPackaged ? 1 : 2)
const flags = readFlags(args)
const mainDir = dirname(fileURLToPath(import.meta.url))

if (app.requestSingleInstanceLock()) {
  const log = openLog(app.getPath('logs'), () => new Date())
  const store = new Store(app.getPath('userData'), log)
  const where = places({
    packaged: app.isPackaged,
    resourcesPath: process.resourcesPath,
    mainDir,
    platform: process.platform,
    exists: existsSync,
  })
  const dataDir = flags.data ?? join(app.getPath('userData'), 'data')
  process.on('unhandledRejection', (error) =>
    log(`Unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  )
  await app.whenReady()
  startApp({ flags, store, places: where, dataDir, preload: join(mainDir, 'preload.cjs'), log })
} else app.quit()
