import { ensureInstalled, main, node24, root, run, tool } from './bootstrap.mjs'

/** Formats, sorts imports and applies the safe fixes: everything, or the paths given. */
await main(async () => {
  ensureInstalled()
  const paths = process.argv.slice(2)
  return run(node24(), [
    tool('@biomejs/biome/bin/biome'),
    'check',
    '--write',
    ...(paths.length > 0 ? paths : [root]),
  ])
})
