import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { app } from 'electron'
import { autostartEntry, autostartFile, loginArguments } from './decide/login-item.ts'

/** Starts the app at login, in the tray, or no more. Electron does this on Windows and macOS; a file does on Linux. */
export function setLoginItem(open: boolean, dataDir: string | undefined): void {
  const args = loginArguments(dataDir)
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: open, args })
    return
  }
  const file = autostartFile(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'))
  if (!open) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(dirname(file), { recursive: true })
  // Inside an AppImage the binary lies in a mount that is gone after this run.
  writeFileSync(file, autostartEntry(process.env['APPIMAGE'] ?? app.getPath('exe'), args))
}
