import { isLoopback } from './decide/attach-or-start.ts'
import { type LinkState, originOf } from './decide/link-state.ts'
import { type Notice, type Noticed, noNotices, onAlert, onBacklog } from './decide/notify.ts'
import { type Page, pageFor, safePage } from './decide/pages.ts'
import { afterCrash } from './decide/renderer-crash.ts'
import type { RuntimeClient } from './runtime/client.ts'
import { type KeeperParts, RuntimeKeeper } from './runtime/keeper.ts'
import { watchAlerts } from './runtime/watch.ts'

/** What the app does with windows and the desktop; Electron does it, and a fake in the tests. */
export interface Shell {
  /** Loads an address of the runtime in the window. */
  showConsole: (link: string) => void
  showPage: (page: Page) => void
  notify: (notice: Notice, open: () => void) => void
  /** Menu and tray are drawn anew. */
  refresh: () => void
  /** Brings the window to the front. */
  focus: () => void
  /** A box outside the window, for when not even a page stays up. */
  box: (title: string, text: string) => void
  /** The window is on the screen and has the focus. */
  watched: () => boolean
  language: () => string
  notificationsOn: () => boolean
}

export interface DesktopParts extends Omit<KeeperParts, 'changed'> {
  shell: Shell
}

/** The app without Electron: which runtime, which page, which notification. */
export class Desktop {
  readonly #parts: DesktopParts
  readonly #keeper: RuntimeKeeper
  #client: RuntimeClient | undefined
  #watching = new AbortController()
  #showing: 'console' | 'safe-page' | 'app-page' = 'app-page'
  #crashesMs: number[] = []
  #notices = noNotices
  #quitting = false
  unacknowledged: number | undefined

  constructor(parts: DesktopParts) {
    this.#parts = parts
    this.#keeper = new RuntimeKeeper({
      ...parts,
      changed: (state, client) => this.#changed(state, client),
    })
  }

  get link(): LinkState {
    return this.#keeper.state
  }
  get origin(): string | undefined {
    return originOf(this.#keeper.state)
  }
  get client(): RuntimeClient | undefined {
    return this.#client
  }

  /** Runs until `close`. */
  run(): Promise<void> {
    return this.#keeper.run()
  }

  /** Resolves when the app may exit: a runtime of its own has ended. */
  async close(): Promise<void> {
    this.#quitting = true
    this.#watching.abort()
    await this.#keeper.close()
  }

  /** A person asked: the console again where a runtime answers, else another look for one. */
  tryAgain(): void {
    this.#crashesMs = []
    if (this.origin === undefined) this.#keeper.tryAgain()
    else void this.showConsole('/')
  }

  /** Signs the window in and shows a screen of the console. */
  async showConsole(path: string): Promise<void> {
    const client = this.#client
    if (!client) return
    try {
      const link = await client.signInLink(path)
      if (client !== this.#client || this.#quitting) return
      this.#showing = 'console'
      this.#parts.shell.showConsole(link)
    } catch (error) {
      this.#parts.log(
        `The console cannot be shown: ${error instanceof Error ? error.message : String(error)}`,
      )
      if (client === this.#client) this.#show(lostConsole)
    }
  }

  /** A link for the person's own browser. */
  async browserLink(): Promise<string | undefined> {
    const link = await this.#client?.signInLink()
    return link !== undefined && isLoopback(link) ? link : undefined
  }

  /** The window's page is gone. */
  async pageGone(reason: string): Promise<void> {
    this.#crashesMs.push(this.#parts.now())
    const step = afterCrash({ crashesMs: this.#crashesMs, showing: this.#showing, quitting: this.#quitting })
    this.#parts.log(`The window's page is gone (${reason}): ${step.do}.`)
    if (step.do === 'safe-page') {
      this.#showing = 'safe-page'
      this.#parts.shell.showPage(safePage)
    } else if (step.do === 'native-box') {
      this.#parts.shell.box(
        safePage.title,
        'Not even a plain page stays up. The runtime goes on, and alerts of high priority still come as notifications.',
      )
    } else if (step.do === 'reload') {
      await this.#parts.sleep(step.delayMs, this.#watching.signal)
      if (this.origin !== undefined) await this.showConsole('/')
      else this.#show(pageFor(this.link))
    }
  }

  /** The console's page did not load, though the runtime seemed to be there. */
  pageFailed(reason: string): void {
    this.#parts.log(`The console did not load: ${reason}.`)
    if (this.#showing === 'console' && !this.#quitting) this.#show(lostConsole)
  }

  #changed(state: LinkState, client: RuntimeClient | undefined): void {
    this.#parts.log(`Runtime: ${state.at}.`)
    this.#watching.abort()
    this.#client = client
    this.unacknowledged = undefined
    const page = pageFor(state)
    if (page) this.#show(page)
    else if (client) {
      this.#watching = new AbortController()
      void this.#watch(client, this.#watching.signal)
      void this.showConsole('/')
    } else this.#show(lostConsole)
    this.#parts.shell.refresh()
  }

  #watch(client: RuntimeClient, signal: AbortSignal): Promise<void> {
    const { sleep, log, shell } = this.#parts
    const told = (answer: { state: typeof noNotices; show?: Notice }) => {
      this.#notices = answer.state
      const notice = answer.show
      if (notice)
        shell.notify(notice, () => {
          shell.focus()
          void this.showConsole(notice.path)
        })
    }
    return watchAlerts(
      client,
      {
        onAlert: (alert: Noticed) => told(onAlert(this.#notices, alert, this.#noticeContext())),
        onBacklog: (alerts) => told(onBacklog(this.#notices, alerts, this.#noticeContext())),
        onCount: (unacknowledged) => {
          if (unacknowledged === this.unacknowledged) return
          this.unacknowledged = unacknowledged
          shell.refresh()
        },
        sleep,
        log,
      },
      signal,
    )
  }

  #noticeContext() {
    const { shell, now } = this.#parts
    return {
      nowMs: now(),
      enabled: shell.notificationsOn(),
      watched: shell.watched() && this.#showing === 'console',
      language: shell.language(),
    }
  }

  #show(page: Page | undefined): void {
    if (!page) return
    this.#showing = 'app-page'
    this.#parts.shell.showPage(page)
  }
}

const lostConsole: Page = {
  title: 'The console did not load',
  paragraphs: [
    'The runtime may be busy or just ending. Alerts of high priority still come as notifications.',
  ],
  grave: true,
  actions: [
    { label: 'Try again', call: 'tryAgain', input: undefined },
    { label: 'Open the log folder', call: 'openLogFolder', input: { of: 'runtime' } },
  ],
}
