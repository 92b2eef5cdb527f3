import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, root, run, say, tool } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'
import { whyNoDesktopHere } from './electron.mjs'
import { countPlaywright, lastLine } from './results.mjs'

const folder = join(root, 'test/electron')

/** The tests by their own count: `test(` at the start of a line of test/electron/*.spec.ts. */
function tests() {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8').match(/^\s*test\(/gm)?.length ?? 0)
    .reduce((all, one) => all + one, 0)
}

/** `npm run test:electron`: the app in the real Electron, where its binary lies on the disk and there is a display. */
await main(async () => {
  ensureInstalled()
  const why = whyNoDesktopHere()
  if (why) {
    say(`The Electron tests are skipped: ${why}.`)
    process.stdout.write(`${lastLine({ passed: 0, failed: 0, skipped: tests() })}\n`)
    return 0
  }
  await ensureBuilt()
  const json = join(root, 'test-results/electron.json')
  mkdirSync(join(root, 'test-results'), { recursive: true })
  const config = join(folder, 'playwright.config.ts')
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: json }
  const args = ['test', '--config', config, '--reporter', 'list,json', ...process.argv.slice(2)]
  const status = await run(node24(), [tool('@playwright/test/cli.js'), ...args], { env })
  const count = countPlaywright(existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined, status)
  process.stdout.write(`${lastLine(count)}\n`)
  return count.failed === 0 ? 0 : 1
})
