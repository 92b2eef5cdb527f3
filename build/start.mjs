import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { ensureInstalled, main, node24, run, say } from './bootstrap.mjs'
import { ensureBuilt, program } from './built.mjs'

const usage = 'npm start -- [--headless] [--no-open] [--data DIR] [--port 8700]'

function flags() {
  try {
    const { values } = parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        data: { type: 'string' },
        port: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n${usage}`)
    return undefined
  }
}

/** Opens the link with whatever this desktop opens links with. @param {string} link */
function open(link) {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', link]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', link]
        : ['xdg-open', link]
  spawn(/** @type {string} */ (command), args, { stdio: 'ignore', detached: true })
    .once('error', () => say('No browser could be opened here: open the link above in one.'))
    .unref()
}

/** The demo model on its simulated line, and the console for it. */
await main(async () => {
  const given = flags()
  if (!given) return 2
  ensureInstalled()
  await ensureBuilt()
  const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  const headless = given.headless || !display
  if (!given.headless)
    say('The desktop app comes in a later version: the same console is served to a browser.')

  const args = [...(given.data ? ['--data', given.data] : []), ...(given.port ? ['--port', given.port] : [])]
  let opened = headless || given['no-open']
  return run(node24(), [program('demo', 'models/demo.ts'), ...args], {
    onLine: (line) => {
      const link = opened ? undefined : /https?:\/\/\S+#code=\S+/.exec(line)?.[0]
      if (!link) return
      opened = true
      open(link)
    },
  })
})
