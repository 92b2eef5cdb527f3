import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, main, node24, Refusal, root, run, say, tool } from './bootstrap.mjs'
import { ensureBuilt } from './built.mjs'
import { lint, types } from './check.mjs'
import { ensureChromium } from './chromium.mjs'
import {
  countPlaywright,
  countVitest,
  failuresOfPlaywright,
  failuresOfVitest,
  lastLines,
  one,
  sum,
  withFailures,
} from './results.mjs'

const results = join(root, 'test-results')
/** The tests start hundreds of programs out of their sources: what Node makes of a source is kept, which halves each start. */
const env = { NODE_COMPILE_CACHE: join(results, 'compile-cache') }

/** @param {string} path */
const report = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined)

async function build() {
  say('build')
  await ensureBuilt()
  return one(true, 'build')
}

async function unitAndIntegration() {
  say('unit and integration tests')
  const json = join(results, 'vitest.json')
  const projects = ['unit', 'integration', 'central'].flatMap((name) => ['--project', name])
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', json]
  const args = [tool('vitest/vitest.mjs'), 'run', '--root', root, ...projects, ...reporters]
  const status = await run(node24(), args, { env })
  const found = report(json)
  return withFailures('Vitest', countVitest(found, status), failuresOfVitest(found, root), status)
}

async function browser() {
  const folder = join(root, 'test/e2e')
  const specs = existsSync(folder)
    ? readdirSync(folder).filter((name) => /\.(spec|test)\.ts$/.test(name))
    : []
  say(`browser tests${specs.length === 0 ? ': there are none yet' : ''}`)
  if (specs.length === 0) return sum([])
  const json = join(results, 'playwright.json')
  const own = { CHROMIUM_PATH: ensureChromium(), PLAYWRIGHT_JSON_OUTPUT_FILE: json }
  const args = ['test', '--config', join(root, 'playwright.config.ts'), '--reporter', 'list,json']
  const status = await run(node24(), [tool('@playwright/test/cli.js'), ...args], {
    env: { ...env, ...own },
  })
  const found = report(json)
  return withFailures('Playwright', countPlaywright(found, status), failuresOfPlaywright(found), status)
}

/** A step that cannot go on says so, counts as one failure, and lets the next one run. @param {() => Promise<import('./results.mjs').Count>} step */
async function attempt(step) {
  try {
    return await step()
  } catch (error) {
    const why =
      error instanceof Refusal ? error.message : String(error instanceof Error ? error.stack : error)
    say(why)
    return one(false, why)
  }
}

await main(async () => {
  ensureInstalled()
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  const counts = []
  for (const step of [lint, types, build, unitAndIntegration, browser]) counts.push(await attempt(step))
  const total = sum(counts)
  process.stdout.write(`${lastLines(total)}\n`)
  return total.failed === 0 ? 0 : 1
})
