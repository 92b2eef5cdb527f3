import { spawn } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { LaneDeadlineError, type LaneOptions } from '#edge/inference/open-lane.ts'
import { logistic, slow } from '#support/models.ts'
import { openTestLane, reasonOf, states, type TestLane } from './fixture.ts'

const hourMs = 3600_000
const soon = () => 1
const half = logistic({ weights: [1, 0], bias: 0 })
const { execPath } = process
const lanes: TestLane[] = []
afterEach(async () => {
  process.execPath = execPath
  await Promise.all(lanes.splice(0).map((lane) => lane.remove()))
})
async function open(model: Buffer, options: LaneOptions = {}, bytes = model): Promise<TestLane> {
  const lane = await openTestLane(model, options, bytes)
  lanes.push(lane)
  return lane
}
/** As long as another lane takes for starting three times: time enough for this one to try again. */
async function someStarts(): Promise<void> {
  const other = await open(half, { backoffMs: soon })
  for (let i = 0; i < 3; i++) await other.killProcess()
}
async function put({ path }: TestLane, bytes: string | Buffer): Promise<void> {
  await writeFile(`${path}.new`, bytes)
  await rename(`${path}.new`, path)
}
/** This process stands still, as for a slow disk. */
const standStill = (ms: number) => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('a lane whose process cannot be started', () => {
  it.each([
    { how: "emits 'error' and no 'exit'", path: '/nonexistent/node' },
    { how: 'throws', path: '' },
  ])('is tried again, and what waits is answered ($how)', async ({ path }) => {
    const lane = await open(half, { crashLimit: 100, backoffMs: soon })
    await lane.ready
    process.execPath = path
    await lane.killProcess()
    const answer = lane.ask(0)
    const failures = () => lane.heard.filter((status) => reasonOf(status).includes('cannot be started'))
    await new Promise<void>((resolve) => lane.onStatus(() => failures().length >= 4 && resolve()))
    process.execPath = execPath
    expect(await answer).toBe(0.5)
  })
  it('refuses and closes', async () => {
    process.execPath = '/nonexistent/node'
    const lane = await open(half, { crashLimit: 2, backoffMs: soon })
    await expect(lane.ready).rejects.toMatchObject({
      code: 'model-refused',
      message: expect.stringContaining('2 crashes in a row; the last: its process cannot be started'),
    })
    await lane.close()
    const closedAtOnce = await open(half)
    await closedAtOnce.close()
    expect(closedAtOnce.status.state).toBe('closed')
  })
  it.runIf(process.platform !== 'win32')('for want of a file descriptor ends nobody', async () => {
    const script = fileURLToPath(new URL('children/out-of-descriptors.ts', import.meta.url))
    const child = spawn('/bin/sh', ['-c', 'ulimit -n 80; exec "$@"', 'sh', execPath, script])
    const closed = new Promise((resolve) => child.once('close', resolve))
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed])
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out).toContain('cannot be started: spawn')
    expect(out.trim().split('\n').at(-1)).toBe('0.5')
  })
})

describe('a deadline', () => {
  it('that passes while the runtime stands still costs no healthy lane', async () => {
    const lane = await open(half)
    await lane.ready
    for (let i = 0; i < 3; i++) {
      const answer = lane.ask(0, 200)
      setImmediate(() => standStill(400))
      expect(await answer).toBe(0.5)
    }
    expect(states(lane.heard)).toEqual(['ready'])
  })
  it('that every inference overruns never fails the lane', async () => {
    const lane = await open(slow({ inputs: 2, iterations: 1_000_000, above: 100 }), {
      crashLimit: 2,
      backoffMs: soon,
    })
    for (let i = 0; i < 4; i++) {
      await lane.until('ready')
      await expect(lane.ask(101, 50)).rejects.toBeInstanceOf(LaneDeadlineError)
    }
    await lane.until('ready')
    expect(await lane.ask(0)).toBe(0.5)
    expect(states(lane.heard)).not.toContain('failed')
  })
  it('holds for what waits behind a model that overruns again and again', async () => {
    const lane = await open(slow({ inputs: 2, iterations: 1_000_000 }), {
      crashLimit: 1,
      backoffMs: () => hourMs,
    })
    await lane.ready
    const answers = [lane.ask(0, 50), lane.ask(0, 60)]
    for (const answer of answers) await expect(answer).rejects.toBeInstanceOf(LaneDeadlineError)
    await lane.until('restarting')
    await expect(lane.ask(0, 50)).rejects.toBeInstanceOf(LaneDeadlineError)
    expect(lane.status.state).toBe('restarting')
  })
})

describe('a lane that has failed', () => {
  it('answers at once with the reason, and is back when it loads', async () => {
    const lane = await open(half, { crashLimit: 2, backoffMs: soon, retryMs: 300 })
    await lane.killProcess()
    await lane.ask(0)
    await lane.killProcess()
    await lane.killProcess()
    expect(reasonOf(lane.status)).toBe('2 crashes in a row; the last: its process ended (SIGKILL)')
    await expect(lane.ask(0)).rejects.toMatchObject({
      code: 'lane-failed',
      message: expect.stringContaining('2 crashes in a row'),
    })
    await lane.until('ready')
    expect(await lane.ask(0)).toBe(0.5)
    await lane.killProcess()
    expect(lane.status).toMatchObject({ state: 'restarting', crashes: 1 })
  })
  it('fails again at the next crash when it came back and answered nothing', async () => {
    const lane = await open(half, { crashLimit: 2, backoffMs: soon, retryMs: 1 })
    for (let i = 0; i < 3; i++) await lane.killProcess()
    expect(states(lane.heard)).toEqual(['ready', 'restarting', 'ready', 'failed', 'ready', 'failed'])
  })
  it('on a rotten file says so once per reason, and loads the file when it is restored', async () => {
    const lane = await open(half, { retryMs: 1 }, Buffer.from('rotten'))
    await expect(lane.ready).rejects.toMatchObject({
      code: 'model-refused',
      message: expect.stringContaining('hash to'),
    })
    await someStarts()
    await put(lane, 'rotten otherwise')
    await new Promise<void>((resolve) => lane.onStatus(() => resolve()))
    await someStarts()
    await put(lane, half)
    await lane.until('ready')
    expect(await lane.ask(0)).toBe(0.5)
    expect(states(lane.heard)).toEqual(['failed', 'failed', 'ready'])
    expect(new Set(lane.heard.map(reasonOf)).size).toBe(3)
  })
  it('is not tried again when it is closed', async () => {
    const closed = await open(half, { retryMs: 1 }, Buffer.from('rotten'))
    await closed.until('failed')
    await closed.close()
    await put(closed, half)
    await someStarts()
    expect(states(closed.heard)).toEqual(['failed', 'closed'])
  })
})

it('a lane that was ready for a while has its crashes forgotten', async () => {
  const lane = await open(half, { crashLimit: 2, backoffMs: soon, calmMs: 0 })
  for (let i = 0; i < 3; i++) {
    await lane.until('ready')
    await new Promise((resolve) => setTimeout(resolve, 20)) // set later than the lane's own: fires later
    await lane.killProcess()
  }
  expect(lane.status).toMatchObject({ state: 'restarting', crashes: 1 })
})
