import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  appOrigin,
  bridgeName,
  channelOf,
  type DesktopCall,
  desktopCalls,
} from '../../../electron/ipc/calls.ts'
import type { CallInput } from '../../../electron/ipc/schema.ts'
import type { Command, Report } from './fake-protocol.ts'
import { isAlive } from './fixture.ts'

/** The bundle as it is packed, run whole in a plain Node with a stand-in for Electron (fake-electron.ts); runtimes are real. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Two levels below the checkout, as dist/electron is. */
const bundle = join(root, 'test-results', `electron-bundle-${process.pid}`)

beforeAll(async () => {
  await build({
    configFile: join(root, 'vite.electron.config.ts'),
    root,
    logLevel: 'warn',
    build: { outDir: bundle },
  })
})
afterAll(() => rmSync(bundle, { recursive: true, force: true }))

class App {
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  readonly reports: Report[] = []
  readonly ended: Promise<unknown>
  #id = 0

  constructor(folder: string, env: Record<string, string> = {}) {
    this.#child = fork(
      join(bundle, 'main.js'),
      ['unused', '--data', join(folder, 'data'), '--port', '0', '--allow-unsigned'],
      {
        execArgv: ['--import', new URL('fake-electron.ts', import.meta.url).href],
        env: {
          ...process.env,
          FAKE_USER_DATA: join(folder, 'user'),
          XDG_CONFIG_HOME: join(folder, 'config'),
          ...env,
        },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    this.ended = once(this.#child, 'exit').then(([code]) => code as unknown)
    this.#child.on('message', (report: Report) => {
      this.reports.push(report)
      for (const look of this.#waiting) look()
    })
  }

  of<W extends Report['what']>(what: W): Extract<Report, { what: W }>[] {
    return this.reports.filter((report) => report.what === what) as Extract<Report, { what: W }>[]
  }

  /** Resolves once this gives something; the test's own time limit is the bound. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find()
        if (found === undefined || found === false) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  console(nth = 1): Promise<URL> {
    return this.until(() => {
      const links = this.of('load').filter(({ address }) => address.includes('#code='))
      return links.length >= nth && new URL(links[nth - 1]?.address ?? '')
    })
  }

  async tell(command: Command): Promise<{ answer?: unknown; failed?: string }> {
    const id = ++this.#id
    this.#child.send({ ...command, id })
    return this.until(() => this.of('answer').find((answer) => answer.id === id))
  }

  /** As a page of the app calls through the preload script. */
  call<C extends DesktopCall>(
    call: C,
    input: CallInput<C>,
    sender: Partial<Extract<Command, { do: 'call' }>> = {},
  ) {
    const own = { frameUrl: `${appOrigin}/`, topFrame: true, ownWindow: true }
    return this.tell({ do: 'call', channel: channelOf(call), input, ...own, ...sender })
  }

  async quit(): Promise<void> {
    if (this.#child.connected) this.#child.send({ do: 'quit', id: 0 })
    await this.ended
  }
}

let folder = ''
let app: App
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'desktop-bundle-'))
})
afterEach(async () => {
  await app?.quit()
  rmSync(folder, { recursive: true, force: true })
})

const runtimePid = () =>
  (JSON.parse(readFileSync(join(folder, 'data', 'runtime.json'), 'utf8')) as { pid: number }).pid

