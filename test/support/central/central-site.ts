import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { type CentralConfig, type RunningCentral, startCentral } from '#central/main.ts'

export interface CentralSite extends RunningCentral {
  dataDir: string
  databaseUrl: string
  /** JSON in, JSON out, as the holder of the token; `status` beside it. */
  ask: <T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; body: T }>
  /** Stops the server and starts it anew on the same database and data folder. */
  restart: (changes?: Partial<CentralConfig>) => Promise<void>
  remove: () => Promise<void>
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A central of its own, on a database of its own, in this process. */
export async function centralSite(config: Partial<CentralConfig> = {}): Promise<CentralSite> {
  const serverUrl = inject('databaseUrl')
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await admin(serverUrl, `CREATE DATABASE ${name}`)
  const databaseUrl = serverUrl.replace(/\/[^/]*$/, `/${name}`)
  const dataDir = config.dataDir ?? mkdtempSync(join(tmpdir(), 'edgewright-central-'))
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const start = (changes: Partial<CentralConfig> = {}) =>
    startCentral({ host: '127.0.0.1', port: 0, log: silent, dataDir, databaseUrl, ...config, ...changes })
  const site = { ...(await start()), dataDir, databaseUrl } as CentralSite
  site.ask = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${site.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${site.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  site.restart = async (changes) => {
    await site.close()
    Object.assign(site, await start(changes))
  }
  site.remove = async () => {
    await site.close()
    await admin(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)
    rmSync(dataDir, { recursive: true, force: true })
  }
  return site
}
