import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from '../../../electron/main/decide/pages.ts'
import { runtimeArguments } from '../../../electron/main/decide/places.ts'
import { stopBy } from '../../../electron/main/decide/quit.ts'
import { Desktop, type DesktopParts, type Shell } from '../../../electron/main/desktop.ts'
import { answers } from '../../../electron/main/runtime/client.ts'
import { type OwnRuntime, startRuntime } from '../../../electron/main/runtime/own-runtime.ts'
import { probe } from '../../../electron/main/runtime/probe.ts'

export const commandLine = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** A window that shows nothing, and remembers what it was given. */
export class FakeShell implements Shell {
  shown: string[] = []
  links: string[] = []
  notices: { title: string; open: () => void }[] = []
  boxes: string[] = []
  isWatched = false
  #changed: (() => void)[] = []

  showConsole(link: string): void {
    this.links.push(link)
    this.#show('console')
  }
  showPage(page: Page): void {
    this.#show(page.title)
  }
  notify(notice: { title: string }, open: () => void): void {
    this.notices.push({ title: notice.title, open })
    this.refresh()
  }
  refresh(): void {
    for (const tell of this.#changed.splice(0)) tell()
  }
  focus(): void {
    this.#show('front')
  }
  box(title: string): void {
    this.boxes.push(title)
  }
  watched(): boolean {
    return this.isWatched
  }
  language(): string {
    return 'en'
  }
  notificationsOn(): boolean {
    return true
  }

  /** Resolves when this holds; the test's own time limit is the bound. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #show(what: string): void {
    this.shown.push(what)
    this.refresh()
  }
}

export interface FakeDesktop {
  desktop: Desktop
  shell: FakeShell
  /** Those that were started, oldest first. */
  started: OwnRuntime[]
  log: string[]
  running: Promise<void>
}

/** The app without Electron, over a real data folder and a real runtime as a child process. Waits are cut short. */
export function openDesktop(
  dataDir: string,
  change: Partial<DesktopParts> & { stop?: 'signal' | 'message' } = {},
): FakeDesktop {
  const { stop = stopBy(process.platform), ...parts } = change
  const shell = new FakeShell()
  const started: OwnRuntime[] = []
  const log: string[] = []
  const desktop = new Desktop({
    shell,
    probe: () => probe(dataDir, 0),
    start: () => {
      const args = runtimeArguments(commandLine, { dataDir, port: 0, allowUnsigned: true }, stop)
      const own = startRuntime({ node: process.execPath, args, stop, env: process.env })
      started.push(own)
      return own
    },
    answers,
    now: Date.now,
    sleep: (ms, signal) =>
      wait(ms > 20_000 ? ms : Math.min(ms, 50), undefined, { signal }).catch(() => undefined),
    log: (line) => log.push(line),
    mayStart: true,
    ...parts,
  })
  return { desktop, shell, started, log, running: desktop.run() }
}

/** A folder that goes with the tests. */
export function temporary(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'edgewright-desktop-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
