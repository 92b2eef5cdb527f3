import { ensureInstalled, main, node24, Refusal, run, say } from './bootstrap.mjs'
import { ensureBuilt, program } from './built.mjs'

/** `npm run -s edgewright -- …`: the command line out of a checkout. */
await main(async () => {
  const args = process.argv.slice(2)
  ensureInstalled()
  if (args[0] === 'edge' || (args[0] === 'central' && !/^[a-z]/.test(args[1] ?? ''))) {
    // Both serve the pages of their console, so these are built first. They can do their work without them.
    await ensureBuilt().catch((error) => {
      if (!(error instanceof Refusal)) throw error
      say(`${error.message}\nGoing on without the console's pages.`)
    })
  }
  return run(node24(), [program('edgewright', 'cli/main.ts'), ...args])
})
