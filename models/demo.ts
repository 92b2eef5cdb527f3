import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { EdgeClient } from '#cli/edge-client.ts'
import { type Io, readToken } from '#cli/io.ts'
import type { ModelsList } from '#core/contracts/api.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Reading } from '#core/contracts/reading.ts'
import { demoTechnician, importFolder, openDesk } from './demo-trust.ts'
import { demoNames, demos, isDemo } from './demos.ts'

/**
 * What `npm start` runs: the runtime as a process of its own, a demo model in it, and the place that it watches, which
 * sends its readings over HTTP as any source would.
 */

const groupSize = 500
/** Older steps are left out: after a pause the line goes on with the present. */
const lateSteps = 10

const here = dirname(fileURLToPath(import.meta.url))
const built = here.endsWith(join('dist', 'node'))
const root = built ? join(here, '..', '..') : join(here, '..')
const commandLine = built ? join(here, 'edgewright.js') : join(root, 'cli', 'main.ts')

const { values: flags } = parseArgs({
  options: {
    headless: { type: 'boolean' },
    'no-open': { type: 'boolean' },
    data: { type: 'string' },
    port: { type: 'string', default: '8700' },
    demo: { type: 'string', default: 'machine-failure' },
  },
})
if (!isDemo(flags.demo)) {
  process.stderr.write(`There is no demo "${flags.demo}". There are: ${demoNames.join(', ')}.\n`)
  process.exit(2)
}
const model = flags.demo
const demo = demos[model]
const dataDir = resolve(process.env['INIT_CWD'] ?? root, flags.data ?? join(root, demo.dataDir))

const io: Io = {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  json: true,
}

const runtime = spawn(
  process.execPath,
  [
    commandLine,
    'edge',
    '--data',
    dataDir,
    '--port',
    flags.port,
    '--require-signed',
    '--machine',
    demo.machine,
  ],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runtime.kill(signal))
// Without its runtime the line has nobody to send to.
runtime.on('exit', (code, signal) => {
  if (code !== 0) io.note(`The runtime ended (${signal ?? `status ${code}`}).`)
  process.exit(code ?? 1)
})

const url = await new Promise<string>((found) => {
  createInterface(runtime.stdout).on('line', (line) => {
    io.print(line)
    const address = /^Edgewright is at (\S+)/.exec(line)?.[1]
    if (address) found(address)
  })
})

const client = new EdgeClient(url, readToken({ ...io, env: {} }, dataDir))
const desk = await openDesk(client, join(dataDir, 'demo'), Date.now)
const [first, next]: readonly [string, string?] = demo.versions
const present = await slots()
if (!present) {
  await bring(first, 'at-once')
  await send([...demo.past(Date.now() - demo.stepMs)].flat())
}
// Where people have swapped versions, theirs stay as they are.
const { running, previous, staged } = present ?? { running: { version: first }, previous: null, staged: null }
if (next !== undefined && running?.version === first && !previous && !staged)
  await bring(next, 'by-technician')
else if (present) {
  // The root is of this start, and has to say anew what it stands for; nothing is started or installed by that.
  const newest = next ?? first
  if ([running, previous, staged].some((slot) => slot?.version === newest))
    await bring(newest, 'by-technician')
}
const { name, pin } = await demoTechnician(client)
io.print(`To swap versions, sign in on the console as "${name}" with the PIN ${pin}.`)
await runLine()

/** What there is of the model here; undefined: nothing. */
async function slots(): Promise<ModelSummary['slots'] | undefined> {
  const { models } = await client.json<ModelsList>('GET', '/api/models')
  return models.find(({ id }) => id === model)?.slots
}

/** Signed and assigned at the demo's own desk, and brought to the machine as a stick would bring it. */
async function bring(version: string, activate: 'at-once' | 'by-technician'): Promise<void> {
  const file = join(root, 'models', model, `${model}-${version}.ewp`)
  if (!existsSync(file)) throw new Error(`the demo package is missing: ${file}`)
  await desk.offer(file, activate)
  await importFolder(client, desk.dir)
}

/** Step by step in real time; after a pause the line goes on with the present, it does not catch up. */
async function runLine(): Promise<void> {
  const startMs = Date.now()
  for (const readings of demo.line(startMs)) {
    const timeMs = Date.parse(readings[0]?.time ?? '') || Date.now()
    if (timeMs < Date.now() - lateSteps * demo.stepMs) continue
    await sleep(Math.max(0, timeMs - Date.now()))
    try {
      await send(readings)
    } catch (error) {
      io.note(
        `The line could not send its readings: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}

async function send(readings: Reading[]): Promise<void> {
  for (let from = 0; from < readings.length; from += groupSize)
    await client.json('POST', `/api/models/${model}/readings`, readings.slice(from, from + groupSize))
}
