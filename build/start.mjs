import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled, main, node24, root, run, say } from './bootstrap.mjs'
import { ensureBuilt, program } from './built.mjs'
import { electronBinary, whyNoDesktopHere } from './electron.mjs'

const usage = 'npm start -- [--headless] [--no-open] [--data DIR] [--port 8700] [--demo NAME]'

function flags() {
  try {
    const { values } = parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        data: { type: 'string' },
        port: { type: 'string' },
        demo: { type: 'string' },
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

/**
 * The desktop app, attached to the runtime of the demo. When it quits, the demo is told to end.
 * @param {string} dataDir
 */
function openDesktop(dataDir) {
  const args = [root, '--data', dataDir, '--no-start']
  // Set where an editor's own Electron started this shell: it would make ours a plain Node.
  const { ELECTRON_RUN_AS_NODE: _unset, ...env } = process.env
  const app = spawn(/** @type {string} */ (electronBinary()), args, {
    stdio: ['ignore', 'ignore', 'ignore'],
    env,
  })
  let over = false
  /** @param {string} how */
  const end = (how) => {
    if (over) return
    over = true
    say(`The desktop app ${how}; the demo stops.`)
    process.emit('SIGTERM', 'SIGTERM')
  }
  app.once('error', (error) => end(`did not start (${error.message})`)).once('exit', () => end('has quit'))
  return () => {
    over = true
    app.kill('SIGTERM')
  }
}

/** The demo model on its simulated line, and the console for it: in the desktop app where that can run. */
await main(async () => {
  const given = flags()
  if (!given) return 2
  ensureInstalled()
  await ensureBuilt()
  const headless = given.headless || given['no-open']
  const why = headless ? undefined : whyNoDesktopHere()
  if (why) say(`The desktop app does not start: ${why}. The same console is served to a browser.`)
  const desktop = !headless && !why

  const args = ['data', 'port', 'demo'].flatMap((name) => {
    const value = given[/** @type {'data' | 'port' | 'demo'} */ (name)]
    return value ? [`--${name}`, value] : []
  })
  // As models/demo.ts resolves it.
  const dataDir = resolve(
    process.env.INIT_CWD ?? root,
    given.data ?? join(root, given.demo && given.demo !== 'machine-failure' ? `data-${given.demo}` : 'data'),
  )
  const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  let opened = headless || !(display || desktop)
  /** @type {(() => void) | undefined} */
  let closeDesktop
  return run(node24(), [program('demo', 'models/demo.ts'), ...args], {
    onLine: (line) => {
      const link = opened ? undefined : /https?:\/\/\S+#code=\S+/.exec(line)?.[0]
      if (!link) return
      opened = true
      if (desktop) closeDesktop = openDesktop(dataDir)
      else open(link)
    },
  }).finally(() => closeDesktop?.())
})
