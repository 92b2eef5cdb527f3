import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EdgeClient } from '#cli/edge-client.ts'
import type { ReadingsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'
import { spawnEdge } from '#support/edge-process.ts'
import { ruleOf } from '#support/manifest.ts'
import { logistic } from '#support/models.ts'
import { packaged } from '#support/package.ts'
import { runtimeArguments } from '../../../electron/main/decide/places.ts'
import { startRuntime } from '../../../electron/main/runtime/own-runtime.ts'
import { probe, readToken } from '../../../electron/main/runtime/probe.ts'
import { commandLine, type FakeDesktop, isAlive, openDesktop, temporary } from './fixture.ts'

/** The app without Electron: its window is a fake, the runtimes are real child processes. */

let folder = temporary()
let open: FakeDesktop[] = []
beforeEach(() => {
  folder = temporary()
  open = []
})
afterEach(async () => {
  for (const { desktop, running } of open) {
    await desktop.close()
    await running
  }
  folder.remove()
})

function start(...args: Parameters<typeof openDesktop>): FakeDesktop {
  const opened = openDesktop(...args)
  open.push(opened)
  return opened
}

const consoleShown = ({ shell }: FakeDesktop) => shell.until(() => shell.shown.at(-1) === 'console')

function clientOf({ desktop }: FakeDesktop): EdgeClient {
  const token = readToken(folder.path)
  if (typeof token !== 'string' || desktop.origin === undefined) throw new Error('there is no runtime')
  return new EdgeClient(desktop.origin, token)
}

/** flow 2 → probability .9997, flow −2 → .0003. */
async function installPump(client: EdgeClient): Promise<void> {
  const bytes = await packaged({
    id: 'pump',
    model: logistic({ weights: [4, 0], bias: 0 }),
    features: ['flow', 'pressure'],
    edit: (manifest) => {
      manifest.decision.alerts = [ruleOf({ id: 'blocked', title: 'Blocked' })]
    },
  })
  await client.send('POST', '/api/models', {
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  })
}

describe('starting', () => {
  it('starts a runtime where none runs, and signs the window in', async () => {
    const app = start(folder.path)
    await consoleShown(app)
    const link = new URL(app.shell.links[0] ?? '')
    expect(link.origin).toBe(app.desktop.origin)
    const session = await fetch(new URL('/api/session', link), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: link.hash.slice('#code='.length) }),
    })
    expect(session.status).toBe(204)
    expect(app.started).toHaveLength(1)
    expect(app.log.join('\n')).not.toContain('#code=')
  })

  it.each(['signal', 'message'] as const)('leaves none behind when it quits (told by %s)', async (stop) => {
    const app = start(folder.path, { stop })
    await consoleShown(app)
    await app.desktop.close()
    expect(await app.started[0]?.ended).toMatchObject({ code: 0, signal: null })
    expect(existsSync(join(folder.path, 'runtime.json'))).toBe(false)
    expect(app.desktop.link.at).toBe('stopped')
    // The folder is free: another one starts on it.
    const next = start(folder.path)
    await consoleShown(next)
    expect(next.started).toHaveLength(1)
  })

  it('kills one that does not end within the bound', async () => {
    const stubborn = () =>
      startRuntime({
        node: process.execPath,
        args: [
          '-e',
          "process.on('SIGTERM', () => 0); console.log('Edgewright is at http://127.0.0.1:9'); setInterval(() => 0, 1e6)",
        ],
        stop: 'signal',
        env: process.env,
      })
    const app = start(folder.path, { start: stubborn, stopWithinMs: 1 })
    await app.shell.until(() => app.desktop.link.at === 'running')
    await app.desktop.close()
    expect(app.log.join('\n')).toContain('was killed')
  })

  it('says in the words of the runtime why it will not start', async () => {
    const other = createServer()
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const { port } = other.address() as AddressInfo
    const args = runtimeArguments(commandLine, { dataDir: folder.path, port, allowUnsigned: false }, 'signal')
    const app = start(folder.path, {
      start: () => startRuntime({ node: process.execPath, args, stop: 'signal', env: process.env }),
    })
    await app.shell.until(() => app.desktop.link.at === 'refused')
    expect(app.desktop.link).toMatchObject({ reason: expect.stringContaining('something else listens') })
    await new Promise((closed) => other.close(closed))
    app.desktop.tryAgain()
    await consoleShown(app)
  })
})

describe('attaching', () => {
  it('uses the runtime that runs, leaves it alone when it quits, and waits for it where it goes', async () => {
    const edge = await spawnEdge(folder.path)
    const app = start(folder.path)
    await consoleShown(app)
    expect(app.desktop.origin).toBe(edge.url)
    expect(app.started).toHaveLength(0)

    await edge.stop()
    await app.shell.until(() => app.desktop.link.at === 'lost')
    expect(app.shell.shown.at(-1)).toBe('The runtime does not answer any more')
    const again = await spawnEdge(folder.path)
    await consoleShown(app)
    expect(app.desktop.origin).toBe(again.url)
    expect(app.started).toHaveLength(0)

    await app.desktop.close()
    expect(isAlive(again.pid)).toBe(true)
    await again.stop()
  })

  it('starts no second one where two apps start at once: the lock lets one win, and the other attaches', async () => {
    const both = [start(folder.path), start(folder.path)]
    await Promise.all(both.map(consoleShown))
    expect(both.map(({ desktop }) => desktop.link.at).sort()).toEqual(['attached', 'running'])
    expect(both[0]?.desktop.origin).toBe(both[1]?.desktop.origin)
  })

  it('does not take the token of one folder to the runtime of another', async () => {
    const other = temporary()
    const edge = await spawnEdge(other.path)
    const port = Number(new URL(edge.url).port)
    const app = start(folder.path, { probe: () => probe(folder.path, port) })
    await app.shell.until(() => app.desktop.link.at === 'problem')
    expect(app.desktop.link).toMatchObject({ problem: 'stranger-on-port' })
    expect(app.started).toHaveLength(0)
    await edge.stop()
    other.remove()
  })
})

