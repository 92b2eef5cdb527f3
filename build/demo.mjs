import { parseArgs } from 'node:util'
import { ensureInstalled, main, node24, run, say } from './bootstrap.mjs'
import { ensureBuilt, program } from './built.mjs'

const usage = 'npm run demo -- [--data DIR] [--port 8800] [--once]'

/** A fleet in one command: central, three machines, a rollout, an outage, a way back. Ends in two addresses. */
await main(async () => {
  try {
    parseArgs({ options: { data: { type: 'string' }, port: { type: 'string' }, once: { type: 'boolean' } } })
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n${usage}`)
    return 2
  }
  ensureInstalled()
  await ensureBuilt()
  return run(node24(), [program('fleet-demo', 'models/fleet-demo.ts'), ...process.argv.slice(2)])
})
