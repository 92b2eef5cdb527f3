import type { UpdateSource } from './app-updates.ts'

/** electron-updater, told to do nothing by itself. Loaded only where updates are on. `url`: of the update server, https. */
export async function electronUpdater(url: string): Promise<UpdateSource> {
  const { default: updater } = await import('electron-updater')
  const { autoUpdater } = updater
  autoUpdater.autoDownload = false
  autoUpdater.autoInstallOnAppQuit = false
  autoUpdater.allowDowngrade = false
  autoUpdater.logger = null
  autoUpdater.setFeedURL({ provider: 'generic', url })
  return {
    check: async () => {
      if (!autoUpdater.isUpdaterActive()) throw new Error('only an installed app updates itself')
      const found = await autoUpdater.checkForUpdates()
      return found?.isUpdateAvailable ? { version: found.updateInfo.version } : undefined
    },
    download: async () => {
      const [file] = await autoUpdater.downloadUpdate()
      if (file === undefined) throw new Error('the server names no file for this machine')
      return file
    },
    install: () => autoUpdater.quitAndInstall(true, true),
  }
}
