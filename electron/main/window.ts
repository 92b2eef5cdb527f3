import { BrowserWindow, screen } from 'electron'
import { placeWindow, smallest, type WindowState } from './decide/window-state.ts'

export interface WindowParts {
  saved: WindowState | undefined
  icon: string
  preload: string
  /** Chromium's developer tools: in a checkout only. */
  devTools: boolean
  /** Hears where the window is whenever that has changed. */
  moved: (state: WindowState) => void
}

/** The app's one window, not yet shown. */
export function makeWindow({ saved, icon, preload, devTools, moved }: WindowParts): BrowserWindow {
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  const { maximized, ...bounds } = placeWindow(
    saved,
    [primary, ...others].map(({ workArea }) => workArea),
  )
  const window = new BrowserWindow({
    ...bounds,
    minWidth: Math.min(smallest.width, bounds.width),
    minHeight: Math.min(smallest.height, bounds.height),
    title: 'Edgewright',
    icon,
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools,
    },
  })
  if (maximized) window.maximize()
  const tell = () => {
    if (!window.isDestroyed() && !window.isMinimized())
      moved({ ...window.getNormalBounds(), maximized: window.isMaximized() })
  }
  window.on('resized', tell).on('moved', tell).on('maximize', tell).on('unmaximize', tell).on('close', tell)
  return window
}
