import { createReadStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import type { Child, Children, StartOptions } from './child.ts'
import { programPath, root } from './root.ts'

/** A runtime as `edgewright edge` starts it, in a process of its own. */
export interface EdgeProcess extends Child {
  host: string
  port: number
  token: string
  get: <T>(path: string) => Promise<T>
  /** Installs a package and waits until it runs. */
  install: (file: string) => Promise<void>
  /** The process of a model's lane. */
  lanePid: (model: string) => Promise<number>
}

export interface EdgeOptions {
  dataDir: string
  /** The sources as they are, or the bundle in dist/node. */
  from?: 'sources' | 'bundle'
  /** A program of the benches that is loaded first and can be asked. Sources only: it takes the place of modules. */
  preload?: string
  node?: string
  env?: Readonly<Record<string, string>>
}

export const entryOf = { sources: join(root, 'cli/main.ts'), bundle: join(root, 'dist/node/edgewright.js') }

export async function startEdge(
  children: Children,
  { dataDir, from = 'sources', preload, node, env }: EdgeOptions,
): Promise<EdgeProcess> {
  const options: StartOptions = {
    nodeArgs: preload === undefined ? [] : ['--import', programPath(preload)],
    args: ['edge', '--data', dataDir, '--port', '0', '--allow-unsigned'],
    ipc: preload !== undefined,
    ...(node !== undefined && { node }),
    ...(env && { env }),
  }
  const started = children.spawn(entryOf[from], options)
  const url = new URL(await addressOf(started.stdout!))
  const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
  const authorization = `Bearer ${token}`

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, url), { headers: { authorization } })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }

  async function install(file: string): Promise<void> {
    const response = await fetch(new URL('/api/models', url), {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/octet-stream',
        'content-length': String(statSync(file).size),
      },
      body: Readable.toWeb(createReadStream(file)) as ReadableStream,
      duplex: 'half',
    } as RequestInit)
    if (!response.ok) throw new Error(`install answered ${response.status}: ${await response.text()}`)
  }

  async function lanePid(model: string): Promise<number> {
    for (;;) {
      const { slots } = await get<ModelDetail>(`/api/models/${model}`)
      if (slots.running?.lane?.state === 'ready') return slots.running.lane?.pid
      await sleep(20)
    }
  }

  return {
    ...children.talk(started),
    host: url.hostname,
    port: Number(url.port),
    token,
    get,
    install,
    lanePid,
  }
}

async function addressOf(stdout: Readable): Promise<string> {
  const lines = createInterface({ input: stdout })
  for await (const line of lines) {
    const address = line.match(/^Edgewright is at (\S+)$/)?.[1]
    if (address === undefined) continue
    lines.close()
    stdout.resume()
    return address
  }
  throw new Error('the runtime ended before it told its address')
}
