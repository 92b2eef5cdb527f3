import { app, type BrowserWindow, dialog, Notification } from 'electron'
import { type Page, pageFor } from './decide/pages.ts'
import { hangPatienceMs } from './decide/renderer-crash.ts'
import type { Shell } from './desktop.ts'
import { ownPageAddress } from './own-pages.ts'

export interface AppWindowParts {
  /** Makes a window that is not shown yet. */
  make: () => BrowserWindow
  /** Closing leaves the app in the tray. */
  closeToTray: () => boolean
  quitting: () => boolean
  notificationsOn: () => boolean
  refresh: () => void
  pageGone: (reason: string) => void
  pageFailed: (reason: string) => void
  log: (line: string) => void
}

/** The window as the rest of the app sees it. */
export class AppWindow implements Shell {
  readonly #parts: AppWindowParts
  readonly #notices = new Set<Notification>()
  #window: BrowserWindow | undefined
  #hung: NodeJS.Timeout | undefined
  page: Page = pageFor({ at: 'looking' })!

  constructor(parts: AppWindowParts) {
    this.#parts = parts
  }

  get window(): BrowserWindow | undefined {
    return this.#window
  }

  /** Makes the window where there is none. It is shown once its first page is drawn, unless it starts hidden. */
  open(hidden = false): void {
    if (this.#window) return
    const window = this.#parts.make()
    this.#window = window
    if (!hidden) window.once('ready-to-show', () => window.show())
    window.on('close', (event) => {
      if (this.#parts.quitting() || !this.#parts.closeToTray()) return
      event.preventDefault()
      window.hide()
    })
    window.on('closed', () => {
      this.#window = undefined
      if (!this.#parts.quitting()) app.quit()
    })
    const { webContents } = window
    webContents.on('render-process-gone', (_event, { reason }) => {
      clearTimeout(this.#hung)
      if (reason !== 'clean-exit') this.#parts.pageGone(reason)
    })
    webContents.on('did-fail-load', (_event, code, description, _url, mainFrame) => {
      // -3: the load was given up for another one.
      if (mainFrame && code !== -3) this.#parts.pageFailed(description)
    })
    window.on('unresponsive', () => {
      clearTimeout(this.#hung)
      this.#hung = setTimeout(() => webContents.forcefullyCrashRenderer(), hangPatienceMs)
    })
    window.on('responsive', () => clearTimeout(this.#hung))
    this.#load(ownPageAddress)
  }

  showConsole(link: string): void {
    this.#load(link)
  }

  showPage(page: Page): void {
    this.page = page
    this.#load(ownPageAddress)
  }

  notify(notice: { title: string; body: string }, open: () => void): void {
    if (!Notification.isSupported()) return
    const notification = new Notification({ title: notice.title, body: notice.body, urgency: 'critical' })
    const done = () => this.#notices.delete(notification)
    // Held until it is gone: a notification that is collected takes its click with it.
    this.#notices.add(notification)
    notification.once('click', () => {
      done()
      open()
    })
    notification.once('close', done)
    notification.show()
  }

  refresh(): void {
    this.#parts.refresh()
  }

  focus(): void {
    const window = this.#window
    if (!window) return
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  box(title: string, text: string): void {
    dialog.showErrorBox(title, text)
  }

  watched(): boolean {
    return this.#window?.isVisible() === true && this.#window.isFocused()
  }

  language(): string {
    return app.getLocale().split('-')[0] ?? 'en'
  }

  notificationsOn(): boolean {
    return this.#parts.notificationsOn()
  }

  #load(address: string): void {
    const window = this.#window
    if (!window || window.isDestroyed()) return
    window.loadURL(address).catch((error: unknown) => {
      // 'did-fail-load' has dealt with it; its words name the sign-in link, whose code the log leaves out.
      this.#parts.log(`Not loaded: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
}
