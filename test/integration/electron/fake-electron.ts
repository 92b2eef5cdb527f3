import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import type { Command, Report } from './fake-protocol.ts'

/**
 * A stand-in for Electron: the calls that electron/ makes of it, and nothing of what they do. It lets the bundled main process run
 * whole in a plain Node, so that what hangs together wrongly is found where Electron's binary is not. It proves nothing about
 * Electron itself: that is test/electron.
 */

const user = process.env['FAKE_USER_DATA'] ?? ''
const tell = (report: Report) => process.send?.(report)
type Answer = (...args: unknown[]) => unknown

class FakeApp extends EventEmitter {
  isPackaged = false
  enableSandbox(): void {
    tell({ what: 'sandbox' })
  }
  setAppUserModelId(): void {
    return
  }
  requestSingleInstanceLock(): boolean {
    return process.env['FAKE_SECOND'] !== '1'
  }
  getPath(name: string): string {
    const path = name === 'logs' ? join(user, 'logs') : user
    mkdirSync(path, { recursive: true })
    return path
  }
  getVersion = () => '0.0.0'
  getName = () => 'edgewright'
  getAppPath = () => user
  getLocale(): string {
    return 'en-GB'
  }
  setLoginItemSettings(): void {
    return
  }
  async whenReady(): Promise<void> {
    return
  }
  relaunch(): void {
    return
  }
  /** As Electron does: asks, closes the windows, goes. */
  quit(): void {
    let prevented = false
    this.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (prevented) return
    for (const window of BrowserWindow.all.splice(0)) window.emit('closed')
    tell({ what: 'exit' })
    process.disconnect?.()
    process.exit(0)
  }
}
const app = new FakeApp()

class WebContents extends EventEmitter {
  openHandler: Answer = () => ({ action: 'allow' })
  setWindowOpenHandler(handler: Answer): void {
    this.openHandler = handler
  }
  forcefullyCrashRenderer(): void {
    this.emit('render-process-gone', {}, { reason: 'killed' })
  }
}

class BrowserWindow extends EventEmitter {
  static all: BrowserWindow[] = []
  webContents = new WebContents()
  visible = false
  constructor(options: { webPreferences: object }) {
    super()
    BrowserWindow.all.push(this)
    tell({ what: 'window', preferences: options.webPreferences as Record<string, unknown> })
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(address: string): Promise<void> {
    const own = protocolHandlers.get(new URL(address).protocol.slice(0, -1))
    const html = own ? await (await own()).text() : ''
    tell({ what: 'load', address, html })
    if (!this.visible) this.emit('ready-to-show')
  }
  show(): void {
    this.visible = true
    tell({ what: 'show' })
  }
  hide(): void {
    this.visible = false
    tell({ what: 'hide' })
  }
  focus(): void {
    tell({ what: 'focus' })
  }
  restore(): void {
    return
  }
  maximize(): void {
    return
  }
  isVisible = () => this.visible
  isFocused = () => false
  isMinimized = () => false
  isMaximized = () => false
  isDestroyed = () => false
  getNormalBounds = () => ({ x: 10, y: 20, width: 1000, height: 700 })
}

const protocolHandlers = new Map<string, () => Promise<Response>>()
const handlers = new Map<string, Answer>()
const sessionAnswers: Record<string, Answer> = {}
const keep = (name: string) => (answer: Answer) => {
  sessionAnswers[name] = answer
}
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: keep('permission'),
  setPermissionCheckHandler: keep('permission-check'),
  setDevicePermissionHandler: keep('device'),
  setDisplayMediaRequestHandler: keep('display'),
  webRequest: { onBeforeRequest: keep('request') },
  protocol: {
    handle: (scheme: string, answer: () => Promise<Response>) => protocolHandlers.set(scheme, answer),
  },
})

interface Item {
  label?: string
  click?: () => void
  submenu?: Item[]
}
let menuBar: Item[] = []

