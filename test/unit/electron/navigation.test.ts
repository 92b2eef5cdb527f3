import { describe, expect, it } from 'vitest'
import { appOrigin, desktopCalls } from '../../../electron/ipc/calls.ts'
import { ipcSchema } from '../../../electron/ipc/schema.ts'
import { callerOf, mayCall, type Sender } from '../../../electron/main/decide/ipc-sender.ts'
import {
  mayOpenOutside,
  mayRequest,
  mayShowRuntimeLink,
  navigation,
} from '../../../electron/main/decide/navigation.ts'

const origin = 'http://127.0.0.1:8700'

describe('navigation', () => {
  it.each([
    [`${origin}/`, 'allow'],
    [`${origin}/alerts/a?x#y`, 'allow'],
    [`${appOrigin}/`, 'allow'],
    ['http://127.0.0.1:8701/', 'deny'],
    ['http://localhost:8700/', 'deny'],
    ['https://127.0.0.1:8700/', 'deny'],
    ['http://127.0.0.1:8700.example.com/', 'deny'],
    ['http://127.0.0.1:8700@example.com/', 'deny'],
    ['https://example.com/', 'deny'],
    ['file:///etc/passwd', 'deny'],
    ['javascript:alert(1)', 'deny'],
    ['data:text/html,x', 'deny'],
    ['edgewright-app://elsewhere/', 'deny'],
    ['about:blank', 'deny'],
    ['', 'deny'],
  ])('%s: %s', (address, expected) => {
    expect(navigation(address, origin)).toBe(expected)
  })

  it('goes nowhere but to its own pages while there is no runtime', () => {
    expect(navigation(`${origin}/`, undefined)).toBe('deny')
    expect(navigation(`${appOrigin}/`, undefined)).toBe('allow')
  })

  it('opens listed https hosts outside, and nothing that only looks like one', () => {
    const listed = ['docs.example.org']
    expect(navigation('https://docs.example.org/a', origin, listed)).toBe('open-outside')
    for (const address of [
      'http://docs.example.org/',
      'https://docs.example.org.evil.example/',
      'https://docs.example.org@evil.example/',
      'https://user@docs.example.org/',
      'https://docs.example.org:444/',
      'smb://docs.example.org/',
    ])
      expect(mayOpenOutside(address, listed)).toBe(false)
    expect(mayOpenOutside('https://example.com/')).toBe(false)
  })

  it('hands a browser only links of the runtime that it is with', () => {
    expect(mayShowRuntimeLink(`${origin}/#code=x`, origin)).toBe(true)
    expect(mayShowRuntimeLink('http://127.0.0.1:1/#code=x', origin)).toBe(false)
    expect(mayShowRuntimeLink('calc:', undefined)).toBe(false)
  })
})

describe('requests of the window', () => {
  it.each([
    [`${origin}/api/events`, true],
    [`blob:${origin}/1`, true],
    ['data:image/png;base64,AA==', true],
    [`${appOrigin}/`, true],
    ['http://127.0.0.1:8701/', false],
    ['https://example.com/x.js', false],
    ['ws://127.0.0.1:8700/', false],
    ['file:///etc/passwd', false],
    ['blob:https://example.com/1', false],
    ['devtools://devtools/x', false],
  ])('%s: %s', (address, expected) => {
    expect(mayRequest(address, origin, false)).toBe(expected)
  })

  it('has developer tools where they are on', () => {
    expect(mayRequest('devtools://devtools/x', origin, true)).toBe(true)
  })
})

describe('the sender of a call', () => {
  const own: Sender = { frameUrl: `${appOrigin}/`, topFrame: true, ownWindow: true }

  it("is the app's own page", () => {
    for (const call of desktopCalls) expect(mayCall(call, own, origin)).toBe(true)
  })

  it.each<[string, Partial<Sender>]>([
    ['a frame inside a page', { topFrame: false }],
    ['another window', { ownWindow: false }],
    ['a frame that is gone', { frameUrl: undefined }],
    ['the console, which is given no call', { frameUrl: `${origin}/` }],
    ['any other page', { frameUrl: 'https://example.com/' }],
    ['an address that only looks like ours', { frameUrl: 'edgewright-app://pages.example.com/' }],
    ['nonsense', { frameUrl: '' }],
  ])('is not %s', (_name, change) => {
    for (const call of desktopCalls) expect(mayCall(call, { ...own, ...change }, origin)).toBe(false)
  })

  it('is told apart from the console', () => {
    expect(callerOf({ ...own, frameUrl: `${origin}/alerts` }, origin)).toBe('console')
    expect(callerOf({ ...own, frameUrl: `${origin}/alerts` }, undefined)).toBeUndefined()
  })

  it('has its input parsed: what is not in the schema is refused', () => {
    expect(ipcSchema.openLogFolder.input.safeParse({ of: 'runtime' }).success).toBe(true)
    expect(ipcSchema.openLogFolder.input.safeParse({ of: '/etc' }).success).toBe(false)
    expect(ipcSchema.openLogFolder.input.safeParse({ of: 'app', path: '/etc' }).success).toBe(false)
    expect(ipcSchema.quit.input.safeParse('now').success).toBe(false)
  })
})
