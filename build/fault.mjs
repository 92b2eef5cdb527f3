import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run, tool } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'
import { countVitest, lastLine } from './results.mjs'

/** Long tests of what goes wrong, on the program as it is shipped. Arguments go to Vitest: a name of a file runs that alone. */
await main(async () => {
  const folder = join(root, 'test/fault')
  const tests = existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.test.ts'))
    : []
  if (tests.length === 0)
    throw new Refusal('There are no fault tests (no *.test.ts under test/fault), so nothing was tried.')
  ensureInstalled()
  await ensureBuilt()
  const results = join(root, 'test-results')
  const json = join(results, 'fault.json')
  mkdirSync(results, { recursive: true })
  rmSync(json, { force: true })
  const reporters = ['--reporter', 'verbose', '--reporter', 'json', '--outputFile.json', json]
  const status = await run(
    node24(),
    [
      ...[tool('vitest/vitest.mjs'), 'run', '--root', root, '--project', 'fault', ...reporters],
      ...process.argv.slice(2),
    ],
    { env: { EDGEWRIGHT_ENTRY: join(root, 'dist/node/edgewright.js') } },
  )
  const count = countVitest(existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined, status)
  process.stdout.write(`${lastLine(count)}\n`)
  return count.failed === 0 ? 0 : 1
})
