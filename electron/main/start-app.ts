import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  app,
  dialog,
  Menu,
  nativeImage,
  powerMonitor,
  powerSaveBlocker,
  session,
  shell,
  Tray,
} from 'electron'
import { type InstallParts, updateFromFile, updateOnce } from './app-updates.ts'
import { AppWindow } from './app-window.ts'
import type { Flags } from './decide/flags.ts'
import { ownership } from './decide/link-state.ts'
import { type MenuAction, menu, trayMenu, trayTip } from './decide/menu.ts'
import { mayShowRuntimeLink } from './decide/navigation.ts'
import { iconFile, type Places, runtimeArguments } from './decide/places.ts'
import { stopBy } from './decide/quit.ts'
import { blockerFor } from './decide/settings.ts'
import { Desktop } from './desktop.ts'
import { guardPages, guardSession } from './guards.ts'
import { answerCalls } from './ipc.ts'
import { setLoginItem } from './login.ts'
import { menuBar, menuOf } from './menus.ts'
import { serveOwnPages } from './own-pages.ts'
import { answers } from './runtime/client.ts'
import { startRuntime } from './runtime/own-runtime.ts'
import { probe } from './runtime/probe.ts'
import type { Store } from './store.ts'
import { isStaged, stageFile } from './update-file.ts'
import { electronUpdater } from './updater.ts'
import { makeWindow } from './window.ts'

export interface AppParts {
  flags: Flags
  store: Store
  places: Places
  dataDir: string
  preload: string
  log: (line: string) => void
}

const updateEveryMs = 6 * 3_600_000

