import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run, tool } from './bootstrap.mjs'
import { countVitest, lastLine } from './results.mjs'

const variable = 'EDGEWRIGHT_TEST_DATABASE_URL'

/** All tests of central on a PostgreSQL server that is there, in databases of their own. Arguments go to Vitest. */
await main(async () => {
  if (!process.env[variable])
    throw new Refusal(
      `${variable} names no server: postgres://USER:PASSWORD@HOST:PORT/postgres, of a user who may create databases (PostgreSQL 15 or newer).`,
    )
  ensureInstalled()
  const results = join(root, 'test-results')
  const json = join(results, 'postgres.json')
  mkdirSync(results, { recursive: true })
  rmSync(json, { force: true })
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', json]
  const status = await run(
    node24(),
    [
      ...[tool('vitest/vitest.mjs'), 'run', '--root', root, '--project', 'central', ...reporters],
      ...process.argv.slice(2),
    ],
    { env: { NODE_COMPILE_CACHE: join(results, 'compile-cache') } },
  )
  const count = countVitest(existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined, status)
  process.stdout.write(`${lastLine(count)}\n`)
  return count.failed === 0 ? 0 : 1
})
