import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run, tool } from './bootstrap.mjs'

await main(async () => {
  const folder = join(root, 'test/fault')
  const tests = existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.test.ts'))
    : []
  if (tests.length === 0)
    throw new Refusal('There are no fault tests yet (no *.test.ts under test/fault), so nothing was tried.')
  ensureInstalled()
  return run(node24(), [
    tool('vitest/vitest.mjs'),
    'run',
    '--root',
    root,
    '--project',
    'fault',
    ...process.argv.slice(2),
  ])
})
