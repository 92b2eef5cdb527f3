import { ensureInstalled, main } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'

await main(async () => {
  ensureInstalled()
  await ensureBuilt()
  return 0
})