const electron = {
  app,
  BrowserWindow,
  session: { defaultSession },
  protocol: { registerSchemesAsPrivileged: (schemes: unknown) => tell({ what: 'schemes', schemes }) },
  ipcMain: { handle: (channel: string, answer: Answer) => handlers.set(channel, answer) },
  screen: {
    getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }),
    getAllDisplays: () => [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
  },
  Menu: {
    buildFromTemplate: (items: Item[]) => items,
    setApplicationMenu: (items: Item[]) => {
      menuBar = items
    },
  },
  Tray: class extends EventEmitter {
    setContextMenu(): void {
      return
    }
    setToolTip(tip: string): void {
      tell({ what: 'tip', tip })
    }
    destroy(): void {
      return
    }
  },
  Notification: class extends EventEmitter {
    static isSupported = () => true
    readonly title: string
    constructor({ title }: { title: string }) {
      super()
      this.title = title
    }
    show(): void {
      tell({ what: 'notice', title: this.title })
    }
  },
  nativeImage: { createFromPath: (path: string) => path },
  dialog: {
    showErrorBox: (title: string) => tell({ what: 'box', title }),
    showOpenDialog: async () => ({ canceled: false, filePaths: [process.env['FAKE_CHOSEN'] ?? ''] }),
  },
  shell: {
    openExternal: async (address: string) => tell({ what: 'external', address }),
    openPath: async (path: string) => {
      tell({ what: 'folder', path })
      return ''
    },
  },
  powerMonitor: new EventEmitter(),
  powerSaveBlocker: {
    start: (kind: string) => {
      tell({ what: 'awake', kind })
      return 1
    },
    stop: () => tell({ what: 'awake', kind: '' }),
  },
}

const [contents, window] = [() => BrowserWindow.all[0]?.webContents, () => BrowserWindow.all[0]]

/** Emits an event that its hearer may prevent; whether it did. */
function prevented(from: EventEmitter | undefined, event: string, detail: object): boolean {
  let was = false
  from?.emit(event, { ...detail, preventDefault: () => (was = true) })
  return was
}

const commands: { [K in Command['do']]: (command: Extract<Command, { do: K }>) => unknown } = {
  navigate: ({ url }) => prevented(contents(), 'will-navigate', { url }),
  webview: () => prevented(contents(), 'will-attach-webview', {}),
  open: ({ url }) => contents()?.openHandler({ url }),
  request: ({ url }) => new Promise((answer) => sessionAnswers['request']?.({ url }, answer)),
  permission: ({ name }) => new Promise((answer) => sessionAnswers['permission']?.({}, name, answer)),
  'permission-check': () => sessionAnswers['permission-check']?.(),
  device: () => sessionAnswers['device']?.(),
  call: async ({ channel, input, frameUrl, topFrame, ownWindow }) =>
    handlers.get(channel)?.(
      {
        sender: ownWindow ? contents() : {},
        senderFrame: { url: frameUrl, parent: topFrame ? null : {} },
      },
      input,
    ),
  crash: () => contents()?.emit('render-process-gone', {}, { reason: 'crashed' }),
  second: () => app.emit('second-instance'),
  close: () => {
    if (!prevented(window(), 'close', {})) window()?.emit('closed')
  },
  menu: ({ label }) => {
    const found = menuBar.flatMap(({ submenu }) => submenu ?? []).find((item) => item.label === label)
    if (!found) throw new Error(`there is no menu entry ${label}`)
    found.click?.()
  },
  quit: () => app.quit(),
}

process.on('message', (message: Command & { id: number }) => {
  const { id } = message
  Promise.resolve()
    .then(() => (commands[message.do] as (command: Command) => unknown)(message))
    .then(
      (answer) => tell({ what: 'answer', id, answer }),
      (error: unknown) =>
        tell({ what: 'answer', id, failed: error instanceof Error ? error.message : String(error) }),
    )
})

export type FakeElectron = typeof electron
Object.assign(globalThis, { fakeElectron: electron })
const url = new URL('fake-module.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url, shortCircuit: true } : next(specifier, context),
})
