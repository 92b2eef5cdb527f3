import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pageHtml, pagePolicy } from '../../../electron/main/decide/page-html.ts'
import { safePage } from '../../../electron/main/decide/pages.ts'
import {
  callsOf,
  firstText,
  nameOf,
  propertiesOf,
  realSources,
  root,
  type Source,
  sourceOf,
} from './sources.ts'

/**
 * Electron's security checklist (electronjs.org/docs/latest/tutorial/security), read off the sources of main and preload. This
 * is a static test: it shows what is written, not what Electron makes of it. What can be seen running is in
 * test/integration/electron (over a stand-in) and test/electron (the real Electron, where its binary is).
 */

/** What speaks against a point of the list; empty where nothing does. */
type Check = (sources: readonly Source[]) => string[]

const each = (sources: readonly Source[], look: (source: Source) => string[]) =>
  sources.flatMap((source) => look(source).map((what) => `${source.path}: ${what}`))

const preferences = (source: Source) =>
  callsOf(source, 'BrowserWindow').map((made) => {
    const [options] = made['arguments'] as unknown[]
    return propertiesOf(propertiesOf(options)['webPreferences'])
  })

/** Every window says this itself, whatever Electron's default is. */
const preference =
  (name: string, wanted: boolean): Check =>
  (sources) => [
    ...each(sources, (source) =>
      preferences(source).flatMap((given) =>
        given[name] === wanted ? [] : [`a window without ${name}: ${wanted}`],
      ),
    ),
    ...(sources.some((source) => preferences(source).length > 0) ? [] : ['no window is made']),
  ]

const never =
  (...names: string[]): Check =>
  (sources) =>
    each(sources, ({ nodes }) =>
      nodes.flatMap((node) =>
        (node.type === 'Property' || node.type === 'MemberExpression') &&
        names.includes(nameOf(node[node.type === 'Property' ? 'key' : 'property']))
          ? [nameOf(node[node.type === 'Property' ? 'key' : 'property'])]
          : [],
      ),
    )

/** A handler of this event is there and may say no. */
const hears =
  (event: string, because: RegExp): Check =>
  (sources) =>
    sources.some((source) =>
      [...callsOf(source, 'on')].some(
        (call) => firstText(call) === event && because.test(textOf(source, call)),
      ),
    )
      ? []
      : [`nothing hears ${event}`]

const textOf = ({ text }: Source, node: object) => {
  const { start, end } = node as { start: number; end: number }
  return text.slice(start, end)
}

const calls =
  (name: string, answering: RegExp): Check =>
  (sources) => {
    const all = sources.flatMap((source) => callsOf(source, name).map((call) => textOf(source, call)))
    return all.length > 0 && all.every((text) => answering.test(text))
      ? []
      : [`${name} is not what it should be`]
  }

/** Callers of a function, each of which must stand in a function that asks this first. */
const guarded =
  (name: string, guards: readonly string[]): Check =>
  (sources) =>
    each(sources, (source) =>
      callsOf(source, name).flatMap((call) => {
        const { start } = call as unknown as { start: number }
        const before = source.text.slice(Math.max(0, start - 250), start)
        return guards.some((guard) => before.includes(`${guard}(`))
          ? []
          : [`${name} without a look at its argument`]
      }),
    )

const all =
  (...checks: Check[]): Check =>
  (sources) =>
    checks.flatMap((check) => check(sources))

const badLoads: Check = (sources) =>
  each(sources, (source) => [
    ...callsOf(source, 'loadFile').map(() => 'loadFile'),
    ...callsOf(source, 'loadURL')
      .map((call) => firstText(call))
      .filter((address) => address !== undefined)
      .map((address) => `loads ${address}`),
  ])

const remoteAddresses: Check = (sources) =>
  each(sources, ({ nodes }) =>
    nodes.flatMap(({ type, value }) =>
      type === 'Literal' && typeof value === 'string' && /^(http|ws|ftp):\/\/(?!127\.0\.0\.1)/.test(value)
        ? [value]
        : [],
    ),
  )

