import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { startCentral } from '#central/main.ts'
import { refuseInTheClear } from '#central/server/address.ts'
import { lockDataFolder } from '#central/server/lock.ts'

/** The server as it is installed: its own process, its own PostgreSQL. One after the other, on one data folder. */
const dir = mkdtempSync(join(tmpdir(), 'edgewright-server-'))
chmodSync(dir, 0o711) // as root, the database runs as another user, who must get to its folder
const dataDir = join(dir, 'data')
const running: ChildProcess[] = []

function edgewright(...args: string[]) {
  const child = spawn(process.execPath, ['cli/main.ts', ...args], {
    env: { ...process.env, DATABASE_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let said = ''
  child.stderr.on('data', (data) => {
    said += data
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`it ended: ${said}`)
    return value as string
  }
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  return { child, line, ended, said: () => said }
}

async function central() {
  const server = edgewright('central', '--data', dataDir, '--port', '0')
  const url = (await server.line()).replace('Edgewright central is at ', '')
  return { ...server, url }
}
const asAdmin = () => ({ authorization: `Bearer ${readFileSync(join(dataDir, 'token'), 'utf8').trim()}` })
const postmaster = () => Number.parseInt(readFileSync(join(dataDir, 'db', 'postmaster.pid'), 'utf8'), 10)
/** One that has ended, and that nobody has asked about yet, has no command line any more. */
const lives = (pid: number) => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`).length > 0
  } catch {
    return false
  }
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  if (existsSync(join(dataDir, 'db', 'postmaster.pid'))) process.kill(postmaster(), 'SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

it('starts with nothing installed, keeps what it was told through kill -9, and stops in order', async () => {
  const first = await central()
  const code = (await first.line()).split('#code=')[1]
  const made = await fetch(`${first.url}/api/session/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: first.url },
    body: JSON.stringify({ code, name: 'M. Sato', password: 'correct horse battery' }),
  })
  expect(made.status).toBe(200)
  for (const name of ['token', 'metrics-token', 'database.json', 'central.key'])
    expect([name, statSync(join(dataDir, name)).mode & 0o777]).toEqual([name, 0o600])

  const [status, second] = [await edgewright('central', '--data', dataDir, '--port', '0').ended, postmaster()]
  expect(status[0]).toBe(1)
  expect(lives(second)).toBe(true)

  first.child.kill('SIGKILL')
  await first.ended
  expect(lives(second)).toBe(true) // an orphan, which the next one ends in order
  const again = await central()
  expect(postmaster()).not.toBe(second)
  expect(lives(second)).toBe(false)
  const list = await (await fetch(`${again.url}/api/accounts`, { headers: asAdmin() })).json()
  expect(list).toMatchObject({ items: [{ name: 'M. Sato' }] })

  // Both while it runs, by the folder alone.
  const file = join(dir, 'b.ewb')
  expect((await edgewright('central', 'backup', file, '--data', dataDir).ended)[0]).toBe(0)
  const added = edgewright('central', 'account', 'add', 'R. Lind', '--role', 'publisher', '--data', dataDir)
  expect(await added.line()).toBe('R. Lind is viewer, publisher.')
  expect(await added.line()).toContain(`${again.url}/#code=`)

  // The database ends by itself: it is back before long, and nothing else had to be started anew.
  const pid = postmaster()
  process.kill(pid, 'SIGKILL')
  await expect
    .poll(async () => (await fetch(`${again.url}/readyz`)).status, { timeout: 60_000, interval: 100 })
    .toBe(503)
  await expect
    .poll(async () => (await fetch(`${again.url}/readyz`)).status, { timeout: 60_000, interval: 100 })
    .toBe(200)

  // A request whose body is still on its way when the server is told to stop.
  const slow = connect(Number(new URL(again.url).port), '127.0.0.1')
  const answer: Buffer[] = []
  slow.on('data', (data) => answer.push(data))
  const body = JSON.stringify({ name: 'Late', roles: [] })
  slow.write(
    `POST /api/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: ${asAdmin().authorization}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  await expect
    .poll(async () => (await (await fetch(`${again.url}/metrics`, { headers: asAdmin() })).text()).length)
    .toBeGreaterThan(0)
  again.child.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(`${again.url}/healthz`).then(
        () => 'answers',
        () => 'closed',
      ),
    )
    .toBe('closed')
  slow.write(body.slice(5))
  expect((await again.ended)[0]).toBe(0)
  expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1.1 201/)
  expect(() => postmaster()).toThrow(/ENOENT/)

  expect((await edgewright('central', 'backup', file, '--data', dataDir).ended)[0]).toBe(0)
  const restored = edgewright('central', 'restore', file, '--data', join(dir, 'other'))
  expect(await restored.line()).toContain('rows and')
  expect((await restored.ended)[0]).toBe(0)
})

it('refuses in words what it cannot start with', async () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const start = (host: string, more = {}) =>
    startCentral({ dataDir: join(dir, 'no'), host, port: 0, log: silent, ...more })
  await expect(start('0.0.0.0')).rejects.toMatchObject({ code: 'address-refused' })
  writeFileSync(join(dir, 'pem'), 'none')
  const tls = { cert: join(dir, 'pem'), key: join(dir, 'pem') }
  await expect(start('127.0.0.1', { tls })).rejects.toMatchObject({ code: 'file-unreadable' })
  writeFileSync(join(dataDir, 'database.json'), '{}')
  const damaged = edgewright('central', '--data', dataDir, '--port', '0')
  expect([(await damaged.ended)[0], damaged.said()]).toEqual([
    1,
    expect.stringContaining('database.json is damaged'),
  ])
})

it('lets nothing cross a network in the clear', () => {
  const refused = (parts: Parameters<typeof refuseInTheClear>[0]) => {
    try {
      refuseInTheClear(parts)
      return false
    } catch {
      return true
    }
  }
  const tls = { cert: 'c', key: 'k' }
  const [host, publicUrl] = ['192.0.2.1', 'https://central.example.org']
  expect(refused({ host: '127.0.0.1' })).toBe(false)
  expect(refused({ host })).toBe(true)
  expect(refused({ host, tls })).toBe(false)
  expect(refused({ host: '0.0.0.0', tls })).toBe(true)
  expect(refused({ host: '0.0.0.0', tls, publicUrl })).toBe(false)
  expect(refused({ host, behindProxy: true })).toBe(true)
  expect(refused({ host, behindProxy: true, publicUrl })).toBe(false)
  expect(refused({ host: '127.0.0.1', publicUrl: 'http://central.example.org' })).toBe(true)
  expect(refused({ host: '127.0.0.1', publicUrl: 'https://central.example.org/path' })).toBe(true)
})

it('locks a data folder for one process at a time', async () => {
  const lock = await lockDataFolder(dir)
  await expect(lockDataFolder(dir)).rejects.toMatchObject({ code: 'data-folder-locked' })
  await lock.release()
  await (await lockDataFolder(dir)).release()
})
