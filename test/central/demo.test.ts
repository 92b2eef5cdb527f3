import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DevicesPage } from '#core/contracts/fleet.ts'

/** `npm run demo`, as somebody starts it and ends it with Ctrl-C; what it tells is held against what central answers. */

const root = new URL('../..', import.meta.url).pathname
const held = 'spindle sounds different since the swap'
const dir = mkdtempSync(join(tmpdir(), 'edgewright-demo-'))
// As root, PostgreSQL runs as another user, who must get to its folder.
chmodSync(dir, 0o711)
const data = join(dir, 'fleet')
const said: string[] = []
let demo: ChildProcess
let url = ''
let device = ''

async function ask<T>(path: string): Promise<T> {
  const token = readFileSync(join(data, 'central', 'token'), 'utf8').trim()
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}
interface Page {
  items: Record<string, unknown>[]
}
const items = async (path: string) => (await ask<Page>(path)).items
/** The story ends before every machine has told how it stands. */
const soon = (path: string, expected: object[]) =>
  vi.waitFor(async () => expect(await items(path)).toMatchObject(expected), {
    timeout: 120_000,
    interval: 300,
  })

beforeAll(async () => {
  const args = ['models/fleet-demo.ts', '--port', '0', '--data', data]
  // A database that somebody's shell names is none of the demo's business.
  const env = { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
  demo = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    const hear = (line: string) => {
      said.push(line)
      if (line.startsWith('Ctrl-C')) resolve()
    }
    createInterface(demo.stdout!).on('line', hear)
    createInterface(demo.stderr!).on('line', hear)
    demo.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${said.join('\n')}`)))
  })
  url = /^The fleet: +(http:\/\/[^/]+)\//m.exec(said.join('\n'))?.[1] ?? ''
  device =
    (await ask<DevicesPage>('/api/devices')).items.find(({ name }) => name === 'Mill line 1')?.device ?? ''
}, 300_000)

afterAll(async () => {
  // In order even where a test failed: what it started is to end with it.
  if (demo.exitCode === null && demo.signalCode === null) {
    const gone = new Promise((resolve) => demo.once('exit', resolve))
    demo.kill('SIGTERM')
    await gone
  }
  rmSync(dir, { recursive: true, force: true })
})

describe('the demo of a fleet', () => {
  it('prints two addresses with links, and how to sign in', () => {
    expect(said.filter((line) => /http:\/\/127\.0\.0\.1:\d+\/#code=/.test(line))).toHaveLength(2)
    expect(said.join('\n')).toMatch(/sign in as "Demo technician", PIN \d{6}/)
  })

  it('has brought a version to two groups, and its gate stopped for the machine that went back', async () => {
    await soon('/api/rollouts', [
      {
        ...{
          version: '1.2.0',
          state: { state: 'halted', reason: expect.stringContaining('first machine: 1 ') },
        },
        groups: [
          { state: 'passed', machines: 1, failed: 1 },
          { state: 'active', machines: 2, succeeded: 2, failed: 0 },
        ],
      },
    ])
    await soon('/api/rollouts/1/machines?state=any-failed', [
      { machine: 'Mill line 1', state: 'rolled-back', reason: held, by: 'Demo technician (technician)' },
    ])
  })

  it('shows what each machine runs, and what one holds back, why and by whom', async () => {
    const by = 'Demo technician (technician)'
    await soon('/api/deployments?model=machine-failure', [
      {
        machine: 'Mill line 1',
        running: { version: '1.0.0' },
        held: [{ version: '1.2.0', reason: held, by }],
      },
      { machine: 'Mill line 2', running: { version: '1.2.0' }, held: [] },
      { machine: 'Mill line 3', running: { version: '1.2.0' }, held: [] },
    ])
  })

  it('has what happened offline in the order in which it happened', async () => {
    const history = await items(`/api/deployments/history?device=${device}&limit=200`)
    const steps = history.reverse().map(({ kind, version }) => `${kind} ${version}`)
    const last = ['deployment.running 1.2.0', 'deployment.previous 1.0.0', 'deployment.committed 1.2.0']
    expect(steps.slice(-5)).toEqual([...last, 'deployment.running 1.0.0', 'deployment.rolled-back 1.2.0'])
    expect(await items('/api/findings')).toEqual([])
  })

  it('has an answer to review with its features, and a retraining request with an owner', async () => {
    const [review] = await items('/api/feedback')
    expect(review).toMatchObject({
      ...{ answer: 'real-acted', note: 'tool changed', by: 'Demo technician (technician)', why: null },
      features: { values: { torque: expect.any(Number), type: expect.any(String) }, withheld: [] },
    })
    expect(await items('/api/retraining')).toMatchObject([
      { state: 'open', model: 'machine-failure', owner: { name: 'P. Nowak', from: 'manifest' } },
    ])
  })

  it('ends by Ctrl-C, and leaves no process behind', async () => {
    const ended = new Promise<number | null>((resolve) => demo.once('exit', (code) => resolve(code)))
    demo.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(existsSync(join(data, 'central', 'db', 'postmaster.pid'))).toBe(false)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })
})
