import type { FakeElectron } from './fake-electron.ts'

/** What `import … from 'electron'` and `require('electron')` give in the tests. */
export const {
  app,
  BrowserWindow,
  session,
  protocol,
  ipcMain,
  screen,
  Menu,
  Tray,
  Notification,
  nativeImage,
  dialog,
  shell,
  powerMonitor,
  powerSaveBlocker,
} = (globalThis as unknown as { fakeElectron: FakeElectron }).fakeElectron
