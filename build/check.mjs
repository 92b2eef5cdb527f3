import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, main, node24, root, run, say, tool } from './bootstrap.mjs'
import { lastLine, one, sum } from './results.mjs'

/** Each has a tsconfig.json of its own; '.' is the scripts and configurations. */
const layers = [
  '.',
  'core',
  'edge',
  'cli',
  'models',
  'renderer',
  'renderer/central',
  'central',
  'electron',
  'test',
]

/** @param {string} layer */
function hasSources(layer) {
  if (layer === '.') return true
  const folder = join(root, layer)
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => /\.tsx?$/.test(String(name)))
  )
}

/** Format, lint and the layers (Biome): one check. */
export async function lint() {
  say('lint')
  return one(
    (await run(node24(), [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', root])) === 0,
    'lint; see above',
  )
}

/** The types of each layer, seen with that layer's own settings: one check per layer. */
export async function types() {
  const counts = []
  for (const layer of layers.filter(hasSources)) {
    say(`types: ${layer === '.' ? 'build' : layer}`)
    const status = await run(node24(), [tool('typescript/bin/tsc'), '-p', join(root, layer)])
    counts.push(one(status === 0, `types: ${layer}; see above`))
  }
  return sum(counts)
}

/** Whether this module is the script that was started. @param {string} url */
export const isMain = (url) => process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href

if (isMain(import.meta.url)) {
  await main(async () => {
    ensureInstalled()
    const total = sum([await lint(), await types()])
    say(lastLine(total))
    return total.failed === 0 ? 0 : 1
  })
}
