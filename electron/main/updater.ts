import type { UpdateSource } from './app-updates.ts'

/** electron-updater, told to do nothing by itself. Loaded only where updates are on. `url`: of the update server, https. */
export async function electronUpdater(url: string): Promise<UpdateSource> {
  const { default: updater } = await import('electron-updater')
  const { autoUpdater } = updater
  autoUpdater.autoDownload = false
  // Never on: what it downloaded is installed by `install` alone, once its digest is that of signed metadata.
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
      let ready: string | undefined
      const hear = ({ downloadedFile }: { downloadedFile: string }) => {
        ready = downloadedFile
      }
      autoUpdater.on('update-downloaded', hear)
      const [file, ...more] = await autoUpdater
        .downloadUpdate()
        .finally(() => autoUpdater.off('update-downloaded', hear))
      if (file === undefined) throw new Error('the server names no file for this machine')
      // What is hashed must be what is run: one file, the one that quitAndInstall takes.
      if (more.length > 0 || ready !== file)
        throw new Error('the server sent more than one file, and only one can be vouched for')
      return file
    },
    install: () => autoUpdater.quitAndInstall(true, true),
  }
}
