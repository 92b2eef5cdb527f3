import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'

await main(async () => {
  const bench = join(root, 'test/bench/main.ts')
  if (!existsSync(bench)) throw new Refusal('There are no benchmarks yet (test/bench/main.ts is missing).')
  ensureInstalled()
  await ensureBuilt()
  return run(node24(), [bench, ...process.argv.slice(2)])
})
