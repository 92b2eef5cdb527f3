import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { spawnEdge } from '../support/edge-process.ts'
import { end, type Started, start } from './app.ts'

/** Written for the real Electron; where its binary is not, `npm run test:electron` says that they are skipped. */

const onConsole = /^http:\/\/127\.0\.0\.1:\d+\//

function runtimeOf({ folder }: Started): { pid: number } | undefined {
  const file = join(folder, 'data', 'runtime.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }) : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('starts a runtime, shows its console, and leaves none behind when it quits', async () => {
  const started = await start()
  await started.window.waitForURL(onConsole)
  await expect(started.window.locator('#main')).toBeVisible()
  const pid = runtimeOf(started)?.pid ?? 0
  expect(isAlive(pid)).toBe(true)
  await started.app.close()
  expect(isAlive(pid)).toBe(false)
  expect(runtimeOf(started)).toBeUndefined()
  rmSync(started.folder, { recursive: true, force: true })
})

test('attaches to a runtime that runs, and leaves it running', async () => {
  const data = mkdtempSync(join(tmpdir(), 'desktop-data-'))
  const edge = await spawnEdge(data)
  const started = await start([], data)
  await started.window.waitForURL(`${edge.url}/**`)
  await end(started)
  expect(isAlive(edge.pid)).toBe(true)
  await edge.stop()
  rmSync(data, { recursive: true, force: true })
})

test('is one instance: a second start brings the first to the front', async () => {
  const started = await start()
  await started.window.waitForURL(onConsole)
  await started.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  const second = spawn(started.binary, started.args, { stdio: 'ignore' })
  await once(second, 'exit')
  await expect
    .poll(() => started.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))
    .toBe(true)
  expect(started.app.windows()).toHaveLength(1)
  await end(started)
})

test('goes nowhere but to its runtime, and opens no other window', async () => {
  const started = await start()
  await started.window.waitForURL(onConsole)
  const before = started.window.url()
  await started.window.evaluate(() => {
    location.href = 'https://example.com/'
  })
  await started.window.evaluate(() => window.open('https://example.com/'))
  await started.window.waitForTimeout(1_000)
  expect(started.window.url()).toBe(before)
  expect(started.app.windows()).toHaveLength(1)
  await end(started)
})

test('gives its page neither Node nor any call of its own', async () => {
  const started = await start()
  await started.window.waitForURL(onConsole)
  const seen = await started.window.evaluate(() =>
    ['require', 'process', 'edgewrightDesktop'].filter((name) => name in globalThis),
  )
  expect(seen).toEqual([])
  const permission = await started.window.evaluate(() => Notification.requestPermission())
  expect(permission).toBe('denied')
  await end(started)
})

test('shows the console again when its page crashes', async () => {
  const started = await start()
  await started.window.waitForURL(onConsole)
  await started.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  )
  await expect
    .poll(() =>
      started.app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        return contents && !contents.isCrashed() && !contents.isLoading() ? contents.getURL() : ''
      }),
    )
    .toMatch(onConsole)
  await end(started)
})

test('shows its own page where it may not start a runtime', async () => {
  const started = await start(['--no-start'])
  await expect(started.window.getByRole('heading')).toHaveText('No runtime runs here')
  await expect(started.window.getByRole('button', { name: 'Try again' })).toBeVisible()
  await end(started)
})