const ipc: Check = (sources) =>
  each(sources, (source) => [
    ...nodesNamed(source, 'ipcMain.on').concat(
      nodesNamed(source, 'ipcMain.handleOnce'),
      nodesNamed(source, 'ipcMain.once'),
    ),
    ...(source.path.endsWith('main/ipc.ts') ? [] : nodesNamed(source, 'ipcMain.handle')),
    ...(nodesNamed(source, 'ipcMain.handle').length === 0 ||
    /if \(!mayCall\([\s\S]*?throw[\s\S]*safeParse[\s\S]*throw[\s\S]*handlers\[call\]/.test(source.text)
      ? []
      : ['a call is answered before its sender is checked and its input parsed']),
  ])

const nodesNamed = ({ nodes }: Source, name: string) =>
  nodes.filter((node) => node.type === 'MemberExpression' && nameOf(node) === name).map(() => name)

const preload: Check = (sources) =>
  each(
    sources.filter(({ path }) => path.startsWith('electron/preload/')),
    (source) => [
      ...(/if \(location\.protocol === `\$\{appScheme\}:`\) \{[\s\S]*exposeInMainWorld/.test(source.text)
        ? []
        : ['exposes calls to any page']),
      ...(/exposeInMainWorld\([^)]*(ipcRenderer|electron|shell|require)/.test(source.text)
        ? ["exposes Electron's own"]
        : []),
      ...(/ipcRenderer\.(on|once|send|sendSync|sendToHost|postMessage)\b/.test(source.text)
        ? ['more than invoke']
        : []),
      ...(source.text.split('\n').length <= 100 ? [] : ['more than 100 lines']),
    ],
  )

const window = (preferences: string) =>
  `new BrowserWindow({ webPreferences: { contextIsolation: true, sandbox: true, nodeIntegration: false, ${preferences} } })`

/** Number on the list, its words, the check, and what the check must find. */
const checklist: [string, string, Check, string][] = [
  ['1', 'only load secure content', all(badLoads, remoteAddresses), "w.loadURL('http://example.com')"],
  [
    '2',
    'no Node.js integration',
    preference('nodeIntegration', false),
    'new BrowserWindow({ webPreferences: {} })',
  ],
  [
    '2',
    'no Node.js in workers',
    preference('nodeIntegrationInWorker', false),
    window('nodeIntegrationInWorker: true'),
  ],
  ['2', 'no Node.js in frames', preference('nodeIntegrationInSubFrames', false), window('')],
  ['3', 'context isolation', preference('contextIsolation', true), 'new BrowserWindow({})'],
  [
    '4',
    'sandboxing of each window',
    preference('sandbox', true),
    'new BrowserWindow({ webPreferences: { sandbox: false } })',
  ],
  ['4', 'sandboxing of all pages', calls('enableSandbox', /^app\./), 'app.quit()'],
  [
    '4',
    'no switch that takes the sandbox off',
    never('appendSwitch', 'disableSandbox'),
    "app.commandLine.appendSwitch('no-sandbox')",
  ],
  [
    '5',
    'permission requests',
    calls('setPermissionRequestHandler', /answer\(false\)/),
    's.setPermissionRequestHandler((c, p, answer) => answer(true))',
  ],
  [
    '5',
    'permission checks',
    calls('setPermissionCheckHandler', /\(\) => false/),
    's.setPermissionCheckHandler(() => true)',
  ],
  ['5', 'devices', calls('setDevicePermissionHandler', /\(\) => false/), 'x()'],
  ['6', 'web security', preference('webSecurity', true), window('webSecurity: false')],
  ['8', 'no insecure content', preference('allowRunningInsecureContent', false), window('')],
  [
    '9',
    'no experimental features',
    preference('experimentalFeatures', false),
    window('experimentalFeatures: true'),
  ],
  [
    '10',
    'no Blink features',
    never('enableBlinkFeatures', 'blinkFeatures'),
    window("enableBlinkFeatures: 'X'"),
  ],
  ['11', 'no webviews, so no popups of theirs', preference('webviewTag', false), window('webviewTag: true')],
  [
    '12',
    'webviews are not attached',
    hears('will-attach-webview', /preventDefault\(\)/),
    "c.on('will-attach-webview', () => 0)",
  ],
  ['13', 'navigation', hears('will-navigate', /judge\(/), "c.on('will-redirect', (e) => judge(e))"],
  ['13', 'navigation of frames', hears('will-frame-navigate', /judge\(/), 'x()'],
  ['13', 'redirects', hears('will-redirect', /judge\(/), 'x()'],
  ['13', 'dropped files', preference('navigateOnDragDrop', false), window('navigateOnDragDrop: true')],
  [
    '14',
    'new windows',
    calls('setWindowOpenHandler', /return \{ action: 'deny' \}/),
    "c.setWindowOpenHandler(() => ({ action: 'allow' }))",
  ],
  [
    '15',
    'openExternal',
    guarded('openExternal', ['mayOpenOutside', 'mayShowRuntimeLink']),
    'shell.openExternal(url)',
  ],
  ['15', 'openPath', guarded('openPath', ['mkdirSync', 'isStaged']), 'shell.openPath(x)'],
  ['17', 'senders of IPC', ipc, "ipcMain.handle('x', () => 1)"],
  [
    '18',
    'no file://',
    all(badLoads, never('interceptFileProtocol', 'registerFileProtocol')),
    "w.loadFile('index.html')",
  ],
  [
    '18',
    "privileges of the app's scheme",
    never('bypassCSP', 'allowServiceWorkers', 'corsEnabled', 'supportFetchAPI', 'allowExtensions'),
    '({ bypassCSP: true })',
  ],
  ['20', 'no Electron API for pages', preload, "contextBridge.exposeInMainWorld('x', ipcRenderer)"],
]

describe("Electron's security checklist, statically", () => {
  const real = realSources()

  it('is read off the real sources', () => {
    const paths = real.map(({ path }) => path)
    expect(paths).toContain('electron/main/main.ts')
    expect(paths).toContain('electron/preload/preload.ts')
    expect(paths.length).toBeGreaterThan(30)
  })

  it.each(checklist)('%s: %s', (_number, _words, check) => {
    expect(check(real)).toEqual([])
  })

  it.each(checklist)('%s: %s; a violation is found', (number, _words, check, planted) => {
    const path = number === '20' ? 'electron/preload/planted.ts' : 'electron/main/planted.ts'
    expect(check([sourceOf(path, planted)])).not.toEqual([])
  })

  it("7: the app's own pages have a policy that lets them load nothing, and scripts only by nonce", () => {
    const policy = pagePolicy('n')
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-n';/)
    expect(policy).not.toMatch(/unsafe|\*|http/)
    expect(pageHtml(safePage, 'n')).not.toMatch(/<(iframe|webview|object|embed|link)/)
    const served = real.find(({ path }) => path.endsWith('own-pages.ts'))?.text
    expect(served).toContain("'content-security-policy': pagePolicy(nonce)")
    // The console's is the runtime's own: test/e2e sees that it is sent and never violated.
    expect(readFileSync(join(root, 'core/http/page.ts'), 'utf8')).toContain("script-src 'self'")
  })

  it('16: Electron is pinned exactly, and at the major that these sources were written for', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    expect(devDependencies['electron']).toMatch(/^45\.\d+\.\d+$/)
  })

  it.each([
    'runAsNode: false',
    'enableNodeOptionsEnvironmentVariable: false',
    'enableNodeCliInspectArguments: false',
    'enableEmbeddedAsarIntegrityValidation: true',
    'onlyLoadAppFromAsar: true',
    'grantFileProtocolExtraPrivileges: false',
    'enableCookieEncryption: true',
  ])('19: the installed app has the fuse %s', (fuse) => {
    expect(readFileSync(join(root, 'electron-builder.yml'), 'utf8')).toMatch(new RegExp(`^  ${fuse}$`, 'm'))
  })
})
