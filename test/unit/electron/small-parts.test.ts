import { describe, expect, it } from 'vitest'
import { whyNoDesktop } from '../../../build/electron.mjs'
import { bridgeName } from '../../../electron/ipc/calls.ts'
import { readFlags } from '../../../electron/main/decide/flags.ts'
import { autostartEntry, loginArguments } from '../../../electron/main/decide/login-item.ts'
import { type Entry, menu, trayTip } from '../../../electron/main/decide/menu.ts'
import { pageHtml, pagePolicy } from '../../../electron/main/decide/page-html.ts'
import { pageFor, safePage } from '../../../electron/main/decide/pages.ts'
import { places, runtimeArguments } from '../../../electron/main/decide/places.ts'
import { blockerFor, defaultSettings, readSettings } from '../../../electron/main/decide/settings.ts'
import { EventReader } from '../../../electron/main/runtime/server-sent-events.ts'

describe('flags', () => {
  it('are read among those of Chromium and the desktop', () => {
    expect(
      readFlags(['--enable-features=x', '--data=/d', '--hidden', '--port', '9', 'file', '--no-start']),
    ).toEqual({
      data: '/d',
      port: 9,
      hidden: true,
      noStart: true,
      allowUnsigned: false,
    })
  })
  it('fall back to the usual port', () => {
    for (const port of ['-1', '70000', 'x', '']) expect(readFlags([`--port=${port}`]).port).toBe(8700)
  })
})

describe('places', () => {
  const facts = { resourcesPath: '/app/resources', mainDir: '/src/dist/electron', platform: 'linux' }
  it('are beside the installed app, with the Node that came along', () => {
    expect(places({ ...facts, packaged: true, exists: () => false })).toEqual({
      node: '/app/resources/runtime/node/node',
      program: '/app/resources/runtime/dist/node/edgewright.js',
      icons: '/app/resources/icons',
    })
  })
  it('are in the checkout, built or not', () => {
    const here = { ...facts, packaged: false }
    expect(places({ ...here, exists: () => true }).program).toBe('/src/dist/node/edgewright.js')
    expect(places({ ...here, exists: () => false }).program).toBe('/src/cli/main.ts')
  })
  it('give the runtime its arguments, unsigned packages only where that was asked for', () => {
    const options = { dataDir: '/d', port: 0, allowUnsigned: false }
    expect(runtimeArguments('p', options, 'signal')).toEqual(['p', 'edge', '--data', '/d', '--port', '0'])
    expect(
      runtimeArguments('p', { ...options, allowUnsigned: true, machine: 'M' }, 'signal').slice(6),
    ).toEqual(['--allow-unsigned', '--machine', 'M'])
    expect(runtimeArguments('p', options, 'message')[0]).toBe('--import')
  })
})

describe('settings', () => {
  it('start with updates off', () => {
    expect(readSettings(undefined)).toEqual({ settings: defaultSettings })
    expect(defaultSettings.updates).toEqual({ enabled: false })
  })
  it('fall back to the defaults where the file is damaged, and say why', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"keepAwake":"always"}',
      '{"updates":{"url":"http://example.com"}}',
    ]) {
      const { settings, why } = readSettings(text)
      expect(settings).toEqual(defaultSettings)
      expect(why).toBeTruthy()
    }
  })
  it('choose what stays awake', () => {
    expect([blockerFor('off'), blockerFor('machine'), blockerFor('display')]).toEqual([
      undefined,
      'prevent-app-suspension',
      'prevent-display-sleep',
    ])
  })
})

describe('the login item', () => {
  it('quotes what a path may hold', () => {
    const entry = autostartEntry('/opt/My "App" $1 100%/e', loginArguments('/d'))
    expect(entry).toContain('Exec="/opt/My \\\\"App\\\\" \\\\$1 100%%/e" "--hidden" "--data=/d"\n')
  })
})

