import { ensureInstalled, main, node24, Refusal, run, say } from './bootstrap.mjs'
import { ensureBuilt, program } from './built.mjs'

/** `npm run -s edgewright -- …`: the command line out of a checkout. */
await main(async () => {
  const args = process.argv.slice(2)
  ensureInstalled()
  if (args[0] === 'edge') {
    // The runtime serves the console's pages, so these are built first. It can do its work without them.
    await ensureBuilt().catch((error) => {
      if (!(error instanceof Refusal)) throw error
      say(`${error.message}\nGoing on without the console's pages.`)
    })
  }
  return run(node24(), [program('edgewright', 'cli/main.ts'), ...args])
})