/** Everything is made once, here, and told to start. */
export function startApp({ flags, store, places, dataDir, preload, log }: AppParts): void {
  const devTools = !app.isPackaged
  let quitting: 'no' | 'stopping' | 'done' = 'no'
  let updates = 'App updates are off'
  let blocker: number | undefined
  const quits = new AbortController()
  const sleep = (ms: number, signal: AbortSignal) =>
    wait(ms, undefined, { signal }).then(
      () => undefined,
      () => undefined,
    )

  const window = new AppWindow({
    make: () =>
      makeWindow({
        saved: store.settings.window,
        icon: iconFile(places.icons, process.platform, 256),
        preload,
        devTools,
        moved: (state) => store.change({ window: state }),
      }),
    closeToTray: () => store.settings.closeToTray,
    quitting: () => quitting !== 'no',
    notificationsOn: () => store.settings.notifications,
    refresh: () => refresh(),
    pageGone: (reason) => void desktop.pageGone(reason),
    pageFailed: (reason) => desktop.pageFailed(reason),
    log,
  })
  const stop = stopBy(process.platform)
  const desktop = new Desktop({
    shell: window,
    probe: () => probe(dataDir, flags.port),
    start: () =>
      startRuntime({
        node: places.node,
        args: runtimeArguments(places.program, { ...flags, dataDir }, stop),
        stop,
        env: process.env,
      }),
    answers,
    now: Date.now,
    sleep,
    log,
    mayStart: !flags.noStart,
  })
  const origin = () => desktop.origin
  const guard = { origin, devTools, log }
  guardPages(guard)
  guardSession(session.defaultSession, guard)
  serveOwnPages(session.defaultSession, () => window.page)

  const openFolder = async (folder: string) => {
    mkdirSync(folder, { recursive: true })
    const why = await shell.openPath(folder)
    if (why !== '') log(`${folder} did not open: ${why}`)
    return why === ''
  }
  const openLogs = (of: 'runtime' | 'app') =>
    openFolder(of === 'runtime' ? join(dataDir, 'logs') : app.getPath('logs'))
  const openInBrowser = async () => {
    const link = await desktop.browserLink()
    if (link === undefined || !mayShowRuntimeLink(link, origin())) return false
    await shell.openExternal(link)
    return true
  }
  answerCalls({
    handlers: {
      tryAgain: () => void desktop.tryAgain(),
      openLogFolder: async ({ of }) => ({ opened: await openLogs(of) }),
      openInBrowser: async () => ({ opened: await openInBrowser() }),
      quit: () => void app.quit(),
    },
    window: () => window.window,
    origin,
    log,
  })

  const failed = (error: unknown) =>
    log(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const keepAwake = () => {
    if (blocker !== undefined) powerSaveBlocker.stop(blocker)
    const kind = blockerFor(store.settings.keepAwake)
    blocker = kind === undefined ? undefined : powerSaveBlocker.start(kind)
  }
  const actions: Record<MenuAction, () => unknown> = {
    show: () => window.focus(),
    reload: () => desktop.tryAgain(),
    'open-in-browser': openInBrowser,
    'logs-runtime': () => openLogs('runtime'),
    'logs-app': () => openLogs('app'),
    quit: () => app.quit(),
    'toggle-notifications': () => store.change({ notifications: !store.settings.notifications }),
    'toggle-login': () => {
      const openAtLogin = !store.settings.openAtLogin
      setLoginItem(openAtLogin, flags.data)
      store.change({ openAtLogin })
    },
    'toggle-awake': () => {
      store.change({ keepAwake: store.settings.keepAwake === 'off' ? 'machine' : 'off' })
      keepAwake()
    },
    'toggle-tray': () => store.change({ closeToTray: !store.settings.closeToTray }),
    'toggle-updates': () => {
      const { updates: chosen } = store.settings
      store.change({ updates: { ...chosen, enabled: !chosen.enabled } })
      void lookForUpdate()
    },
    'update-from-file': () => updateFromChosenFile(),
    'update-status': () => undefined,
  }
  const act = (action: MenuAction) => {
    Promise.resolve()
      .then(actions[action])
      .catch(failed)
      .finally(() => refresh())
  }
  const tray = new Tray(nativeImage.createFromPath(iconFile(places.icons, process.platform, 32)))
  tray.on('click', () => window.focus())
  function refresh(): void {
    if (quitting === 'done') return
    const { settings } = store
    Menu.setApplicationMenu(menuBar(menu({ settings, link: desktop.link, updates }), act))
    tray.setContextMenu(menuOf(trayMenu(desktop.link), act))
    tray.setToolTip(trayTip(desktop.link, desktop.unacknowledged))
  }

  const close = async () => {
    quitting = 'stopping'
    quits.abort()
    await desktop.close().catch(failed)
    quitting = 'done'
  }
  const installing: InstallParts = {
    app: { version: app.getVersion(), platform: `${process.platform}-${process.arch}` },
    trust: () => desktop.client?.trust() ?? Promise.resolve(undefined),
    models: () => desktop.client?.models() ?? Promise.resolve(undefined),
    stopsRuntime: () => ownership(desktop.link) === 'own',
    beforeInstall: close,
    startOver: () => {
      app.relaunch()
      app.quit()
    },
    sleep,
    say: (words) => {
      updates = words
      log(words)
      refresh()
    },
  }
  async function lookForUpdate(): Promise<void> {
    const { url } = store.settings.updates
    const source = () => {
      if (url === undefined) throw new Error('no update server is named in desktop.json')
      return electronUpdater(url)
    }
    await updateOnce({ ...installing, source, enabled: () => store.settings.updates.enabled }, quits.signal)
  }
  async function updateFromChosenFile(): Promise<void> {
    const { filePaths } = await dialog.showOpenDialog({ properties: ['openFile', 'dontAddToRecent'] })
    const [chosen] = filePaths
    if (chosen === undefined) return
    const folder = join(app.getPath('userData'), 'update')
    const open = (copy: string) => {
      if (!isStaged(copy, folder)) throw new Error(`${copy} is not the copy that was judged`)
      void shell.openPath(copy).then((why) => {
        if (why === '') return app.quit()
        log(`The installer did not open: ${why}`)
        installing.startOver()
      })
    }
    const stage = (mostBytes: number) => stageFile(chosen, folder, mostBytes)
    await updateFromFile({ ...installing, stage, open }, quits.signal)
  }

  app.on('second-instance', () => window.focus())
  app.on('activate', () => window.focus())
  app.on('window-all-closed', () => undefined) // The tray stays; AppWindow quits where it should not.
  app.on('before-quit', (event) => {
    if (quitting === 'done') return
    event.preventDefault()
    if (quitting === 'stopping') return
    void close().then(() => {
      tray.destroy()
      app.quit()
    })
  })
  powerMonitor.on('shutdown', () => app.quit())
  app.on('child-process-gone', (_event, { type, reason }) =>
    log(`A helper process is gone: ${type}, ${reason}.`),
  )

  keepAwake()
  refresh()
  window.open(flags.hidden)
  desktop.run().catch((error: unknown) => {
    failed(error)
    window.box('Edgewright cannot go on', error instanceof Error ? error.message : String(error))
    app.quit()
  })
  const everySoOften = setInterval(() => {
    if (store.settings.updates.enabled) void lookForUpdate()
  }, updateEveryMs)
  quits.signal.addEventListener('abort', () => clearInterval(everySoOften))
  if (store.settings.updates.enabled) void lookForUpdate()
}