describe('supervising', () => {
  it('starts a killed runtime again; what it had answered is kept', async () => {
    const app = start(folder.path)
    await consoleShown(app)
    await installPump(clientOf(app))
    const sent = await clientOf(app).json<Decision>('POST', '/api/models/pump/readings', {
      asset: 'pump-1',
      time: new Date().toISOString(),
      values: { flow: -2, pressure: 0 },
    })
    app.started[0]?.kill()
    await app.shell.until(() => app.shell.shown.includes('The runtime ended and is started again'))
    await consoleShown(app)
    expect(app.started).toHaveLength(2)
    const kept = await clientOf(app).json<ReadingsPage>('GET', '/api/models/pump/readings?limit=10')
    expect(kept.readings.map(({ readingId }) => readingId)).toEqual([sent.readingId])
  })

  it('ends a crash loop in a page that says so, and starts anew when a person asks', async () => {
    let broken = true
    let starts = 0
    const crash = ['-e', "console.log('Edgewright is at http://127.0.0.1:9'); process.abort()"]
    const sound = runtimeArguments(
      commandLine,
      { dataDir: folder.path, port: 0, allowUnsigned: true },
      'signal',
    )
    const app = start(folder.path, {
      limits: { restarts: 3, windowMs: 600_000, firstDelayMs: 1, longestDelayMs: 1 },
      start: () => {
        starts++
        return startRuntime({
          node: process.execPath,
          args: broken ? crash : sound,
          stop: 'signal',
          env: process.env,
        })
      },
    })
    await app.shell.until(() => app.desktop.link.at === 'crash-loop')
    expect(app.shell.shown.at(-1)).toBe('The runtime keeps ending')
    expect(starts).toBe(4)
    broken = false
    app.desktop.tryAgain()
    await consoleShown(app)
    expect(starts).toBe(5)
  })
})

describe('quitting while readings are in flight', () => {
  it('keeps every reading that was answered', async () => {
    const app = start(folder.path)
    await consoleShown(app)
    const client = clientOf(app)
    await installPump(client)
    const answered = new Set<string>()
    let sent = 0
    let refused = 0
    const line = async (asset: string) => {
      while (refused === 0) {
        const readings = Array.from({ length: 20 }, () => ({
          id: `own-${sent++}`,
          asset,
          time: new Date().toISOString(),
          values: { flow: -2, pressure: 0 },
        }))
        await client.json<Decision[]>('POST', '/api/models/pump/readings', readings).then(
          (decisions) => {
            for (const { readingId } of decisions) answered.add(readingId)
          },
          () => refused++,
        )
      }
    }
    const lines = Promise.all(['a', 'b', 'c', 'd'].map(line))
    while (answered.size < 500) await new Promise((resolve) => setImmediate(resolve))
    await app.desktop.close()
    await lines
    expect(await app.started[0]?.ended).toMatchObject({ code: 0, signal: null })
    expect(app.log.join('\n')).not.toContain('was killed')

    const next = start(folder.path)
    await consoleShown(next)
    const kept = new Set<string>()
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: ReadingsPage = await clientOf(next).json(
        'GET',
        `/api/models/pump/readings?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      for (const { readingId } of page.readings) kept.add(readingId)
      cursor = page.next
    }
    expect([...answered].filter((id) => !kept.has(id))).toEqual([])
  })
})

describe('alerts', () => {
  it('come as a notification that opens the alert, and stand as a backlog after a start', async () => {
    const app = start(folder.path)
    await consoleShown(app)
    await installPump(clientOf(app))
    // Events flow once the runtime has counted its alerts for this app.
    await app.shell.until(() => app.desktop.unacknowledged === 0)
    const { alertId } = await clientOf(app).json<Decision>('POST', '/api/models/pump/readings', {
      asset: 'pump-1',
      time: new Date().toISOString(),
      values: { flow: 2, pressure: 0 },
    })
    await app.shell.until(() => app.shell.notices.length > 0)
    expect(app.shell.notices.map(({ title }) => title)).toEqual(['High priority: Blocked'])
    await app.shell.until(() => app.desktop.unacknowledged === 1)
    app.shell.notices[0]?.open()
    await app.shell.until(() => app.shell.links.length === 2)
    expect(new URL(app.shell.links[1] ?? '').pathname).toBe(`/alerts/${encodeURIComponent(alertId ?? '')}`)

    await app.desktop.close()
    const next = start(folder.path)
    await next.shell.until(() => next.shell.notices.length > 0)
    expect(next.shell.notices.map(({ title }) => title)).toEqual(['High priority: Blocked'])
  })
})

describe("the console's page", () => {
  it('is shown again after a crash, then a safe page, then a box; a person may ask for it again', async () => {
    const app = start(folder.path)
    await consoleShown(app)
    const crash = () => app.desktop.pageGone('crashed')
    for (let n = 2; n <= 4; n++) {
      await crash()
      expect(app.shell.links).toHaveLength(n)
    }
    await crash()
    expect(app.shell.shown.at(-1)).toBe('The console keeps crashing')
    await crash()
    expect(app.shell.boxes).toEqual(['The console keeps crashing'])
    expect(app.desktop.link.at).toBe('running')
    app.desktop.tryAgain()
    await consoleShown(app)
  })
})
