import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgeClient } from '#cli/edge-client.ts'
import { type RunningEdge, startEdge } from '#edge/main.ts'

export interface TestEdge extends RunningEdge {
  dataDir: string
  client: EdgeClient
  /** A request as any program could make it; `auth: null` sends no token. */
  raw: (method: string, path: string, init?: RequestInit & { auth?: string | null }) => Promise<Response>
  /** Stops it and starts it again over the same data. */
  restart: () => Promise<TestEdge>
  /** Stops it and removes its data. */
  remove: () => Promise<void>
}

/** A whole runtime in this process, with its lanes as processes, on a data folder of its own and a free port. */
export async function startTestEdge(
  options: { dataDir?: string; allowUnsigned?: boolean; rendererDir?: string; now?: () => number } = {},
): Promise<TestEdge> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'edgewright-'))
  const running = await startEdge({
    dataDir,
    host: '127.0.0.1',
    port: 0,
    allowUnsigned: options.allowUnsigned ?? true,
    ...(options.rendererDir !== undefined && { rendererDir: options.rendererDir }),
    ...(options.now && { now: options.now }),
  })
  return {
    ...running,
    dataDir,
    client: new EdgeClient(running.url, running.token),
    raw: (method, path, { auth, ...init } = {}) => {
      const headers: Record<string, string> = { ...(init.headers as Record<string, string>) }
      if (auth !== null) headers['authorization'] = `Bearer ${auth ?? running.token}`
      return fetch(new URL(path, running.url), { ...init, method, headers })
    },
    restart: async () => {
      await running.close()
      return startTestEdge({ ...options, dataDir })
    },
    remove: async () => {
      await running.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