describe('pages of the app', () => {
  it('show what a program said, and never as markup', () => {
    const page = pageFor({
      at: 'crash-loop',
      reason: '<img src=x onerror=alert(1)>',
      endings: 6,
      withinMs: 600_000,
    })
    const html = pageHtml(page!, 'n0nce')
    expect(html).toContain('keeps ending')
    expect(html).toContain('Follow the manual procedure')
    expect(html).not.toContain('<img')
    expect(html).toContain(`window.${bridgeName}`)
  })
  it('load nothing: script and style are their own', () => {
    const policy = pagePolicy('n0nce')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    const html = pageHtml(safePage, 'n0nce')
    expect(html.match(/<(script|style) nonce="n0nce">/g)).toHaveLength(2)
    expect(html).not.toMatch(/ (src|href|on\w+)=/)
  })
  it('are none while the console shows', () => {
    expect(pageFor({ at: 'attached', origin: 'x' })).toBeUndefined()
    expect(pageFor({ at: 'running', origin: 'x', pid: 1 })).toBeUndefined()
  })
  it('never say that all is well while the models are not answering', () => {
    const states = [
      pageFor({ at: 'restarting', reason: '', restart: 1, of: 5, delayMs: 1 }),
      pageFor({ at: 'refused', reason: '' }),
      pageFor({ at: 'lost', origin: 'x' }),
    ]
    for (const page of states) {
      expect(page?.grave).toBe(true)
      expect(page?.paragraphs.join(' ')).toContain('AI stopped')
    }
  })
})

describe('menu and tray', () => {
  const labels = (link: Parameters<typeof menu>[0]['link']) =>
    menu({ settings: defaultSettings, link, updates: 'off' }).flatMap(({ entries }) =>
      entries.flatMap((entry: Entry) => ('label' in entry ? [entry.label] : [])),
    )
  it('say what quitting does to the runtime', () => {
    expect(labels({ at: 'running', origin: 'x', pid: 1 })).toContain('Quit and stop the runtime')
    expect(labels({ at: 'attached', origin: 'x' })).toContain('Quit (the runtime goes on)')
  })
  it('say that the models stopped, and how many alerts wait', () => {
    expect(trayTip({ at: 'lost', origin: 'x' }, undefined)).toContain('AI stopped')
    expect(trayTip({ at: 'attached', origin: 'x' }, 2)).toContain('2 unacknowledged alerts')
    expect(trayTip({ at: 'attached', origin: 'x' }, 0)).toContain('no unacknowledged')
  })
  it('let updates be turned on only where a server is named', () => {
    const entry = (url?: string) =>
      menu({
        settings: { ...defaultSettings, updates: { enabled: false, ...(url && { url }) } },
        link: { at: 'looking' },
        updates: '',
      })[0]?.entries.find((one) => one.kind === 'check' && one.action === 'toggle-updates')
    expect(entry()).toMatchObject({ enabled: false })
    expect(entry('https://example.com')).toMatchObject({ enabled: true })
  })
})

describe('an event stream', () => {
  it('is taken apart however it is cut', () => {
    const text =
      'retry: 1000\n\nevent: health\ndata: {"a":\ndata: 1}\n\n: still here\n\nevent: alert\r\ndata: x\r\n\r\n'
    for (let cut = 0; cut < text.length; cut++) {
      // Not between \r and \n: the runtime writes \n only.
      if (text[cut - 1] === '\r') continue
      const reader = new EventReader()
      expect([...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))]).toEqual([
        { event: 'health', data: '{"a":\n1}' },
        { event: 'alert', data: 'x' },
      ])
    }
  })
})

describe('npm start', () => {
  const here = { platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000, binary: '/electron' }
  it('starts the desktop app where it can, and else says why not', () => {
    expect(whyNoDesktop(here)).toBeUndefined()
    expect(whyNoDesktop({ ...here, env: {} })).toContain('display')
    expect(whyNoDesktop({ ...here, binary: undefined })).toContain('binary')
    expect(whyNoDesktop({ ...here, uid: 0 })).toContain('root')
    expect(whyNoDesktop({ ...here, platform: 'win32', env: {}, uid: undefined })).toBeUndefined()
  })
})