describe('the bundle', () => {
  it('imports nothing but Electron and Node, and its preload script is one small CommonJS file', () => {
    const files = readdirSync(bundle).filter((name) => /\.c?js$/.test(name))
    const known = new Set(['electron', ...builtinModules.flatMap((name) => [name, `node:${name}`])])
    const imported = files.flatMap((name) =>
      [...readFileSync(join(bundle, name), 'utf8').matchAll(/^import .*? from "([^"./][^"]*)"/gm)].map(
        ([, from]) => from ?? '',
      ),
    )
    expect(imported.filter((from) => !known.has(from))).toEqual([])
    const preload = readFileSync(join(bundle, 'preload.cjs'), 'utf8')
    expect([...preload.matchAll(/require\("([^"]*)"\)/g)].map(([, from]) => from)).toEqual(['electron'])
    expect(preload.split('\n').length).toBeLessThan(100)
  })

  it("gives the app's own pages their calls, and the console none", async () => {
    const preload = readFileSync(join(bundle, 'preload.cjs'), 'utf8')
    const exposed = (protocol: string) => {
      const seen: Record<string, object> = {}
      const contextBridge = { exposeInMainWorld: (name: string, bridge: object) => (seen[name] = bridge) }
      new Function('require', 'location', preload)(() => ({ contextBridge, ipcRenderer: {} }), { protocol })
      return seen
    }
    expect(Object.keys(exposed('edgewright-app:')[bridgeName] ?? {})).toEqual([...desktopCalls])
    expect(exposed('http:')).toEqual({})
  })
})

describe('the app over the stand-in', () => {
  it('starts a runtime, shows its console, and leaves none behind when it quits', async () => {
    app = new App(folder)
    const link = await app.console()
    expect(link.hostname).toBe('127.0.0.1')
    expect((await fetch(link)).status).toBe(200)
    expect(app.of('load')[0]?.html).toContain('Starting Edgewright')
    expect(app.of('sandbox')).toHaveLength(1)
    expect(app.of('window')[0]?.preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    })
    expect(app.of('awake')).toEqual([{ what: 'awake', kind: 'prevent-app-suspension' }])
    const pid = runtimePid()
    expect(isAlive(pid)).toBe(true)
    await app.quit()
    expect(await app.ended).toBe(0)
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(join(folder, 'data', 'runtime.json'))).toBe(false)
    const log = readFileSync(join(folder, 'user', 'logs', 'desktop.log'), 'utf8')
    expect(log).toContain('Runtime: running.')
    expect(log).not.toMatch(/#code=[\w-]/)
  })

  it('is one instance: a second one ends at once, and the first comes to the front', async () => {
    app = new App(folder)
    await app.console()
    const second = new App(folder, { FAKE_SECOND: '1' })
    expect(await second.ended).toBe(0)
    expect(second.of('window')).toHaveLength(0)
    await app.tell({ do: 'close' })
    expect(app.of('hide')).toHaveLength(1)
    await app.tell({ do: 'second' })
    expect(app.of('focus')).toHaveLength(1)
  })

  it('denies what a page has no business with', async () => {
    app = new App(folder)
    const { origin } = await app.console()
    const answer = async (command: Command) => (await app.tell(command)).answer
    expect(await answer({ do: 'navigate', url: `${origin}/recent` })).toBe(false)
    expect(await answer({ do: 'navigate', url: 'https://example.com/' })).toBe(true)
    expect(await answer({ do: 'webview' })).toBe(true)
    expect(await answer({ do: 'open', url: `${origin}/` })).toEqual({ action: 'deny' })
    expect(await answer({ do: 'open', url: 'https://example.com/' })).toEqual({ action: 'deny' })
    expect(await answer({ do: 'request', url: `${origin}/api/events` })).toEqual({ cancel: false })
    expect(await answer({ do: 'request', url: 'https://example.com/' })).toEqual({ cancel: true })
    expect(await answer({ do: 'permission', name: 'notifications' })).toBe(false)
    expect(await answer({ do: 'permission-check' })).toBe(false)
    expect(await answer({ do: 'device' })).toBe(false)
    expect(app.of('external')).toHaveLength(0)
  })

  it('answers its own pages, checks every sender, and parses every input', async () => {
    app = new App(folder)
    const { origin } = await app.console()
    expect(await app.call('openLogFolder', { of: 'runtime' })).toMatchObject({ answer: { opened: true } })
    expect(app.of('folder')).toEqual([{ what: 'folder', path: join(folder, 'data', 'logs') }])
    expect(await app.call('openInBrowser', undefined)).toMatchObject({ answer: { opened: true } })
    expect(app.of('external')[0]?.address).toMatch(new RegExp(`^${origin}/#code=`))
    for (const sender of [{ frameUrl: `${origin}/` }, { topFrame: false }, { ownWindow: false }])
      for (const call of desktopCalls)
        expect(await app.call(call, undefined as never, sender)).toMatchObject({
          failed: 'This page may not make this call.',
        })
    expect(await app.call('openLogFolder', { of: '/etc' } as never)).toMatchObject({
      failed: expect.stringContaining('was not understood'),
    })
    expect(app.of('folder')).toHaveLength(1)
  })

  it('shows the console again after a crash, then the safe page, then a box', async () => {
    app = new App(folder)
    await app.console()
    for (let nth = 2; nth <= 4; nth++) {
      await app.tell({ do: 'crash' })
      await app.console(nth)
    }
    await app.tell({ do: 'crash' })
    await app.until(() => app.of('load').some(({ html }) => html.includes('The console keeps crashing')))
    await app.tell({ do: 'crash' })
    await app.until(() => app.of('box').length === 1)
    await app.call('tryAgain', undefined)
    await app.console(5)
  })

  it('loads the updater only where it is turned on, and says what came of it', async () => {
    mkdirSync(join(folder, 'user'), { recursive: true })
    const updates = { enabled: true, url: 'https://updates.invalid/' }
    writeFileSync(join(folder, 'user', 'desktop.json'), JSON.stringify({ updates }))
    app = new App(folder)
    await app.console()
    const log = () => readFileSync(join(folder, 'user', 'logs', 'desktop.log'), 'utf8')
    // electron-updater itself says so: out of its archive it has nothing to replace.
    await app.until(() => log().includes('The update failed: only an installed app updates itself'))
    await app.tell({ do: 'menu', label: 'Update this app by itself' })
    await app.until(() => log().includes('App updates are off'))
  })

  it('installs nothing from a chosen file that nobody vouches for, and goes on', async () => {
    const chosen = join(folder, 'update.bin')
    writeFileSync(chosen, 'not signed')
    app = new App(folder, { FAKE_CHOSEN: chosen })
    await app.console()
    await app.tell({ do: 'menu', label: 'Update this app from a file …' })
    const log = () => readFileSync(join(folder, 'user', 'logs', 'desktop.log'), 'utf8')
    await vi.waitFor(() => expect(log()).toContain('Not updated: this machine was given no root'), 60_000)
    expect(app.of('folder')).toEqual([])
    expect(app.of('exit')).toEqual([])
  })

  it('keeps what the menu changes, and does what it says', async () => {
    app = new App(folder)
    await app.console()
    const autostart = join(folder, 'config', 'autostart', 'edgewright-desktop.desktop')
    await app.tell({ do: 'menu', label: 'Open at login' })
    await app.tell({ do: 'menu', label: 'Keep this machine awake' })
    await app.until(() => app.of('awake').at(-1)?.kind === '')
    if (process.platform === 'linux') expect(readFileSync(autostart, 'utf8')).toContain('"--hidden"')
    const kept = () => JSON.parse(readFileSync(join(folder, 'user', 'desktop.json'), 'utf8')) as object
    expect(kept()).toMatchObject({ openAtLogin: true, keepAwake: 'off', updates: { enabled: false } })
    await app.tell({ do: 'menu', label: 'Open at login' })
    await app.tell({ do: 'menu', label: 'Stay in the tray when closed' })
    expect(existsSync(autostart)).toBe(false)
    await app.tell({ do: 'menu', label: 'Quit and stop the runtime' })
    expect(await app.ended).toBe(0)
  })
})
